import { isLater, momentAfter } from './cells.ts'

/** Keeps work that comes in bursts to so much at once, and in the long run one piece every so often. */
export interface Pace {
  /** Whether it is too early for another. `now`: a moment of cells.ts. */
  mustRest(now: number): boolean
  /** Another was done. */
  done(now: number): void
}

export const createPace = (most: number, everyMs: number): Pace => {
  /** When what was done so far is made up for; 0: nothing was. */
  let evenAt = 0
  const owes = (now: number): boolean => evenAt !== 0 && isLater(evenAt, now)
  return {
    mustRest: now => owes(now) && isLater(evenAt, momentAfter(now, everyMs * (most - 1))),
    done(now) {
      evenAt = momentAfter(owes(now) ? evenAt : now, everyMs)
    },
  }
}
