import type { BreakerSpec } from '../../spec/spec-resilience.ts'
import type { BreakerCells } from '../cells.ts'
import { elapsed, hundredths } from './elapsed.ts'
import { createPair, type Pair } from './pair.ts'
import { HALF_OPEN, type Kind, kindOf, MOST_PROBES, nextSince, OPEN, stateOf, takenOf } from './phase.ts'

export type BreakerState = 'closed' | 'open' | 'half-open'

/** Called after a change by the one thread that brought it about. Must not throw. */
export type OnChange = (to: BreakerState) => void

export const nameOf = (kind: number): BreakerState =>
  kind === OPEN ? 'open' : kind === HALF_OPEN ? 'half-open' : 'closed'

/** What the steps of the state machine have in common. */
export interface Machine {
  /** `first`: since when; `second`: the state, see phase.ts. */
  readonly cell: Pair
  readonly terms: Terms
  /** Begins a phase after the one that was read last, and says since when it is. 0: others were faster. */
  begin(kind: Kind, now: number): number
}

/** Times in hundredths of a second. */
export interface Terms {
  readonly open: number
  readonly ramp: number
  readonly probes: number
}

export const termsOf = ({ openMs, rampMs, halfOpenRequests }: BreakerSpec): Terms => ({
  open: hundredths(openMs),
  ramp: rampMs === 0 ? 0 : hundredths(rampMs),
  probes: Math.min(halfOpenRequests, MOST_PROBES),
})

/** Hundredths of a second until an open phase, or a half-open one without a place left, may end; 0 for all others. */
export const waitOf = (since: number, state: number, { open, probes }: Terms, now: number): number => {
  const kind = kindOf(state)
  const isFull = kind === OPEN || (kind === HALF_OPEN && takenOf(state) >= probes)
  return isFull ? Math.max(0, open - elapsed(since, now)) : 0
}

export const createMachine = (spec: BreakerSpec, { words, at }: BreakerCells, onChange: OnChange): Machine => {
  const cell = createPair(words, at)
  return {
    cell,
    terms: termsOf(spec),
    begin(kind, now) {
      const since = nextSince(cell.first, now)
      if (!cell.replace(since, stateOf(kind, since))) return 0
      onChange(nameOf(kind))
      return since
    },
  }
}
