import type { LimitAsk, LimitOutcome, LimitRule, LimitStore, LimitVerdict } from '../../core/limits.ts'
import type { Maybe } from '../../core/maybe.ts'
import type { Counter, Meter } from '../../core/ports.ts'
import { scaleRule } from '../limits/limit-scale.ts'

export interface RedisFallbackOptions {
  readonly local: LimitStore
  /** How many gateways there were when last seen. */
  readonly instances: () => number
  readonly meter: Meter
}

/**
 * What is decided while Redis is away, by `onStoreFailure` of each rule of a request:
 *
 * 1. One with `deny`: refused, no verdicts, and nothing is taken from the others.
 * 2. Those with `local` are asked together of this machine's memory, each for this gateway's share. One verdict for each
 *    rule, in order; rules with `allow` admit as if nothing had been used.
 * 3. Only `allow`: admitted, no verdicts.
 */
export const redisFallback = ({ local, instances, meter }: RedisFallbackOptions): LimitStore => {
  const counted = countersOf(meter)
  const scaled = ({ rule, mark, key, cost }: LimitAsk): LimitAsk => ({
    rule: scaleRule(rule, Math.max(1, instances())),
    mark,
    key,
    cost,
  })
  return {
    take(asks) {
      const decision = decisionOf(asks)
      counted[decision].add(1)
      if (decision === 'deny') return REFUSED
      if (decision === 'allow') return ADMITTED
      const locals = asks.filter(isLocal)
      return mapped(local.take(locals.map(scaled)), outcome =>
        locals.length === asks.length ? outcome : aligned(asks, outcome),
      )
    },
    charge(ask) {
      // What is given back was taken in Redis, most likely: here it would let others in.
      if (isLocal(ask) && ask.cost > 0) local.charge(scaled(ask))
    },
  }
}

type Decision = LimitRule['onStoreFailure']

const decisionOf = (asks: readonly LimitAsk[]): Decision => {
  let decision: Decision = 'allow'
  for (const { rule } of asks) {
    if (rule.onStoreFailure === 'deny') return 'deny'
    if (rule.onStoreFailure === 'local') decision = 'local'
  }
  return decision
}

const isLocal = (ask: LimitAsk): boolean => ask.rule.onStoreFailure === 'local'

const REFUSED: LimitOutcome = { allowed: false, verdicts: [] }
const ADMITTED: LimitOutcome = { allowed: true, verdicts: [] }

const aligned = (asks: readonly LimitAsk[], { allowed, verdicts }: LimitOutcome): LimitOutcome => {
  let next = 0
  // A local store that gave no verdicts has none to align.
  if (verdicts.length === 0) return { allowed, verdicts }
  return { allowed, verdicts: asks.map(ask => (isLocal(ask) ? verdicts[next++]! : untouched(ask.rule))) }
}

const untouched = ({ algorithm, burst, count }: LimitRule): LimitVerdict => ({
  allowed: true,
  remaining: algorithm === 'gcra' ? burst : count,
  resetMs: 0,
  retryMs: 0,
})

const mapped = <T>(value: Maybe<T>, change: (value: T) => T): Maybe<T> =>
  value !== null && typeof value === 'object' && 'then' in value ? value.then(change) : change(value)

const countersOf = (meter: Meter): Readonly<Record<Decision, Counter>> => ({
  local: meter.counter('sallyport_store_fallbacks_total', { decision: 'local' }),
  allow: meter.counter('sallyport_store_fallbacks_total', { decision: 'allow' }),
  deny: meter.counter('sallyport_store_fallbacks_total', { decision: 'deny' }),
})
