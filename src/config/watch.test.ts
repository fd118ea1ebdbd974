import assert from 'node:assert/strict'
import { mkdtempSync, rmSync, truncateSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { basename, join } from 'node:path'
import { test } from 'node:test'
import { type Changed, type WatchOptions, watchFiles } from './watch.ts'

/** A file system and a clock in memory. */
const world = (files: Record<string, string>) => {
  let now = 0
  let timers: { at: number; run: () => void }[] = []
  const directories = new Map<string, Changed>()
  let reads = 0
  let ended = 0
  const options: WatchOptions = {
    pollMs: 0,
    read(file) {
      reads++
      return files[file]
    },
    timers: {
      set(run, ms) {
        const timer = { at: now + ms, run }
        timers.push(timer)
        return timer
      },
      clear(timer) {
        timers = timers.filter(other => other !== timer)
      },
    },
    watchDirectory(directory, changed) {
      directories.set(directory, changed)
      return () => {
        ended++
        directories.delete(directory)
      }
    },
  }
  return {
    options,
    directories,
    ended: () => ended,
    pending: () => timers.length,
    reads: () => reads,
    write(file: string, text: string | undefined, directory = '/d') {
      if (text === undefined) delete files[file]
      else files[file] = text
      directories.get(directory)?.(basename(file))
    },
    advance(ms: number) {
      const until = now + ms
      for (;;) {
        const next = timers.toSorted((a, b) => a.at - b.at)[0]
        if (next === undefined || next.at > until) break
        timers = timers.filter(timer => timer !== next)
        now = next.at
        next.run()
      }
      now = until
    },
  }
}

const start = (files: Record<string, string>, more: WatchOptions = {}) => {
  const w = world(files)
  const seen: number[] = []
  let count = 0
  const watch = watchFiles(Object.keys(files), () => seen.push(++count), { ...w.options, ...more })
  return { ...w, seen, watch }
}

test('a change counts once it has stayed for 100 ms', () => {
  const { write, advance, seen } = start({ '/d/a': '1' })
  write('/d/a', '2')
  advance(99)
  assert.equal(seen.length, 0)
  advance(1)
  assert.equal(seen.length, 1)
  advance(10_000)
  assert.equal(seen.length, 1)
})

test('a file that is still being written waits', () => {
  const { write, advance, seen } = start({ '/d/a': '1' })
  write('/d/a', '')
  advance(60)
  write('/d/a', 'half')
  advance(60)
  assert.equal(seen.length, 0)
  write('/d/a', 'half and half')
  advance(100)
  assert.equal(seen.length, 0)
  advance(100)
  assert.equal(seen.length, 1)
})

test('touching, or writing the same again, is no change', () => {
  const { write, advance, seen } = start({ '/d/a': '1' })
  write('/d/a', '1')
  advance(1000)
  write('/d/a', '2')
  advance(50)
  write('/d/a', '1')
  advance(1000)
  assert.equal(seen.length, 0)
})

test('a directory that never rests does not put it off forever', () => {
  const { write, advance, seen } = start({ '/d/a': '1' })
  write('/d/a', '2')
  for (let i = 0; i < 20; i++) {
    advance(10)
    write('/d/access.log', `${i}`)
  }
  assert.equal(seen.length, 1)
})

test('what is written into another file of the directory is not looked at', () => {
  const { write, directories, advance, seen, reads } = start({ '/d/a': '1' })
  const before = reads()
  for (let i = 0; i < 100; i++) directories.get('/d')?.('access.log')
  assert.equal(reads(), before)
  write('/d/a', '2')
  assert.ok(reads() > before)
  advance(100)
  assert.equal(seen.length, 1)
})

test('a file that goes away and comes back changed', () => {
  const { write, advance, seen } = start({ '/d/a': '1' })
  write('/d/a', undefined)
  advance(50)
  write('/d/a', '2')
  advance(200)
  assert.equal(seen.length, 1)
})

test('the directories of all files are watched, and others after follow', () => {
  const { watch, directories, write, advance, seen } = start({ '/d/a': '1', '/e/b': '1' })
  assert.deepEqual([...directories.keys()], ['/d', '/e'])
  write('/e/b', '2', '/e')
  advance(100)
  assert.equal(seen.length, 1)
  watch.follow(['/f/c'])
  assert.deepEqual([...directories.keys()], ['/f'])
  write('/f/c', '1', '/f')
  advance(100)
  assert.equal(seen.length, 2)
})

test('what changes without an event is found by looking', () => {
  const files: Record<string, string> = { '/d/a': '1' }
  const { advance, seen, watch, pending } = start(files, { pollMs: 5000 })
  files['/d/a'] = '2'
  advance(5100)
  assert.equal(seen.length, 1)
  watch.close()
  assert.equal(pending(), 0)
})

test('a change while the files are being followed anew is not lost', () => {
  const files: Record<string, string> = { '/d/a': '1' }
  const { watch, advance, seen } = start(files)
  files['/d/a'] = '2'
  watch.follow(['/d/a', '/d/b'])
  advance(100)
  assert.equal(seen.length, 1)
})

test('nothing happens after the end', () => {
  const { watch, write, advance, seen, directories } = start({ '/d/a': '1' })
  write('/d/a', '2')
  watch.close()
  advance(1000)
  assert.deepEqual([seen.length, directories.size], [0, 0])
})

test('what is about to be read is not told again, what comes after it is', () => {
  const { write, advance, seen, watch } = start({ '/d/a': '1' })
  write('/d/a', '2')
  watch.seen()
  advance(1000)
  assert.equal(seen.length, 0)
  write('/d/a', 'half')
  watch.seen()
  write('/d/a', 'half and half')
  advance(100)
  advance(100)
  assert.equal(seen.length, 1)
})

test('a file of gigabytes is not read to know that it has changed', t => {
  const { options, advance } = world({})
  const { read: _, ...onDisk } = options
  const directory = mkdtempSync(join(tmpdir(), 'sallyport-watch-'))
  t.after(() => rmSync(directory, { recursive: true }))
  const file = join(directory, 'huge.yaml')
  // Of holes: they take no place.
  const grow = (bytes: number): void => {
    writeFileSync(file, '')
    truncateSync(file, bytes)
  }
  grow(3 * 2 ** 30)
  let told = 0
  const start = performance.now()
  const watch = watchFiles([file], () => void told++, { ...onDisk, pollMs: 1000 })
  grow(4 * 2 ** 30)
  advance(1500)
  watch.close()
  assert.equal(told, 1)
  assert.ok(performance.now() - start < 1000)
})
