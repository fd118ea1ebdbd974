import assert from 'node:assert/strict'
import { test } from 'node:test'
import fc from 'fast-check'
import { BOUNDS_MS, BUCKETS, bucketOf, cleanMs } from './buckets.ts'

/** The definition: the first bound that is not less. */
const linear = (ms: number): number => {
  const bucket = BOUNDS_MS.findIndex(bound => ms <= bound)
  return bucket < 0 ? BUCKETS - 1 : bucket
}

test('the bucket of any time is the first whose bound it does not exceed', () => {
  const time = fc.oneof(
    fc.double({ min: 0, max: 1e9, noNaN: true }),
    fc.double({ min: 0, max: 100, noNaN: true }),
    fc.constantFrom(...BOUNDS_MS).chain(bound => fc.constantFrom(bound, bound - 1e-9, bound + 1e-9)),
  )
  fc.assert(
    fc.property(time, ms => {
      assert.equal(bucketOf(cleanMs(ms)), linear(cleanMs(ms)))
    }),
  )
})

test('bounds belong to their bucket, as `le` says', () => {
  for (const [bucket, bound] of BOUNDS_MS.entries()) assert.equal(bucketOf(bound), bucket)
})

test('a time that cannot be counts as none', () => {
  for (const ms of [-1, Number.NaN, Number.POSITIVE_INFINITY, 1e12]) assert.equal(cleanMs(ms), 0)
})
