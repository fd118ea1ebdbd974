import type { BreakerSpec } from '../../spec/spec-resilience.ts'
import type { BreakerCells } from '../cells.ts'
import { hundredths } from './elapsed.ts'
import { createPair } from './pair.ts'
import { createWindow, type Sums } from './window.ts'

/** Decides whether a closed breaker opens. */
export interface Judge {
  /** A request of the closed phase that began at `since` has ended. True: enough is enough. */
  opens(since: number, failed: boolean, slow: boolean, now: number): boolean
}

export const createJudge = (spec: BreakerSpec, cells: BreakerCells, worker: number): Judge => {
  const rates = ratesOf(spec, cells, worker)
  const row = spec.consecutiveFailures === 0 ? null : rowOf(spec.consecutiveFailures, cells)
  return {
    opens(since, failed, slow, now) {
      // Both have to learn of it, whatever the other says.
      const inRow = row?.(since, failed) ?? false
      return (rates?.(since, failed, slow, now) ?? false) || inRow
    },
  }
}

const ratesOf = (spec: BreakerSpec, { window: windowCells }: BreakerCells, worker: number) => {
  const { failureRate, slowRate, minRequests } = spec
  if (failureRate === 0 && slowRate === 0) return null
  const window = createWindow(windowCells, worker, spec.windowMs)
  const open = hundredths(spec.openMs)
  const sums: Sums = { total: 0, failed: 0, slow: 0 }

  return (since: number, failed: boolean, slow: boolean, now: number): boolean => {
    window.add(failed, slow, now)
    if (!failed && !slow) return false
    // What made it open does not count again. Nothing is added from opening to closing, and closing takes `open` at
    // least; so what is in buckets from before is older, and the bucket in which it closes need not be left out.
    window.sum(now, sums, since === 0 ? 0 : (since - open) | 0 || 1)
    if (sums.total < minRequests) return false
    return (
      (failureRate > 0 && sums.failed / sums.total >= failureRate) ||
      (slowRate > 0 && sums.slow / sums.total >= slowRate)
    )
  }
}

/** Behind the state: for which phase is counted, and how many failures there were in a row. */
export const ROW = 2
const ROW_COUNT = ROW + 1

const rowOf = (most: number, { words, at }: BreakerCells) => {
  const row = createPair(words, at + ROW)

  /** Unless the phase is over by now, whose count is nobody's any more. */
  const count = (since: number): number => {
    for (;;) {
      row.read()
      if (Atomics.load(words, at) !== since) return 0
      const failures = row.first === since ? row.second + 1 : 1
      if (row.replace(since, failures)) return failures
    }
  }
  return (since: number, failed: boolean): boolean => {
    if (failed) return count(since) >= most
    if (words[at + ROW_COUNT] === 0) return false
    do row.read()
    while (row.first === since && row.second !== 0 && !row.replace(since, 0))
    return false
  }
}
