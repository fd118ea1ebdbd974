import { createWindow, type Sums } from '../breaker/window.ts'
import type { WindowCells } from '../cells.ts'

const WINDOW_MS = 10_000

/**
 * How many of the requests may be retries, so that a target in trouble does not get several times the load: of all that
 * happened in the last ten seconds, over all workers, retries are at most `share` of the requests, or `minRetries` if
 * that is more. Every window that ends with a retry keeps to that, and such windows can be laid side by side over any
 * time: with enough requests the load is never above 1 + `share` times what clients sent.
 */
export interface Budget {
  /** A request came; its first try. `now`: a moment of cells.ts. */
  request(now: number): void
  /** Whether one more retry may be sent; it is counted then. */
  tryRetry(now: number): boolean
  /** A retry that was allowed at the moment `at` was not sent after all. */
  giveBack(at: number): void
}

export const createBudget = (share: number, minRetries: number, cells: WindowCells, worker: number): Budget => {
  const window = createWindow(cells, worker, WINDOW_MS)
  const sums: Sums = { total: 0, failed: 0, slow: 0 }
  return {
    request: now => window.add(false, false, now),
    /**
     * First a retry is counted, then all are added up, and one too many is taken back. Of two workers that come for the
     * last place at once, the later to count sees the other: so there is never one too many. They may see each other,
     * and both go without.
     */
    tryRetry(now) {
      window.addFailure(now)
      window.sum(now, sums)
      const { total: requests, failed: retries } = sums
      // Divided, for 0.07 × 100 is more than 7.
      if (retries <= minRetries || retries / requests <= share) return true
      window.dropFailure(now)
      return false
    },
    giveBack: at => window.dropFailure(at),
  }
}
