import { STATE_LIMIT } from './limit-math.ts'

/** What the two algorithms with windows share. */

/** Enough room to note that twice the limit was charged: more changes nothing before the window ends. */
const ROOM = 2

/**
 * At least this much is left for the number of the window. That it comes round again does no harm: a state so old is
 * known to be stale by its expiry (limit-table.ts).
 */
const LEAST_CYCLE_BITS = 3

export interface CountSize {
  /** The limit, cut to what can be counted: 33 million where a state holds two counts. */
  readonly limit: number
  /** A power of two above every count that is kept. */
  readonly size: number
}

export const countSize = (count: number, counts: 1 | 2): CountSize => {
  const most = 2 ** Math.floor((Math.log2(STATE_LIMIT) - LEAST_CYCLE_BITS) / counts)
  const limit = Math.min(count, most - 1)
  return { limit, size: Math.min(most, 2 ** Math.ceil(Math.log2(limit * ROOM + 1))) }
}

/** Windows are aligned to the wall clock as it was when the table was made: the same in all threads, for good. */
export const windowAt = (at: number, wallAtStart: number, perMs: number): number =>
  Math.floor((at + wallAtStart) / perMs)

/** `value` modulo a power of two, never below 0; `%` on doubles is a call into the C library. */
export const wrap = (value: number, cycle: number): number => value - Math.floor(value / cycle) * cycle

/** How far the clocks of two threads may be apart; a state further ahead is none of this key's. */
const APART_MS = 10_000

/**
 * Tells how many windows a wrapped number is ahead of `window`, or below 0, behind it. A thread whose clock is behind
 * finds states ahead of it.
 */
export const windowDistance = (cycle: number, perMs: number): ((wrapped: number, window: number) => number) => {
  const most = Math.min(cycle / 2 - 1, Math.ceil(APART_MS / perMs))
  return (wrapped, window) => {
    const distance = wrap(wrapped - window, cycle)
    return distance <= most ? distance : distance - cycle
  }
}

/** Whole requests; what is given back is rounded as it was when it was taken. */
export const wholeCost = (cost: number): number => (cost < 0 ? Math.floor(cost) : Math.ceil(cost))
