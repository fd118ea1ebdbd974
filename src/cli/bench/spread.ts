/** Several measurements of the same thing. */
export interface Spread {
  readonly median: number
  readonly least: number
  readonly most: number
}

/** Of at least one number. */
export const spreadOf = (values: readonly number[]): Spread => {
  const sorted = [...values].sort((a, b) => a - b)
  const middle = (sorted.length - 1) / 2
  return {
    median: (sorted[Math.floor(middle)]! + sorted[Math.ceil(middle)]!) / 2,
    least: sorted[0]!,
    most: sorted.at(-1)!,
  }
}

/** Of pairs measured side by side: what one takes more than the other, pair by pair. */
export const differences = (ones: readonly number[], others: readonly number[]): readonly number[] =>
  ones.map((one, i) => one - others[i]!)

/** Chance alone makes five agree one time in sixteen, two every other time. */
const ENOUGH = 5

/** Whether all of enough measurements agree on the sign; otherwise it is not told from noise. */
export const isClear = (values: readonly number[]): boolean =>
  values.length >= ENOUGH && (values.every(value => value > 0) || values.every(value => value < 0))
