import { REFUSED } from '../watch.ts'
import { elapsed } from './elapsed.ts'
import type { Machine } from './machine.ts'
import { AGAIN, CLOSED, goodOf, HALF_OPEN, halfOpen, kindOf, OPEN, PROBE, permitOf, RAMPING, takenOf } from './phase.ts'

/** What a probe says about its target; null: nothing. */
export type Verdict = 'good' | 'bad' | null

/** The half-open phase. */
export interface Probes {
  /** Begins the phase that follows what was read last, as its first probe. A permit, or AGAIN. */
  first(now: number): number
  /** A place in the phase that was read last. A permit, REFUSED, or AGAIN. */
  next(now: number): number
  /** Back from a probe of the phase that began at `since`. */
  returned(since: number, verdict: Verdict, now: number): void
}

export const createProbes = ({ cell, terms, begin }: Machine): Probes => {
  const first = (now: number): number => {
    const since = begin(HALF_OPEN, now)
    return since === 0 ? AGAIN : permitOf(since, PROBE)
  }
  /** Whether that is settled. */
  const settle = (verdict: Verdict, now: number): boolean => {
    const taken = takenOf(cell.second)
    const good = goodOf(cell.second)
    if (verdict === 'bad') return begin(OPEN, now) !== 0
    if (verdict === null) return cell.replace(cell.first, halfOpen(taken - 1, good))
    if (good + 1 < terms.probes) return cell.replace(cell.first, halfOpen(taken, good + 1))
    return begin(terms.ramp === 0 ? CLOSED : RAMPING, now) !== 0
  }
  return {
    first,
    next(now) {
      const taken = takenOf(cell.second)
      if (taken < terms.probes) {
        const since = cell.first
        return cell.replace(since, halfOpen(taken + 1, goodOf(cell.second))) ? permitOf(since, PROBE) : AGAIN
      }
      // Probes that are not back by now may never be: their worker died, or their target keeps them waiting. They have
      // no say in the phase that begins.
      return elapsed(cell.first, now) < terms.open ? REFUSED : first(now)
    },
    returned(since, verdict, now) {
      do cell.read()
      while (cell.first === since && kindOf(cell.second) === HALF_OPEN && !settle(verdict, now))
    },
  }
}
