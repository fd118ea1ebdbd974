import { type Cells, isLater, msBetween, TARGET } from '../cells.ts'
import { reasonText } from './reason.ts'

/** What is known of one target, for people. */
export interface TargetReading {
  /** Says nothing of ejections. */
  readonly healthy: boolean
  readonly draining: boolean
  readonly ejected: boolean
  /** Until it is asked again; 0 when it is not ejected. */
  readonly ejectedForMs: number
  /** Of the last ejection, though it may be over; empty when there was none. */
  readonly reason: string
  /** How often it was ejected in all. */
  readonly ejections: number
}

export const readTarget = (cells: Cells, slot: number, now: number): TargetReading => {
  const at = cells.target(slot)
  const word = (nth: number): number => Atomics.load(cells.words, at + nth)
  const until = word(TARGET.ejectedUntil)
  const ejected = word(TARGET.ejected) === 1
  return {
    healthy: word(TARGET.unhealthy) === 0,
    draining: word(TARGET.draining) === 1,
    ejected,
    ejectedForMs: ejected && isLater(until, now) ? msBetween(now, until) : 0,
    reason: reasonText(word(TARGET.reason)),
    ejections: word(TARGET.ejectionsEver),
  }
}
