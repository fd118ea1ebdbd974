import assert from 'node:assert/strict'
import { execFileSync } from 'node:child_process'
import { once } from 'node:events'
import { createReadStream } from 'node:fs'
import { mkdtemp, readFile, rename, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { type TestContext, test } from 'node:test'
import type { Log } from '../core/ports.ts'
import type { LogTarget } from './log-target.ts'
import { openLogWriter } from './log-writer.ts'

const recordingLog = () => {
  const warnings: Readonly<Record<string, unknown>>[] = []
  const log: Log = { info: () => {}, warn: (_, fields = {}) => void warnings.push(fields), error: () => {} }
  return { log, warnings }
}

const failure = (code: string): Error => Object.assign(new Error(`${code}: it went wrong, write`), { code })

/** A target that takes bytes when told to. */
const slowTarget = () => {
  const waiting: (() => void)[] = []
  let text = ''
  const target: LogTarget = {
    write: bytes =>
      new Promise(resolve => {
        waiting.push(() => {
          text += Buffer.from(bytes).toString()
          resolve(bytes.length)
        })
      }),
    close: async () => {},
    fd: -1,
  }
  return { target, release: () => waiting.shift()?.(), waits: () => waiting.length, text: () => text }
}

/** A target that answers each write as the list says: a number of bytes, an error, or, past its end, all. */
const scriptedTarget = (script: (number | Error)[]) => {
  let text = ''
  const target: LogTarget = {
    async write(bytes) {
      const next = script.shift() ?? bytes.length
      if (next instanceof Error) throw next
      text += Buffer.from(bytes.subarray(0, next)).toString()
      return Math.min(next, bytes.length)
    },
    close: async () => {},
    fd: -1,
  }
  return { target, text: () => text }
}

const settled = (): Promise<void> => new Promise(resolve => setImmediate(resolve))

const folder = async (t: TestContext): Promise<string> => {
  const path = await mkdtemp(join(tmpdir(), 'sallyport-log-'))
  t.after(() => rm(path, { recursive: true }))
  return path
}

test('lines arrive in order, and what is there already stays', async t => {
  const to = join(await folder(t), 'access.log')
  const { log } = recordingLog()
  for (const run of ['a', 'b']) {
    const writer = await openLogWriter({ to, log })
    for (let i = 0; i < 50; i++) writer.write(`${run}${i} é\n`)
    await writer.close()
  }
  const lines = (await readFile(to, 'utf8')).trimEnd().split('\n')
  const numbers = Array.from({ length: 50 }, (_, i) => i)
  assert.deepEqual(lines, [...numbers.map(i => `a${i} é`), ...numbers.map(i => `b${i} é`)])
})

test('after a rotation, lines before reopen are in the old file and lines after it in the new one', async t => {
  const to = join(await folder(t), 'access.log')
  const told: number[] = []
  const paused: number[] = []
  const writer = await openLogWriter({
    to,
    log: recordingLog().log,
    onReopen: fd => void told.push(fd),
    pause: async ms => void paused.push(ms),
  })
  const before = writer.fd
  writer.write('one\n')
  await rename(to, `${to}.1`)
  writer.write('two\n')
  await writer.reopen()
  // Workers are told before the old file is closed, and get time to finish a write to it.
  assert.deepEqual([told, paused], [[writer.fd], [1000]])
  assert.ok(before >= 0 && writer.fd >= 0)
  writer.write('three\n')
  await writer.close()
  assert.equal(await readFile(`${to}.1`, 'utf8'), 'one\ntwo\n')
  assert.equal(await readFile(to, 'utf8'), 'three\n')
})

test('a file that cannot be opened is refused in one sentence', async () => {
  const opening = openLogWriter({ to: '/nonexistent/access.log', log: recordingLog().log })
  await assert.rejects(opening, {
    message: 'cannot open the access log /nonexistent/access.log: no such file or directory',
  })
})

test('a reopen that fails keeps the old file', async () => {
  const scripted = scriptedTarget([])
  const targets = [scripted.target]
  const open = async (): Promise<LogTarget> => targets.shift() ?? Promise.reject(failure('EACCES'))
  const writer = await openLogWriter({ to: '/x', log: recordingLog().log, open })
  await assert.rejects(writer.reopen(), /EACCES/)
  writer.write('still here\n')
  await writer.close()
  assert.equal(scripted.text(), 'still here\n')
})

test('rotations in quick succession: workers are shown no descriptor that is closed', async () => {
  const opened: { fd: number; closed: boolean }[] = []
  const shown: { fd: number; closed: boolean }[] = []
  const open = async (): Promise<LogTarget> => {
    const file = { fd: opened.length, closed: false }
    opened.push(file)
    return {
      fd: file.fd,
      write: async bytes => bytes.length,
      close: async () => {
        file.closed = true
        await settled()
      },
    }
  }
  const onReopen = (fd: number): void => void shown.push({ ...opened[fd]! })
  const { log } = recordingLog()
  const writer = await openLogWriter({ to: 'x', log, open, onReopen, pause: settled })
  for (const turns of [0, 1, 2, 3]) {
    const reopenings = [writer.reopen(), writer.reopen(), writer.reopen()]
    for (let i = 0; i < turns; i++) await settled()
    await Promise.all([...reopenings, writer.reopen()])
  }
  assert.ok(shown.length > 0)
  assert.deepEqual(
    shown.filter(({ closed }) => closed),
    [],
  )
  assert.equal(shown.at(-1)?.fd, writer.fd)
  const pending = writer.reopen()
  await writer.close()
  await pending
  assert.deepEqual(
    opened.filter(({ closed }) => !closed),
    [],
  )
})

test('a FIFO is written to while somebody reads it, and else refused at once', {
  skip: process.platform === 'win32',
}, async t => {
  const path = join(await folder(t), 'fifo')
  execFileSync('mkfifo', [path])
  const { log } = recordingLog()
  await assert.rejects(openLogWriter({ to: path, log }), {
    message: `cannot open the access log ${path}: it is a pipe that nobody reads, or a socket`,
  })
  const reader = createReadStream(path, 'utf8')
  const writer = await untilOpen(() => openLogWriter({ to: path, log }))
  assert.equal(writer.fd, -1)
  writer.write('one\n')
  const [text] = await once(reader, 'data')
  assert.equal(text, 'one\n')
  await writer.close()
  reader.destroy()
})

/** The reader's own opening takes its time. */
const untilOpen = async <T>(run: () => Promise<T>): Promise<T> => {
  for (;;) {
    const opened = await run().catch(() => undefined)
    if (opened !== undefined) return opened
    await settled()
  }
}

test('a slow target costs lines, not memory, and one warning', async () => {
  const slow = slowTarget()
  const { log, warnings } = recordingLog()
  let dropped = 0
  const onDrop = (lines: number): void => {
    dropped += lines
  }
  const writer = await openLogWriter({ to: '/x', log, onDrop, limitBytes: 1_000, open: async () => slow.target })
  const chunk = `${'x'.repeat(48)}\n${'y'.repeat(49)}\n`
  for (let i = 0; i < 500; i++) writer.write(chunk)
  assert.equal(dropped, 2 * 490, 'ten chunks of 100 bytes wait, all others are counted as lost')
  assert.equal(warnings.length, 1)

  slow.release()
  await settled()
  slow.release()
  await settled()
  assert.equal(slow.text(), chunk.repeat(10))
  writer.write(chunk)
  assert.equal(dropped, 2 * 490, 'there is room again')
  slow.release()
  await writer.close()
})

test('a target that would block is tried again, where it stopped', async () => {
  const scripted = scriptedTarget([3, failure('EAGAIN'), 2, failure('EAGAIN')])
  const pauses: number[] = []
  const { log, warnings } = recordingLog()
  const pause = async (ms: number): Promise<void> => void pauses.push(ms)
  const writer = await openLogWriter({ to: '/x', log, pause, open: async () => scripted.target })
  writer.write('abcdefgh\n')
  await writer.close()
  assert.equal(scripted.text(), 'abcdefgh\n')
  assert.equal(pauses.length, 2)
  assert.deepEqual(warnings, [])
})

test('a full disk loses lines, not the gateway; a line that broke off is ended', async () => {
  const full = failure('ENOSPC')
  const scripted = scriptedTarget([4, full, full])
  const { log, warnings } = recordingLog()
  let now = 0
  let dropped = 0
  const onDrop = (lines: number): void => {
    dropped += lines
  }
  const writer = await openLogWriter({ to: '/x', log, onDrop, now: () => now, open: async () => scripted.target })
  writer.write('first\n')
  await settled()
  writer.write('second\nthird\n')
  await settled()
  writer.write('fourth\n')
  await settled()
  assert.equal(scripted.text(), 'firs\nfourth\n')
  assert.equal(dropped, 3)
  assert.deepEqual(warnings, [{ to: '/x', reason: 'it went wrong', lines: 1 }])

  now += 60_000
  await writer.close()
  writer.write('after the end\n')
  assert.equal(dropped, 4)
  assert.equal(warnings.length, 2, 'a minute later it is said again')
})

test('closing does not wait for a target that never answers', async () => {
  const slow = slowTarget()
  const { log } = recordingLog()
  const writer = await openLogWriter({ to: '/x', log, closeWithinMs: 5, open: async () => slow.target })
  writer.write('stuck\n')
  await writer.close()
  assert.equal(slow.waits(), 1)
})
