/** Longest list of turns; with more, weights are rounded to 1/4096 of their sum. */
const MOST_TURNS = 4096
/** Slow start cuts a weight to a multiple of one twentieth. */
const PARTS = 20

/**
 * Smooth weighted round-robin (nginx), unrolled once: indexes of `weights`, each as often as its weight, and a heavy
 * one's turns spread, not bunched. In n turns an index is never off its share by as much as there are others.
 */
export const unrolledTurns = (weights: readonly number[]): Uint16Array<ArrayBuffer> => {
  const counts = turnCounts(weights)
  // All alike: what the loop below would find, in the time of its square.
  if (counts.every(count => count === 1)) return Uint16Array.from(counts, (_, i) => i)
  const total = counts.reduce((sum, count) => sum + count, 0)
  const credit = new Int32Array(counts.length)
  const turns = new Uint16Array(total)
  for (let turn = 0; turn < total; turn++) {
    let best = 0
    for (let i = 0; i < counts.length; i++) {
      credit[i]! += counts[i]!
      if (credit[i]! > credit[best]!) best = i
    }
    credit[best]! -= total
    turns[turn] = best
  }
  return turns
}

/** Whole numbers in the proportion of the weights, as small as can be, each at least 1. */
const turnCounts = (weights: readonly number[]): readonly number[] => {
  const whole = weights.map(weight => Math.max(1, Math.round(weight * PARTS)))
  const divisor = whole.reduce(commonDivisor, 0)
  const total = whole.reduce((sum, weight) => sum + weight, 0) / divisor
  const scale = Math.min(1, MOST_TURNS / total) / divisor
  return whole.map(weight => Math.max(1, Math.round(weight * scale)))
}

const commonDivisor = (a: number, b: number): number => (b === 0 ? a : commonDivisor(b, a % b))
