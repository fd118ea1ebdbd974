/**
 * Upper bounds of the latency buckets in milliseconds, inclusive as Prometheus wants them: fine where a gateway lives,
 * up to the longest wait that is usually configured. One bucket more takes the rest.
 */
export const BOUNDS_MS: readonly number[] = [
  0.5, 1, 2, 3, 5, 10, 20, 50, 100, 200, 500, 1_000, 2_000, 5_000, 10_000, 30_000,
]

/** Finite buckets and the one for the rest. */
export const BUCKETS = BOUNDS_MS.length + 1

/** Sum first, then one count per bucket; the total count is their sum, so it needs no cell. */
export const HISTOGRAM_CELLS = 1 + BUCKETS

/** Above this (11 days) doubling no longer fits 32 bits; such a time is a broken clock. */
const LONGEST_MS = 1e9

const bounds = Float64Array.from([...BOUNDS_MS, Number.POSITIVE_INFINITY])

/** For every bit length of a time counted in half milliseconds, the first bucket such a time can fall into. */
const firstBucket = Uint8Array.from({ length: 33 }, (_, bits) => {
  const lowestMs = bits === 0 ? 0 : 2 ** (bits - 2)
  return bounds.findIndex(bound => lowestMs <= bound)
})

/** A time that can be counted: anything but a finite positive number counts as 0. */
export const cleanMs = (ms: number): number => (ms >= 0 && ms < LONGEST_MS ? ms : 0)

/** The bucket of a clean time: a table by magnitude, then at most two comparisons. */
export const bucketOf = (ms: number): number => {
  let bucket = firstBucket[32 - Math.clz32(ms * 2)]!
  while (ms > bounds[bucket]!) bucket++
  return bucket
}
