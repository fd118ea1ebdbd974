import { showMs, showPart } from './figures.ts'
import type { LoadResult } from './load-order.ts'
import { errorShare } from './tally.ts'

/** At a modest rate: what is normal for this route. */
export interface Base {
  /** Median. */
  readonly ms: number
  /** Share. */
  readonly errors: number
}

/** Errors more than at a modest rate that may be anything. */
const MOST_ERRORS = 0.01
/** How much slower than at a modest rate the median may be: far above what noise does, far below a queue that grows. */
const SLOWER = 4
const SLACK_MS = 4
/** Of the requests, answered within the run. */
const LEAST_ANSWERED = 0.98

/**
 * Why a rate is past the bend; undefined when it is held. Past capacity a queue grows for as long as the load lasts, so
 * the median goes to a large share of the duration. The 99th percentile would say so earlier, but one pause of a busy
 * machine says the same.
 */
export const bendOf = (seen: LoadResult, base: Base): string | undefined => {
  const share = errorShare(seen)
  const { unfinished, dropped } = seen.failures
  const answered = 1 - (unfinished + dropped) / Math.max(1, seen.arrivals)
  if (answered < LEAST_ANSWERED) return `only ${showPart(answered)} were answered in time`
  if (share > base.errors + MOST_ERRORS) return `${showPart(share)} errors`
  const { p50 } = seen.latency
  if (p50 > SLOWER * base.ms + SLACK_MS) return `p50 ${showMs(p50)}, at a modest rate ${showMs(base.ms)}`
  return undefined
}
