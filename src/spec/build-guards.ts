import type { BreakerOutput } from './schema/breaker.ts'
import type { HealthOutput } from './schema/health.ts'
import type { OutliersOutput } from './schema/outliers.ts'
import type { BreakerSpec, HealthSpec, OutliersSpec } from './spec-resilience.ts'

const USUAL_TIMEOUT_MS = 1000

export const buildHealth = (health: HealthOutput | undefined): HealthSpec | undefined =>
  health && {
    probe: buildProbe(health),
    port: health.port ?? 0,
    intervalMs: health.interval,
    jitter: health.jitter,
    timeoutMs: health.timeout ?? Math.max(1, Math.min(USUAL_TIMEOUT_MS, Math.floor(health.interval / 2))),
    healthyAfter: health.healthyAfter,
    unhealthyAfter: health.unhealthyAfter,
  }

const GOOD = [{ from: 200, to: 299 }]

const buildProbe = (health: HealthOutput): HealthSpec['probe'] => {
  const { path, grpc, method = 'GET', host = '', headers = {}, status = GOOD, body = '' } = health
  if (grpc !== undefined) return { kind: 'grpc', service: grpc }
  if (path === undefined) return { kind: 'tcp' }
  return {
    kind: 'http',
    method,
    path,
    host,
    headers: Object.entries(headers).map(([name, value]) => [name.toLowerCase(), value]),
    statuses: (Array.isArray(status) ? status : [status]).map(({ from, to }) => [from, to]),
    body,
  }
}

const USUAL_MAX_EJECT_MS = 300_000

export const buildOutliers = (outliers: OutliersOutput | undefined): OutliersSpec | undefined =>
  outliers && {
    consecutiveErrors: outliers.consecutiveErrors,
    consecutiveLocalErrors: outliers.consecutiveLocalErrors,
    failureRate: outliers.failureRate,
    deviation: outliers.deviation,
    minRequests: outliers.minRequests,
    minTargets: outliers.minTargets,
    intervalMs: outliers.interval,
    ejectMs: outliers.ejectFor,
    maxEjectMs: outliers.maxEjectFor ?? Math.max(USUAL_MAX_EJECT_MS, outliers.ejectFor),
    maxEjected: outliers.maxEjected,
    dryRun: outliers.dryRun,
  }

export const buildBreaker = (breaker: BreakerOutput | undefined): BreakerSpec | undefined =>
  breaker && {
    failureRate: breaker.failureRate,
    slowRate: breaker.slowCalls?.rate ?? 0,
    slowMs: breaker.slowCalls?.longerThan ?? 0,
    consecutiveFailures: breaker.consecutiveFailures,
    minRequests: breaker.minRequests,
    windowMs: breaker.window,
    openMs: breaker.openFor,
    halfOpenRequests: breaker.halfOpenRequests,
    rampMs: breaker.rampFor,
  }
