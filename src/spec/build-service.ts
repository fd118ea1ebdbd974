import { buildBreaker, buildHealth, buildOutliers } from './build-guards.ts'
import { buildRespond } from './build-respond.ts'
import { buildRetry } from './build-retry.ts'
import { buildBalance, buildDiscover, buildEndpoints } from './build-targets.ts'
import type { FallbackOutput } from './schema/fallback.ts'
import type { ServiceOutput } from './schema/services.ts'
import type { ServiceSpec } from './spec.ts'
import type { FallbackSpec } from './spec-resilience.ts'

/** The Spec of a service in which no check found an error. */
export const buildService = ([name, service]: readonly [name: string, service: ServiceOutput]): ServiceSpec => ({
  name,
  endpoints: buildEndpoints(service),
  discover: buildDiscover(service.discover),
  host: service.host,
  via: service.via,
  timeouts: buildTimeouts(service),
  connections: buildConnections(service),
  balance: buildBalance(service.balance),
  slowStartMs: service.slowStart,
  panic: service.panic,
  health: buildHealth(service.health),
  outliers: buildOutliers(service.outliers),
  breaker: buildBreaker(service.breaker),
  targetBreaker: buildBreaker(service.targetBreaker),
  retry: buildRetry(service.retry),
  fallback: service.fallback && buildFallback(service.fallback),
  deadlineHeader: service.deadlineHeader?.toLowerCase() ?? '',
})

const buildTimeouts = ({ timeout }: ServiceOutput): ServiceSpec['timeouts'] => ({
  connectMs: timeout.connect,
  tlsMs: timeout.tls,
  headMs: timeout.head,
  idleMs: timeout.idle,
  totalMs: timeout.total,
})

const buildConnections = ({ connections, timeout }: ServiceOutput): ServiceSpec['connections'] => ({
  max: connections.max,
  maxTotal: connections.maxTotal,
  open: connections.open,
  queue: connections.queue,
  waitMs: connections.wait ?? timeout.connect,
  idleMs: connections.idle,
})

const buildFallback = ({ on, respond, to }: FallbackOutput): FallbackSpec => ({
  on: [...new Set(on)],
  answer: to === undefined ? buildRespond(respond ?? {}) : { kind: 'service', service: to },
})
