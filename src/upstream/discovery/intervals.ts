/** Up to a tenth earlier, so that the next answer is there before the last one is too old, and not all ask at once. */
export const askAgainMs = (
  ttlMs: number,
  { minMs, maxMs }: { readonly minMs: number; readonly maxMs: number },
  random: () => number,
): number => Math.min(maxMs, Math.max(minMs, ttlMs)) * (1 - random() / 10)

const FIRST_MS = 1000
const LONGEST_MS = 30_000

/** After the n-th failure in a row (from 0): doubles up to 30 s; a random half, so that not all ask at once. */
export const retryMs = (failures: number, random: () => number): number =>
  Math.min(LONGEST_MS, FIRST_MS * 2 ** Math.min(failures, 10)) * (0.5 + random() / 2)
