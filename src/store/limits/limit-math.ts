import type { LimitVerdict } from '../../core/limits.ts'

/**
 * A rule compiled to functions over the state of one key. A state is a whole number below 2^53, exact as a double; 0 is
 * that of a key never seen. Times are milliseconds since the table was made. Nothing here writes: who calls puts the
 * new state in place by compare-and-swap, and asks again if another thread was faster.
 */
export interface LimitMath {
  /** The state once `cost` is taken, or -1: refused. */
  take(state: number, at: number, cost: number): number
  /** The same whatever the rule says, within bounds; below 0 gives back, and undoes a take of the same time. */
  charge(state: number, at: number, cost: number): number
  /** What to tell of a decision; `state` is the one after it. */
  verdict(state: number, at: number, cost: number, allowed: boolean): LimitVerdict
  /** From when on the state means no more than 0 does. */
  staleAt(state: number, at: number): number
  /** How much of the limit is used, from 0 to 15: the least used is lost first. */
  share(state: number, at: number): number
}

export const STATE_LIMIT = 2 ** 53
export const MOST_SHARE = 15

/** Whoever is charged afterwards, by a count that an upstream sends, is never locked out for longer than this. */
export const MOST_WINDOWS = 10

/** Half a microsecond more or less is noise of the division, and would round up to a second more for the client. */
export const tidyMs = (ms: number): number => Math.round(ms * 1024) / 1024
