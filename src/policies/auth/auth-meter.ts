import type { Counter, Meter } from '../../core/ports.ts'
import { isRejection, type Way } from '../way.ts'
import type { Outcome } from './auth-verdict.ts'

/** Counts what the ways of a route say. */
export interface AuthMeter {
  /** Way `i` accepted. */
  ok(i: number): void
  count(i: number, outcome: Outcome): void
}

interface Counters {
  readonly ok: Counter
  readonly missing: Counter
  readonly invalid: Counter
  readonly unavailable: Counter
}

export const authMeter = (meter: Meter, ways: readonly Way[]): AuthMeter => {
  const counters = ways.map(({ name }): Counters => {
    const counter = (result: keyof Counters) => meter.counter('sallyport_auth_total', { way: name, result })
    return {
      ok: counter('ok'),
      missing: counter('missing'),
      invalid: counter('invalid'),
      unavailable: counter('unavailable'),
    }
  })
  return {
    ok: i => counters[i]?.ok.add(1),
    count: (i, outcome) => counters[i]?.[resultOf(outcome)].add(1),
  }
}

const resultOf = (outcome: Outcome): keyof Counters => {
  if (outcome === null) return 'missing'
  if (!isRejection(outcome)) return 'ok'
  return outcome.error === 'unavailable' ? 'unavailable' : 'invalid'
}
