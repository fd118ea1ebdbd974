import assert from 'node:assert/strict'
import { test } from 'node:test'
import { fakeClock } from '../../base/testing.ts'
import { Exchange } from '../../core/exchange.ts'
import { Reply } from '../../core/reply.ts'
import { createLagWatch } from './lag-watch.ts'
import { shedPolicy } from './shed-policy.ts'

/** A thread that is late by as much as the test says. */
const watching = (thresholdMs: number) => {
  const clock = fakeClock()
  let tick: (() => void) | null = null
  let everyMs = 0
  const watch = createLagWatch({
    thresholdMs,
    now: clock.now,
    every: (ms, callback) => {
      everyMs = ms
      tick = callback
      return () => {
        tick = null
      }
    },
  })
  return {
    watch,
    everyMs,
    isRunning: () => tick !== null,
    /** `n` ticks, each late by `ms`; whether it was late after each. */
    ticks: (n: number, ms: number): boolean[] =>
      Array.from({ length: n }, () => {
        clock.advance(everyMs + ms)
        tick?.()
        return watch.isLate()
      }),
  }
}

test('a thread that is on time, or late by up to the threshold, is not late', () => {
  for (const ms of [0, 50, 100]) {
    const { ticks } = watching(100)
    assert.ok(!ticks(1000, ms).includes(true))
  }
})

test('one that stays late is found to be within eight ticks, and the later the sooner', () => {
  const found = (ms: number): number => watching(100).ticks(100, ms).indexOf(true) + 1
  assert.deepEqual([found(112), found(200), found(401)], [8, 3, 1])
})

test('one pause, even of three times the threshold, is no overload', () => {
  const { ticks } = watching(100)
  assert.deepEqual([ticks(1, 300), ticks(3, 0)], [[false], [false, false, false]])
})

test('it is late until it is late by half only: it does not go to and fro at the threshold', () => {
  const { ticks } = watching(100)
  ticks(20, 200)
  assert.ok(!ticks(100, 99).includes(false))
  assert.ok(!ticks(100, 51).includes(false))
  assert.ok(ticks(40, 49).includes(false))
  assert.ok(!ticks(100, 99).includes(true))
})

test('it recovers within a quarter of a second', () => {
  const { ticks, everyMs } = watching(100)
  ticks(50, 500)
  assert.ok(ticks(10, 0).indexOf(false) * everyMs <= 250)
})

test('a timer that comes early does not count as being ahead', () => {
  const { ticks, watch } = watching(100)
  ticks(100, -5)
  assert.equal(watch.lagMs(), 0)
})

test('the mean can be read, and the timer ends', () => {
  const { ticks, watch, isRunning } = watching(100)
  ticks(200, 40)
  assert.equal(Math.round(watch.lagMs()), 40)
  watch.stop()
  assert.equal(isRunning(), false)
})

test('requests are refused while it is late, with when to come back', () => {
  let late = false
  const gate = shedPolicy(() => late).gate!
  const x = new Exchange()
  assert.equal(gate(x), undefined)
  late = true
  const [one, two] = [gate(x), gate(x)]
  assert.ok(one instanceof Reply && two instanceof Reply)
  assert.deepEqual([one.status, one.fault?.code, one.header('retry-after')], [503, 'OVERLOADED', '1'])
  assert.notEqual(one, two)
  late = false
  assert.equal(gate(x), undefined)
})
