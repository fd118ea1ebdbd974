import type { BreakerSpec } from '../../spec/spec-resilience.ts'
import type { BreakerCells } from '../cells.ts'
import { FORCED } from './breaker.ts'
import { elapsed } from './elapsed.ts'
import { type BreakerState, nameOf, termsOf, waitOf } from './machine.ts'
import { createPair } from './pair.ts'
import { CLOSED, goodOf, HALF_OPEN, kindOf, RAMPING, takenOf } from './phase.ts'
import { createWindow } from './window.ts'

/** A breaker as operators see it. */
export interface BreakerReading {
  /** What it is by itself. */
  readonly state: BreakerState
  /** What an operator made of it, whatever its state. */
  readonly forced: 'open' | 'closed' | null
  /** Since it is in this state; null: since ever. */
  readonly forMs: number | null
  /** Until it lets probes in, if it does not now and is not forced. */
  readonly untilMs: number
  /** Share of the traffic that is let in by its state; less than 1 also while it comes back gradually. */
  readonly admitted: number
  /** Half-open: probes that have a place, and those of them that were good. Else 0. */
  readonly probes: number
  readonly goodProbes: number
  /** In its window, when it opens by a rate. */
  readonly requests: number
  readonly failures: number
  readonly slow: number
}

/** `now`: a moment. Writes nothing. */
export const readBreaker = (spec: BreakerSpec, cells: BreakerCells, now: number): BreakerReading => {
  const cell = createPair(cells.words, cells.at)
  cell.read()
  const { first: since, second: state } = cell
  const terms = termsOf(spec)
  const kind = kindOf(state)
  const age = Math.max(0, elapsed(since, now))
  const probes = kind === HALF_OPEN ? takenOf(state) : 0
  const sums = { total: 0, failed: 0, slow: 0 }
  createWindow(cells.window, 0, spec.windowMs).sum(now, sums)
  return {
    state: nameOf(kind),
    forced: forcedOf(cells),
    forMs: since === 0 ? null : age * 10,
    untilMs: waitOf(since, state, terms, now) * 10,
    admitted: kind === RAMPING ? Math.min(1, age / terms.ramp) : kind === CLOSED ? 1 : 0,
    probes,
    goodProbes: kind === HALF_OPEN ? goodOf(state) : 0,
    requests: sums.total,
    failures: sums.failed,
    slow: sums.slow,
  }
}

const forcedOf = ({ words, forcedAt }: BreakerCells): BreakerReading['forced'] => {
  const wish = Atomics.load(words, forcedAt)
  return wish === FORCED.open ? 'open' : wish === FORCED.closed ? 'closed' : null
}

/**
 * From now on it is open or closed, whatever happens to requests, and nothing is learnt from those it lets in; null: it
 * goes on by itself from where it was. Whoever calls says `changed()` of the cells.
 */
export const forceBreaker = ({ words, forcedAt }: BreakerCells, to: 'open' | 'closed' | null): void => {
  Atomics.store(words, forcedAt, to === null ? FORCED.no : FORCED[to])
}
