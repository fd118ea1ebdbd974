import assert from 'node:assert/strict'
import { test } from 'node:test'
import fc from 'fast-check'
import { interleaving } from '../../base/testing/interleave.ts'
import { Cells, momentAfter } from '../cells.ts'
import { createWindow, type Window } from './window.ts'

const WORKERS = 3
const LENGTH_MS = 1000
/** Hundredths of a second: of the window, and of one of its buckets. */
const LENGTH = 100
const SPAN = 10
const WRAP = 2 ** 32

const windowsOf = (cells: Cells, lengthMs: number = LENGTH_MS): Window[] =>
  Array.from({ length: WORKERS }, (_, worker) => createWindow(cells.outliers(0), worker, lengthMs))

const cellsOf = (): Cells => new Cells(Cells.create(WORKERS, 1))

const sumOf = (window: Window, now: number, since?: number) => {
  const sums = { total: -1, failed: -1, slow: -1 }
  window.sum(now | 0, sums, since)
  return sums
}

interface Happening {
  readonly worker: number
  readonly after: number
  readonly failed: boolean
  readonly slow: boolean
}
const happenings = fc.array(
  fc.record<Happening>({
    worker: fc.nat(WORKERS - 1),
    after: fc.oneof(fc.nat(3), fc.nat(40), fc.nat(300)),
    failed: fc.boolean(),
    slow: fc.boolean(),
  }),
  { maxLength: 60 },
)

/** What a window says after each happening, and what there was in its buckets: at times, later than the wrap at 0. */
const play = (start: number, all: readonly Happening[], check: (window: Window, now: number, log: Log) => void) => {
  const windows = windowsOf(cellsOf())
  const log: Log = []
  let now = start
  for (const { worker, after, failed, slow } of all) {
    now += after
    windows[worker]!.add(failed, slow, now | 0)
    log.push({ at: now, failed, slow })
    check(windows[(worker + 1) % WORKERS]!, now, log)
  }
}
type Log = { at: number; failed: boolean; slow: boolean }[]

const countOf = (log: Log, isIn: (at: number) => boolean) => {
  const inside = log.filter(({ at }) => isIn(at))
  return {
    total: inside.length,
    failed: inside.filter(({ failed }) => failed).length,
    slow: inside.filter(({ slow }) => slow).length,
  }
}
const bucketOf = (at: number): number => Math.floor(at / SPAN) * SPAN

test('whatever happens in whichever worker, all of them see what began within the length', () => {
  const start = fc.oneof(fc.nat(WRAP - 30_000), fc.integer({ min: 2 ** 31 - 500, max: 2 ** 31 }))
  fc.assert(
    fc.property(start, happenings, (start, all) =>
      play(start, all, (window, now, log) => {
        assert.deepEqual(
          sumOf(window, now),
          countOf(log, at => now - bucketOf(at) < LENGTH),
        )
      }),
    ),
  )
})

test('what is in buckets that began at or before a moment is left out', () => {
  fc.assert(
    fc.property(happenings, fc.integer({ min: 1, max: 400 }), (all, back) =>
      play(5_000_000, all, (window, now, log) => {
        const since = now - back
        const expected = countOf(log, at => now - bucketOf(at) < LENGTH && bucketOf(at) > since)
        assert.deepEqual(sumOf(window, now, since), expected)
      }),
    ),
  )
})

test('when moments start anew at 0, counts may be lost, but none is counted that is older', () => {
  fc.assert(
    fc.property(fc.integer({ min: WRAP - 300, max: WRAP }), happenings, (start, all) =>
      play(start, all, (window, now, log) => {
        const sums = sumOf(window, now)
        // A bucket may be longer by what is left of another one at the wrap.
        const most = countOf(log, at => now - at < LENGTH + SPAN)
        for (const word of ['total', 'failed', 'slow'] as const) {
          assert.ok(sums[word] >= 0 && sums[word] <= most[word], `${word}: ${sums[word]} of ${most[word]}`)
        }
        const bucket = (at: number): number => WRAP + bucketOf(at - WRAP)
        if (now > WRAP + 2 * LENGTH)
          assert.deepEqual(
            sums,
            countOf(log, at => now - bucket(at) < LENGTH),
          )
      }),
    ),
  )
})

