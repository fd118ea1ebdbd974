import assert from 'node:assert/strict'
import { test } from 'node:test'
import fc from 'fast-check'
import { poissonSchedule, type ScheduleOptions, seededRandom } from './arrivals.ts'

const timesOf = (options: Partial<ScheduleOptions>): number[] => {
  const schedule = poissonSchedule({
    ...{ rate: 1000, durationMs: 10_000, mostRequests: 1e6, random: seededRandom(1) },
    ...options,
  })
  const times: number[] = []
  for (let at = schedule.next(); at !== undefined; at = schedule.next()) times.push(at)
  return times
}

test('as many arrive as the rate says, with gaps as of a Poisson process', () => {
  const times = timesOf({})
  assert.ok(Math.abs(times.length - 10_000) < 400, `${times.length} arrivals`)
  const gaps = times.map((at, i) => at - (times[i - 1] ?? 0))
  const mean = gaps.reduce((sum, gap) => sum + gap, 0) / gaps.length
  const deviation = Math.sqrt(gaps.reduce((sum, gap) => sum + (gap - mean) ** 2, 0) / gaps.length)
  // Of an exponential distribution both are the same; of even gaps the second would be 0.
  assert.ok(Math.abs(deviation / mean - 1) < 0.05, `deviation ${deviation}, mean ${mean}`)
})

test('arrivals never go back, stay within the duration and the most that may be sent', () => {
  fc.assert(
    fc.property(
      fc.record({ rate: fc.integer({ min: 1, max: 100_000 }), durationMs: fc.integer({ min: 1, max: 500 }) }),
      fc.integer({ min: 0, max: 200 }),
      fc.integer(),
      (load, mostRequests, seed) => {
        const times = timesOf({ ...load, mostRequests, random: seededRandom(seed) })
        assert.ok(times.length <= mostRequests)
        assert.ok(times.every((at, i) => at >= (times[i - 1] ?? 0) && at < load.durationMs))
      },
    ),
  )
})

test('the same seed gives the same arrivals, another one others', () => {
  assert.deepEqual(timesOf({ random: seededRandom(7) }), timesOf({ random: seededRandom(7) }))
  assert.notDeepEqual(timesOf({ random: seededRandom(7) }), timesOf({ random: seededRandom(8) }))
})
