const FIRST_MS = 100
const LONGEST_MS = 5_000

/** How long to wait before the n-th restart in a row (n from 0): 100 ms, doubling, never more than 5 s. */
export const restartDelayMs = (failuresInARow: number): number =>
  Math.min(LONGEST_MS, FIRST_MS * 2 ** Math.min(failuresInARow, 16))
