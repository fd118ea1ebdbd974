import { REFUSED } from '../watch.ts'
import { elapsed } from './elapsed.ts'
import { type Machine, waitOf } from './machine.ts'
import { AGAIN, CLOSED, HALF_OPEN, kindOf, OPEN, PASS, permitOf, RAMPING, stateOf } from './phase.ts'
import type { Probes } from './probes.ts'

/**
 * The state machine. Each step is one swap of all there is to know, so steps of all workers happen in a row, and one
 * that dies leaves nothing half done; whose swap fails looks again.
 */
export interface Phases {
  /** A permit or REFUSED. */
  enter(now: number): number
  /** Opens, unless the phase that began at `since` is over. */
  trip(since: number, now: number): void
  admits(now: number): boolean
  /** Until `admits`, ms. */
  waitMs(now: number): number
}

export const createPhases = (machine: Machine, probes: Probes, random: () => number): Phases => {
  const { cell, terms, begin } = machine
  const entered = entering(machine, probes, random)

  const wait = (now: number): number => {
    cell.read()
    return waitOf(cell.first, cell.second, terms, now)
  }
  return {
    enter(now) {
      for (;;) {
        cell.read()
        const permit = entered(now)
        if (permit !== AGAIN) return permit
      }
    },
    trip(since, now) {
      do cell.read()
      while (cell.first === since && begin(OPEN, now) === 0)
    },
    admits: now => wait(now) === 0,
    waitMs: now => wait(now) * 10,
  }
}

/** What comes of one look at the cell: a permit, REFUSED, or AGAIN. */
const entering = ({ cell, terms }: Machine, probes: Probes, random: () => number) => {
  const ramping = (now: number): number => {
    const age = elapsed(cell.first, now)
    const since = cell.first
    if (age < terms.ramp) return random() < age / terms.ramp ? permitOf(since, PASS) : REFUSED
    return cell.replace(since, stateOf(CLOSED, since)) ? permitOf(since, PASS) : AGAIN
  }
  return (now: number): number => {
    const kind = kindOf(cell.second)
    if (kind === HALF_OPEN) return probes.next(now)
    if (kind === RAMPING) return ramping(now)
    if (kind === CLOSED) return cell.second
    return elapsed(cell.first, now) < terms.open ? REFUSED : probes.first(now)
  }
}
