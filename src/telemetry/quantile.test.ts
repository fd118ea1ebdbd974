import assert from 'node:assert/strict'
import { test } from 'node:test'
import fc from 'fast-check'
import { BOUNDS_MS, BUCKETS, bucketOf } from './buckets.ts'
import { quantile } from './quantile.ts'

const sampleOf = (times: readonly number[]) => {
  const counts = Array.from({ length: BUCKETS }, () => 0)
  for (const ms of times) counts[bucketOf(ms)]!++
  return { counts }
}

test('nothing observed has no quantiles', () => assert.equal(quantile(sampleOf([]), 0.5), null))

test('observations are spread evenly over their bucket', () => {
  const sample = sampleOf([6, 6, 6, 6])
  assert.deepEqual(
    [0, 0.25, 0.5, 1].map(q => quantile(sample, q)),
    [5, 6.25, 7.5, 10],
  )
  assert.equal(quantile(sampleOf([0.1, 0.1]), 0.5), 0.25)
  assert.equal(quantile(sampleOf([1, 1, 1, 400]), 0.99), 200 + 300 * 0.96)
})

test('what is above all bounds is at the last', () => assert.equal(quantile(sampleOf([1, 45_000]), 0.9), 30_000))

test('the true quantile lies in the same bucket', () => {
  const times = fc.array(fc.double({ min: 0, max: 40_000, noNaN: true }), { minLength: 1, maxLength: 200 })
  fc.assert(
    fc.property(times, fc.double({ min: 0.01, max: 1, noNaN: true }), (all, q) => {
      const truth = all.toSorted((a, b) => a - b)[Math.ceil(q * all.length - 1e-9) - 1]!
      const estimate = quantile(sampleOf(all), q)!
      const bucket = bucketOf(truth)
      assert.ok(estimate <= (BOUNDS_MS[bucket] ?? 30_000) && estimate >= (BOUNDS_MS[bucket - 1] ?? 0))
    }),
  )
})