test('a window nobody touched for most of a year is empty, and counts anew', () => {
  for (const days of [1, 200, 249, 300, 490]) {
    const [window] = windowsOf(cellsOf())
    window!.add(true, true, 1_000_000)
    const later = (1_000_000 + days * 8_640_000) | 0
    assert.equal(sumOf(window!, later).total, 0, `${days} days`)
    window!.add(true, false, later)
    assert.deepEqual(sumOf(window!, later), { total: 1, failed: 1, slow: 0 })
    assert.equal(sumOf(window!, later, 1_000_000).total, 1, `${days} days after a moment`)
  }
})

test('workers whose clocks are apart see the same', () => {
  const [ahead, behind] = windowsOf(cellsOf())
  ahead!.add(true, false, 1_000_020)
  behind!.add(true, false, 1_000_000)
  assert.equal(sumOf(ahead!, 1_000_020).total, 2)
  assert.equal(sumOf(behind!, 1_000_000).total, 2)
})

test('a window of another length in the same column, as after a reload, counts the newest and nothing old', () => {
  const cells = cellsOf()
  const [short] = windowsOf(cells)
  const [long] = windowsOf(cells, 7 * LENGTH_MS)
  for (let at = 1_000_000; at < 1_002_000; at++) (at % 3 === 0 ? short! : long!).add(true, false, at)
  assert.ok(sumOf(short!, 1_001_999).total <= LENGTH)
  assert.ok(sumOf(short!, 1_001_999).total > 0)
  assert.equal(sumOf(short!, 1_003_000).total, 0)
  long!.add(true, false, 1_005_000)
  assert.deepEqual(sumOf(long!, 1_005_000), sumOf(short!, 1_005_000))
})

test('a target that moves in begins with nothing, also for who still has a bucket of the one before', () => {
  const cells = cellsOf()
  const [window] = windowsOf(cells)
  for (let i = 0; i < 5; i++) window!.add(true, true, 1_000_000)
  cells.resetTarget(0)
  assert.equal(sumOf(window!, 1_000_000).total, 0)
  window!.add(false, false, 1_000_001)
  assert.deepEqual(sumOf(window!, 1_000_001), { total: 1, failed: 0, slow: 0 })
})

test('a failure is taken back from the bucket it was counted in, and from no other that is there by now', () => {
  const [window] = windowsOf(cellsOf())
  const at = 1_000_000
  window!.addFailure(at)
  const next = momentAfter(at, LENGTH_MS / 2)
  window!.addFailure(next)
  window!.dropFailure(at)
  assert.equal(sumOf(window!, next).failed, 1)
  window!.dropFailure(at)
  assert.equal(sumOf(window!, next).failed, 1, 'never below 0')
  window!.addFailure(at + LENGTH)
  window!.dropFailure(at)
  assert.equal(sumOf(window!, at + LENGTH).failed, 2, 'its place is another one’s')
})

test('a sum at any step of a turning bucket, and a turn at any step of a sum, never counts what is old', t => {
  const threads = interleaving(t)
  const before = 1_000_000
  const now = before + LENGTH
  const world = () => {
    const [writer, reader] = windowsOf(cellsOf())
    for (let i = 0; i < 7; i++) writer!.add(true, true, before)
    writer!.add(false, false, before + LENGTH / 2)
    return { add: () => writer!.add(true, false, now), read: () => sumOf(reader!, now) }
  }
  let turns = 0
  for (let step = 0, more = true; more; step++, turns++) {
    const { add, read } = world()
    more = threads.run(add, step, () => assert.ok(read().total <= 2 && read().slow === 0, `turning, at ${step}`))
    assert.deepEqual(read(), { total: 2, failed: 1, slow: 0 })
  }
  for (let step = 0, more = true; more; step++, turns++) {
    const { add, read } = world()
    more = threads.run(() => assert.ok(read().total <= 2, `summing, at ${step}`), step, add)
  }
  assert.ok(turns > 30, `${turns} turns`)
})
