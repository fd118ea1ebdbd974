import { join } from 'node:path'
import type { GatewaySpec, RouteSpec } from '../../spec/spec.ts'
import type { LimitSpec, RateSpec } from '../../spec/spec-policies.ts'

export interface BenchSpecOptions {
  readonly workers: number
  /** For an access log that goes to a file: the one that is named belongs to somebody. */
  readonly folder: string
  /** Port of the stub that takes the spans: they are of no use to who collects the real ones. */
  readonly collector: number
  /** Limits that refuse measure how fast refusals are. */
  readonly keepLimits: boolean
}

/** The gateway that is measured: what the configuration says, on free ports of loopback and for this load only. */
export const benchSpec = (
  spec: GatewaySpec,
  { workers, folder, collector, keepLimits }: BenchSpecOptions,
): GatewaySpec => ({
  ...spec,
  workers,
  listeners: spec.listeners.map(listener => ({ ...listener, host: '127.0.0.1', port: 0 })),
  admin: spec.admin && { host: '127.0.0.1', port: 0 },
  accessLog: spec.accessLog && { ...spec.accessLog, to: logTo(spec.accessLog.to, folder) },
  tracing: spec.tracing && { ...spec.tracing, url: `http://127.0.0.1:${collector}/v1/traces`, headers: [] },
  routes: keepLimits ? spec.routes : spec.routes.map(raised),
})

const logTo = (to: string, folder: string): string =>
  to === 'stdout' || to === 'stderr' ? 'stdout' : join(folder, 'access.log')

const raised = (route: RouteSpec): RouteSpec => ({ ...route, limits: route.limits.map(raiseLimit) })

const MOST_IN_FLIGHT = 100_000

/** Counts as before and refuses nothing. */
const raiseLimit = (limit: LimitSpec): LimitSpec =>
  limit.kind === 'rate'
    ? {
        ...limit,
        rate: raiseRate(limit.rate),
        tiers: limit.tiers.map(({ tier, rate }) => ({ tier, rate: raiseRate(rate) })),
      }
    : {
        ...limit,
        max: Math.max(limit.max, MOST_IN_FLIGHT),
        tiers: limit.tiers.map(({ tier, max }) => ({ tier, max: Math.max(max, MOST_IN_FLIGHT) })),
      }

const PER_SECOND = 1_000_000

const raiseRate = ({ count, perMs, burst }: RateSpec): RateSpec => {
  const wanted = Math.max(count, Math.ceil((PER_SECOND * perMs) / 1000))
  return { count: wanted, perMs, burst: Math.max(burst, wanted) }
}
