import { BOUNDS_MS } from './buckets.ts'
import type { HistogramSample } from './sample.ts'

/**
 * The time that a share `q` (0 to 1) of the observations did not exceed, ms, estimated as Prometheus' histogram_quantile
 * does: observations of one bucket are taken to be spread evenly, and those above all bounds to be at the last one.
 * Null: there were none.
 */
export const quantile = ({ counts }: Pick<HistogramSample, 'counts'>, q: number): number | null => {
  const total = counts.reduce((sum, count) => sum + count, 0)
  if (total === 0) return null
  const rank = q * total
  let before = 0
  for (const [bucket, count] of counts.entries()) {
    if (count > 0 && before + count >= rank) return within(bucket, (rank - before) / count)
    before += count
  }
  return LAST_MS
}

const LAST_MS = BOUNDS_MS.at(-1)!

/** At a share of one bucket. */
const within = (bucket: number, share: number): number => {
  const upper = BOUNDS_MS[bucket]
  if (upper === undefined) return LAST_MS
  const lower = BOUNDS_MS[bucket - 1] ?? 0
  return lower + (upper - lower) * share
}
