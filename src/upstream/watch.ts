/**
 * How a try ended. `answered` and `error` (a 5xx) when the head of an answer came; `unsent`: it never reached a target,
 * e.g. because it waited in a queue for too long; `cancelled`: nobody wanted the answer any more. The last two say
 * nothing about a target.
 */
export type Outcome = 'answered' | 'error' | 'connect' | 'reset' | 'protocol' | 'timeout' | 'cancelled' | 'unsent'

/** No answer, or a 5xx (DESIGN §5 "Defaults"). */
export const isFailure = (outcome: Outcome): boolean =>
  outcome !== 'answered' && outcome !== 'cancelled' && outcome !== 'unsent'

/** Whether the target itself said so, in contrast to the way there. */
export const isAnswer = (outcome: Outcome): boolean => outcome === 'answered' || outcome === 'error'

/** Learns from every try that went to its target. `ms`: from the start of the try to the head of its answer. */
export interface Watch {
  ended(outcome: Outcome, ms: number): void
}

/** Not let in. */
export const REFUSED = -1

/** Lets requests in or not, and learns from how they end. */
export interface Breaker {
  /** A permit, to be given back exactly once by `leave`, or REFUSED. `now`: a moment of cells.ts. */
  enter(now: number): number
  leave(permit: number, outcome: Outcome, ms: number, now: number): void
  /** Whether `enter` could succeed: for choosing among targets without taking a permit. */
  admits(now: number): boolean
  /** Until `enter` has a chance again, ms; for Retry-After. 0: now. */
  waitMs(now: number): number
}
