import assert from 'node:assert/strict'
import { test } from 'node:test'
import type { Schedule } from './arrivals.ts'
import { createOpenLoop, type Lane, type OpenLoop, type OpenLoopOptions } from './open-loop.ts'
import { createTally, type Tally } from './tally.ts'

/** Requests at these times. */
const at = (times: readonly number[]): Schedule => {
  const left = [...times]
  return { next: () => left.shift() }
}

const every = (gapMs: number, untilMs: number): Schedule =>
  at(Array.from({ length: Math.floor(untilMs / gapMs) }, (_, i) => i * gapMs))

/**
 * A service in simulated time, which answers one request after the other, each after `serviceMs`, and not at all while
 * it stalls.
 */
const simulate = (
  schedule: Schedule,
  {
    serviceMs = 1,
    stall = { from: Number.POSITIVE_INFINITY, to: 0 },
    untilMs = 3000,
    ...rest
  }: { serviceMs?: number; stall?: { from: number; to: number }; untilMs?: number } & Partial<OpenLoopOptions> = {},
): { tally: Tally; loop: OpenLoop; sent: number[]; lanes: () => number } => {
  let now = 0
  let lanes = 0
  let opening = 0
  const sent: number[] = []
  const pending: Lane[] = []
  let freeAt = 0
  const tally = createTally(0)
  const loop = createOpenLoop({
    schedule,
    startAt: 0,
    now: () => now,
    open: () => opening++,
    mostLanes: 10,
    mostWaiting: 1000,
    tally,
    ...rest,
  })
  const newLane = (): Lane => {
    lanes++
    const lane: Lane = {
      send: () => {
        sent.push(now)
        pending.push(lane)
      },
      close: () => {},
    }
    return lane
  }
  for (; now < untilMs && !loop.isDone(); now++) {
    loop.turn()
    for (; opening > 0; opening--) loop.opened(newLane())
    const stalled = now >= stall.from && now < stall.to
    if (!stalled && pending.length > 0 && now >= freeAt) {
      const lane = pending.shift()!
      freeAt = now + serviceMs
      loop.answered(lane, 200, true)
    }
  }
  return { tally, loop, sent, lanes: () => lanes }
}

test('a stall counts for all who would have come in it, not only for those in flight', () => {
  // A request each 10 ms for 2 s; the service stalls for one second of it.
  const { tally } = simulate(every(10, 2000), { stall: { from: 500, to: 1500 } })
  const { latency, arrivals, answers } = tally.counts()
  assert.equal(arrivals, 200)
  assert.equal(answers, 200)
  // Half of the requests were due in the stall and waited for what was left of it: half a second on average.
  assert.ok(latency.p50 > 0 && latency.p90 > 700, `p90 ${latency.p90}`)
  assert.ok(latency.max > 950 && latency.max < 1100, `max ${latency.max}`)
  assert.ok(latency.mean > 200, `mean ${latency.mean}`)
})

test('a loop that waits for its answers would have seen ten slow requests: this one measures from when each was due', () => {
  const { tally } = simulate(every(10, 2000), { stall: { from: 500, to: 1500 }, mostLanes: 1 })
  // One connection, so that one request was in flight in the stall; 99 others were due then, all the same.
  assert.ok(tally.counts().latency.p90 > 700)
})

test('requests are sent when they are due, whatever becomes of those before, as far as there are connections', () => {
  const { sent } = simulate(at([0, 10, 20, 30]), { stall: { from: 0, to: 100 } })
  assert.deepEqual(sent, [0, 10, 20, 30])
  const few = simulate(at([0, 10, 20, 30]), { stall: { from: 0, to: 100 }, mostLanes: 2 })
  assert.deepEqual(few.sent.slice(0, 2), [0, 10])
  assert.ok(few.sent[2]! >= 100)
  assert.equal(few.lanes(), 2)
  assert.equal(few.loop.peak(), 2)
})

test('who comes when too many wait is counted as dropped', () => {
  const { tally } = simulate(at([1, 2, 3, 4, 5]), { stall: { from: 0, to: 100 }, mostLanes: 1, mostWaiting: 2 })
  const { failures, answers } = tally.counts()
  assert.equal(failures.dropped, 2)
  assert.equal(answers, 3)
})

test('what has no answer at the end counts as an error that took so long at least', () => {
  const { tally, loop } = simulate(at([0, 100]), { stall: { from: 0, to: 9999 }, untilMs: 500, mostLanes: 1 })
  assert.equal(loop.isDone(), false)
  loop.end()
  assert.equal(loop.isDone(), true)
  const { failures, latency } = tally.counts()
  assert.equal(failures.unfinished, 2)
  assert.ok(Math.abs(latency.max - 500) < 2 && latency.count === 2, `max ${latency.max}`)
})

test('each connection that cannot be opened costs one request, so that trying comes to an end', () => {
  const tally = createTally(0)
  let opens = 0
  const loop = createOpenLoop({
    ...{ schedule: at([0, 0, 0]), startAt: 0, now: () => 0, mostLanes: 10, mostWaiting: 10, tally },
    open: () => opens++,
  })
  loop.turn()
  for (let done = 0; done < opens; done++) loop.notOpened()
  assert.equal(tally.counts().failures.connect, 3)
  assert.equal(loop.isDone(), true)
  assert.equal(opens, 3)
})

test('a connection that ends takes its request with it, and the next request gets another', () => {
  const tally = createTally(0)
  const lanes: Lane[] = []
  const lane = (): Lane => ({ send() {}, close() {} })
  const loop = createOpenLoop({
    ...{ schedule: at([0, 0]), startAt: 0, now: () => 5, mostLanes: 1, mostWaiting: 10, tally },
    open: () => lanes.push(lane()),
  })
  loop.turn()
  loop.opened(lanes[0]!)
  loop.closed(lanes[0]!, 'closed')
  assert.equal(lanes.length, 2)
  loop.opened(lanes[1]!)
  loop.answered(lanes[1]!, 503, true)
  const { failures, byClass, refusedWith } = tally.counts()
  assert.deepEqual([failures.closed, byClass, refusedWith, loop.isDone()], [1, { 5: 1 }, 503, true])
})

test('the lead-in is counted, its times are not', () => {
  const tally = createTally(100)
  tally.arrived(50, 51)
  tally.answered(50, 90, 200)
  tally.arrived(150, 151)
  tally.answered(150, 155, 200)
  const { latency, lateness, answers } = tally.counts()
  assert.deepEqual([latency.count, lateness.count, answers], [1, 1, 2])
  assert.ok(Math.abs(latency.max - 5) < 0.1)
})
