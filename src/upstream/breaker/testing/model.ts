import type { BreakerSpec } from '../../../spec/spec-resilience.ts'
import { isFailure, type Outcome } from '../../watch.ts'
import type { BreakerState } from '../machine.ts'

/** A request that was let in. */
export interface Held {
  /** Null: while forced, nothing is learnt. */
  readonly phase: Phase | null
  readonly isProbe: boolean
}

export interface Phase {
  readonly state: BreakerState
  /** Hundredths of a second that never wrap; null: ever since. */
  readonly since: number | null
  readonly ramped: boolean
  taken: number
  good: number
  inRow: number
}

const phaseOf = (state: BreakerState, since: number | null, ramped = false): Phase => ({
  state,
  since,
  ramped,
  taken: 0,
  good: 0,
  inRow: 0,
})

const BUCKETS = 10

/** What breakers of all workers are together, without shared memory: plain numbers and a list of all that happened. */
export const breakerModel = (spec: BreakerSpec, start: number) => {
  const open = Math.ceil(spec.openMs / 10)
  const ramp = Math.ceil(spec.rampMs / 10)
  const span = Math.ceil(spec.windowMs / 10 / BUCKETS)
  let now = start
  let phase = phaseOf('closed', null)
  let forced: 'open' | 'closed' | null = null
  const log: { bucket: number; failed: boolean; slow: boolean }[] = []
  const changes: BreakerState[] = []

  const age = (): number => (phase.since === null ? Number.POSITIVE_INFINITY : now - phase.since)
  const begin = (state: BreakerState): void => {
    const since = Math.max(now, (phase.since ?? 0) + 1)
    // No phase begins when 29 bits of the moment are 0, see phase.ts.
    phase = phaseOf(state, since % 2 ** 29 === 0 ? since + 1 : since, spec.rampMs > 0)
    changes.push(state)
  }
  const isFull = (): boolean =>
    phase.state === 'open' || (phase.state === 'half-open' && phase.taken >= spec.halfOpenRequests)
  const waitsFor = (): number => (isFull() ? Math.max(0, open - age()) : 0)
  const share = (): number =>
    phase.state !== 'closed' ? 0 : phase.ramped && age() < ramp ? Math.max(0, age()) / ramp : 1

  const counted = () => {
    const { since } = phase
    const inWindow = log.filter(({ bucket }) => now - bucket < span * BUCKETS)
    const counts = inWindow.filter(({ bucket }) => since === null || bucket > since - open)
    return { inWindow, counts }
  }
  const opens = (): boolean => {
    const { counts } = counted()
    if (spec.consecutiveFailures > 0 && phase.inRow >= spec.consecutiveFailures) return true
    if (counts.length < spec.minRequests) return false
    const failed = counts.filter(each => each.failed).length / counts.length
    const slow = counts.filter(each => each.slow).length / counts.length
    return (spec.failureRate > 0 && failed >= spec.failureRate) || (spec.slowRate > 0 && slow >= spec.slowRate)
  }
  const judged = (failed: boolean, slow: boolean): void => {
    if (spec.failureRate > 0 || spec.slowRate > 0) log.push({ bucket: Math.floor(now / span) * span, failed, slow })
    phase.inRow = failed ? phase.inRow + 1 : 0
    if ((failed || slow) && opens()) begin('open')
  }
  const probed = (verdict: 'good' | 'bad' | null): void => {
    if (verdict === null) phase.taken--
    else if (verdict === 'bad') begin('open')
    else if (++phase.good >= spec.halfOpenRequests) begin('closed')
  }
  return {
    changes,
    pass(hundredths: number): void {
      now += hundredths
    },
    force(to: typeof forced): void {
      forced = to
    },
    /** `chance`: what the dice say. Null: refused. */
    enter(chance: number): Held | null {
      if (forced !== null) return forced === 'open' ? null : { phase: null, isProbe: false }
      if (phase.state === 'closed') return chance < share() ? { phase, isProbe: false } : null
      if (waitsFor() > 0) return null
      if (isFull()) begin('half-open')
      phase.taken++
      return { phase, isProbe: true }
    },
    leave(held: Held, outcome: Outcome, ms: number): void {
      if (held.phase !== phase) return
      const says = outcome !== 'cancelled' && outcome !== 'unsent'
      const failed = isFailure(outcome)
      const slow = spec.slowRate > 0 && ms >= spec.slowMs
      if (held.isProbe) probed(says ? (failed || slow ? 'bad' : 'good') : null)
      else if (says) judged(failed, slow)
    },
    admits: (): boolean => (forced === null ? waitsFor() === 0 : forced === 'closed'),
    waitMs: (): number => (forced === null ? waitsFor() * 10 : forced === 'open' ? spec.openMs : 0),
    read: () => ({
      state: phase.state,
      forced,
      forMs: phase.since === null ? null : Math.max(0, age()) * 10,
      untilMs: waitsFor() * 10,
      admitted: share(),
      probes: phase.taken,
      goodProbes: phase.good,
      requests: counted().inWindow.length,
      failures: counted().inWindow.filter(each => each.failed).length,
      slow: counted().inWindow.filter(each => each.slow).length,
    }),
  }
}
export type BreakerModel = ReturnType<typeof breakerModel>
