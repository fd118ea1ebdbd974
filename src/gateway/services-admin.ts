import type { BreakerReport, ServiceReport, ServicesAdmin, TargetReport } from '../admin/services.ts'
import type { Log } from '../core/ports.ts'
import type { BreakerSpec } from '../spec/spec-resilience.ts'
import { quantile } from '../telemetry/quantile.ts'
import type { MetricRegistry } from '../telemetry/registry.ts'
import type { Sample } from '../telemetry/sample.ts'
import { readBreaker } from '../upstream/breaker/operate.ts'
import { type BreakerCells, OWN } from '../upstream/cells.ts'
import type { FleetKeeper } from '../upstream/fleet/fleet-keeper.ts'
import type { FleetService } from '../upstream/fleet/kept-service.ts'
import type { Prober, TargetHealth } from '../upstream/health/prober.ts'
import { readTarget } from '../upstream/outliers/read-target.ts'

export interface ServicesAdminParts {
  readonly keeper: FleetKeeper
  readonly prober: Prober
  readonly metrics: MetricRegistry
  readonly log: Log
  /** A moment of upstream/cells.ts. */
  readonly now: () => number
}

/** What the admin listener shows of services and lets operators do to them. */
export const servicesAdmin = ({ keeper, prober, metrics, log, now }: ServicesAdminParts): ServicesAdmin => {
  const reportsOf = (services: readonly FleetService[]): readonly ServiceReport[] => {
    const counted = countsByTarget(metrics)
    const at = now()
    return services.map(service => reportOf(service, prober.state(service.spec.name), keeper, counted, at))
  }
  return {
    list: () => reportsOf(keeper.current()),
    find: name => reportsOf(keeper.current().filter(({ spec }) => spec.name === name))[0],
    force: (service, target, state) => {
      const done = keeper.force(service, target, state)
      const of = target === undefined ? `service "${service}"` : `target ${target} of service "${service}"`
      if (done) log.warn(`an operator wants the breaker of ${of} ${state === 'auto' ? 'to decide by itself' : state}`)
      return done
    },
    drain: (service, target, on) => {
      const done = keeper.drain(service, target, on)
      const wish = on ? 'no new requests to' : 'requests again to'
      if (done) log.warn(`an operator wants ${wish} target ${target} of service "${service}"`)
      return done
    },
  }
}

interface Counted {
  readonly requests: Record<string, number>
  connections: number
  latency: TargetReport['latency'] | undefined
}

const keyOf = (service = '', target = ''): string => `${service} ${target}`
/** Milliseconds, cut to what can be meant. */
const toMicros = (ms: number | null): number | null => (ms === null ? null : Math.round(ms * 1000) / 1000)

const WANTED = new Set([
  'sallyport_upstream_requests_total',
  'sallyport_upstream_duration_seconds',
  'sallyport_upstream_connections',
])

/** Only these series are read: there may be a hundred thousand of others. */
const countsByTarget = (metrics: MetricRegistry): ReadonlyMap<string, Counted> => {
  const counts = new Map<string, Counted>()
  for (const sample of metrics.read(name => WANTED.has(name))) {
    const key = keyOf(sample.labels['service'], sample.labels['target'])
    const counted = counts.get(key) ?? { requests: {}, connections: 0, latency: undefined }
    counts.set(key, counted)
    count(counted, sample)
  }
  return counts
}

const count = (counted: Counted, sample: Sample): void => {
  if (sample.kind === 'histogram')
    counted.latency = { p50Ms: toMicros(quantile(sample, 0.5)), p99Ms: toMicros(quantile(sample, 0.99)) }
  else if (sample.kind === 'gauge') counted.connections = sample.value
  else if (sample.value > 0) counted.requests[sample.labels['outcome'] ?? ''] = sample.value
}

const reportOf = (
  { spec, cells, roster }: FleetService,
  health: readonly TargetHealth[],
  keeper: FleetKeeper,
  counted: ReadonlyMap<string, Counted>,
  now: number,
): ServiceReport => {
  const probes = new Map(health.map(({ slot, last }) => [slot, last]))
  return {
    service: spec.name,
    balance: spec.balance.kind,
    breaker: breakerReport(spec.breaker, cells.breaker, now),
    inFlight: cells.serviceSum(OWN.inFlight),
    queued: cells.serviceSum(OWN.queued),
    targets: roster.targets.map(({ endpoint, slot }): TargetReport => {
      const { url, weight, priority } = endpoint
      const { healthy, ejected, ejectedForMs, reason, ejections } = readTarget(cells, slot, now)
      const counts = counted.get(keyOf(spec.name, url))
      return {
        url,
        weight,
        priority,
        healthy,
        probe: probes.get(slot) ?? null,
        ejected: ejected ? { reason, forMs: ejectedForMs, times: ejections } : null,
        draining: keeper.isDrained(spec.name, url),
        breaker: breakerReport(spec.targetBreaker, cells.targetBreaker(slot), now),
        inFlight: cells.targetSum(slot, OWN.inFlight),
        connections: counts?.connections ?? 0,
        latency: counts?.latency ?? { p50Ms: null, p99Ms: null },
        requests: counts?.requests ?? {},
      }
    }),
  }
}

const breakerReport = (spec: BreakerSpec | undefined, cells: BreakerCells, now: number): BreakerReport | null => {
  if (spec === undefined) return null
  const { state, forced, forMs, requests, failures, slow } = readBreaker(spec, cells, now)
  return { state, forced, forMs, requests, failures, slow }
}
