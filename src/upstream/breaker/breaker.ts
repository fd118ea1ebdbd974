import type { BreakerSpec } from '../../spec/spec-resilience.ts'
import type { BreakerCells } from '../cells.ts'
import { type Breaker, isFailure, type Outcome, REFUSED } from '../watch.ts'
import { createJudge } from './judge.ts'
import { createMachine, type OnChange } from './machine.ts'
import { CLOSED, FREE_PERMIT, isOfPhase, isProbe, kindOf } from './phase.ts'
import { createPhases } from './phases.ts'
import { createProbes } from './probes.ts'

/** What an operator wants, in the word at `forcedAt`. */
export const FORCED = { no: 0, open: 1, closed: 2 } as const

/**
 * One of the breakers, one a worker, that are together the breaker of a service or target. Closed it lets all in, and
 * opens by the share of failures or of slow calls or by failures in a row. Open it lets nothing in; after `openMs` it is
 * half-open and lets in `halfOpenRequests` probes, over all workers. When all of them were good it closes again, when
 * one was not it opens again. `random`: 0 ≤ r < 1, who is let in while traffic comes back gradually. `onRoom`: a probe
 * has given its place back without a verdict, so that `admits` may be true earlier than it was told to be.
 */
export const createBreaker = (
  spec: BreakerSpec,
  cells: BreakerCells,
  worker: number,
  random: () => number,
  onChange: OnChange = () => {},
  onRoom: () => void = () => {},
): Breaker => {
  const { words, at, forcedAt } = cells
  const machine = createMachine(spec, cells, onChange)
  const probes = createProbes(machine)
  const phases = createPhases(machine, probes, random)
  const judge = createJudge(spec, cells, worker)
  const slowMs = spec.slowRate === 0 ? Number.POSITIVE_INFINITY : spec.slowMs

  // Plain reads where nothing is decided for good: Atomics.load is a call that takes 8 ns, and half a dozen of them would
  // be most of what a breaker costs. What is seen a moment late is looked at again before anything is changed.
  return {
    enter(now) {
      const wish = words[forcedAt]!
      if (wish !== FORCED.no) return wish === FORCED.open ? REFUSED : FREE_PERMIT
      const state = words[at + 1]!
      return kindOf(state) === CLOSED ? state : phases.enter(now)
    },
    leave(permit, outcome, ms, now) {
      const since = words[at]!
      if (!isOfPhase(permit, since)) return
      const failed = isFailure(outcome)
      const slow = ms >= slowMs
      if (isProbe(permit)) {
        probes.returned(since, saysNothing(outcome) ? null : failed || slow ? 'bad' : 'good', now)
        if (saysNothing(outcome)) onRoom()
      } else if (!saysNothing(outcome) && judge.opens(since, failed, slow, now)) phases.trip(since, now)
    },
    admits(now) {
      const wish = words[forcedAt]!
      if (wish !== FORCED.no) return wish === FORCED.closed
      return kindOf(words[at + 1]!) === CLOSED || phases.admits(now)
    },
    waitMs(now) {
      const wish = words[forcedAt]!
      // Nobody knows when an operator changes their mind.
      if (wish !== FORCED.no) return wish === FORCED.open ? spec.openMs : 0
      return phases.waitMs(now)
    },
  }
}

const saysNothing = (outcome: Outcome): boolean => outcome === 'cancelled' || outcome === 'unsent'
