/** Random numbers from a seed, so that a failing run can be had again. */
export interface Random {
  /** 0 ≤ n < `below`. */
  int(below: number): number
  chance(probability: number): boolean
  pick<T>(from: readonly T[]): T
}

/** mulberry32: small, fast, good enough to choose what to break. */
export const randomFrom = (seed: number): Random => {
  let state = seed >>> 0
  const next = (): number => {
    state = (state + 0x6d2b79f5) >>> 0
    let t = state
    t = Math.imul(t ^ (t >>> 15), t | 1)
    t ^= t + Math.imul(t ^ (t >>> 7), t | 61)
    return ((t ^ (t >>> 14)) >>> 0) / 4294967296
  }
  return {
    int: below => Math.floor(next() * below),
    chance: probability => next() < probability,
    pick: from => from[Math.floor(next() * from.length)]!,
  }
}
