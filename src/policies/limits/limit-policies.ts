import type { Exchange } from '../../core/exchange.ts'
import type { Gate } from '../../core/flow.ts'
import type { ConcurrencyStore, LimitStore } from '../../core/limits.ts'
import type { Policy } from '../../core/policy.ts'
import type { Meter } from '../../core/ports.ts'
import type { Reply } from '../../core/reply.ts'
import type { RouteSpec } from '../../spec/spec.ts'
import type { LimitSpec } from '../../spec/spec-policies.ts'
import { chargeCosts } from './limit-cost.ts'
import { limitGate } from './limit-gate.ts'
import { writeLimitHeaders } from './limit-headers.ts'
import { needsIdentity } from './limit-key.ts'
import type { ConsumerMeter } from './limit-meter.ts'
import { LimitsTaken } from './limit-notes.ts'
import { compileLimits } from './limit-plan.ts'

/** The ports that limits are made with. */
export interface LimitWorld {
  readonly store: LimitStore
  readonly concurrency: ConcurrencyStore
  readonly meter: Meter
  /** One for all routes: `consumerMeter`. */
  readonly consumers: ConsumerMeter
  /** Names of the parameters of the route's pattern, in order. */
  readonly params: readonly string[]
}

/**
 * The limits of a route are asked in two places: before anybody proves who they are, so that bad credentials are limited
 * too, and after access was granted. What the answer's head says, and what happens when all is over, is with the first
 * of the two, for both.
 */
export const limitsBefore = (route: RouteSpec, world: LimitWorld): Policy | undefined => {
  const limits = route.limits.filter(limit => !isByIdentity(limit))
  return limits.length === 0
    ? undefined
    : { name: 'limits', gate: gateOf(route, limits, world), ...endsOf(route, world) }
}

export const limitsAfter = (route: RouteSpec, world: LimitWorld): Policy | undefined => {
  const limits = route.limits.filter(isByIdentity)
  if (limits.length === 0) return undefined
  const ends = limits.length === route.limits.length ? endsOf(route, world) : {}
  return { name: 'limits by identity', gate: gateOf(route, limits, world), ...ends }
}

/** Asked after access was granted; the others before anybody proves who they are. */
export const isByIdentity = (limit: LimitSpec): boolean => limit.by.some(needsIdentity) || limit.tiers.length > 0

const gateOf = (
  route: RouteSpec,
  limits: readonly LimitSpec[],
  { store, concurrency, params, meter }: LimitWorld,
): Gate => limitGate(compileLimits(route, limits, params, meter), store, concurrency)

const endsOf = (route: RouteSpec, { store, concurrency, consumers }: LimitWorld) => {
  const costFields = [
    ...new Set(route.limits.flatMap(limit => (limit.kind === 'rate' ? limit.cost.responseHeader : ''))),
  ].filter(field => field !== '')
  return {
    shape: (x: Exchange, reply: Reply): void => {
      if (costFields.length > 0) chargeCosts(costFields, store, x, reply)
      if (x.limitNotes instanceof LimitsTaken) writeLimitHeaders(reply, x.limitNotes)
    },
    tap: (x: Exchange): void => {
      const notes = x.limitNotes
      if (!(notes instanceof LimitsTaken)) return
      notes.over = true
      const { leases } = notes
      notes.leases = null
      if (leases !== null) for (const lease of leases) concurrency.leave(lease)
      if (x.identity !== null) consumers(x.identity.consumer, !notes.refused)
    },
  }
}
