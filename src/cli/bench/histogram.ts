import { createHistogram, type RecordableHistogram } from 'node:perf_hooks'

/** Times in milliseconds; all 0 when nothing was counted. */
export interface Summary {
  readonly count: number
  readonly mean: number
  readonly p50: number
  readonly p90: number
  readonly p99: number
  readonly p999: number
  readonly max: number
}

/** Counts times by their size, to three significant digits from a nanosecond to a quarter of an hour. */
export interface Times {
  add(ms: number): void
  summary(): Summary
}

const NS = 1e6
/** Longer than any run: what takes longer counts as this long. */
const MOST_MS = 900_000

export const createTimes = (): Times => {
  const histogram = createHistogram({ lowest: 1, highest: MOST_MS * NS, figures: 3 })
  return {
    add: ms => histogram.record(Math.max(1, Math.min(MOST_MS * NS, Math.round(ms * NS)))),
    summary: () => summarize(histogram),
  }
}

const summarize = (histogram: RecordableHistogram): Summary => {
  if (histogram.count === 0) return { count: 0, mean: 0, p50: 0, p90: 0, p99: 0, p999: 0, max: 0 }
  const at = (percent: number): number => histogram.percentile(percent) / NS
  return {
    count: histogram.count,
    mean: histogram.mean / NS,
    p50: at(50),
    p90: at(90),
    p99: at(99),
    p999: at(99.9),
    max: histogram.max / NS,
  }
}
