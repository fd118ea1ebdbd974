const FIRST_MS = 100
const LONGEST_MS = 2_000

/** Before the n-th try in a row (from 0): doubles up to 2 s; a random half, so that gateways do not come all at once. */
export const retryDelayMs = (failuresInARow: number, random: () => number): number =>
  Math.min(LONGEST_MS, FIRST_MS * 2 ** Math.min(failuresInARow, 10)) * (0.5 + random() / 2)
