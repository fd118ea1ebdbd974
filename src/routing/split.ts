export interface Choice<T> {
  readonly value: T
  /** Not negative; at least one is above 0. */
  readonly weight: number
}

/**
 * Picks by weight: a choice of weight 10 among 100 is taken once in ten, one of weight 0 never. `random` gives
 * 0 ≤ r < 1; one call a pick, and none where there is no choice.
 */
export const compileSplit = <T>(choices: readonly Choice<T>[], random: () => number): (() => T) => {
  const open = choices.filter(choice => choice.weight > 0)
  const last = open.at(-1)
  if (last === undefined) throw new Error('a split needs a choice with a weight above 0')
  if (open.length === 1) return () => last.value
  const total = open.reduce((sum, choice) => sum + choice.weight, 0)
  return () => {
    let left = random() * total
    for (let i = 0; i < open.length; i++) {
      const choice = open[i]!
      left -= choice.weight
      if (left < 0) return choice.value
    }
    // Only rounding comes here.
    return last.value
  }
}
