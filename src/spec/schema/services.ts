import { z } from 'zod'
import { count, duration, flag, label, list, name, nonEmpty, path, percent, positiveDuration, span } from './scalars.ts'

const url = nonEmpty.describe('Origin of a target: http or https, a host, and a path prefix if there is one.')

const endpoint = z.union([
  url.transform(where => ({ url: where, weight: 1 })),
  z.strictObject({
    url,
    weight: count(1, 1000).default(1).describe('Share of the requests, relative to the other endpoints.'),
  }),
])

const balance = z
  .union([
    z.enum(['round-robin', 'least-request', 'random', 'ewma']),
    z.strictObject({
      hash: z
        .string()
        .regex(/^(ip|header:.+|cookie:.+)$/, { error: 'expected "ip", "header:<name>" or "cookie:<name>"' })
        .describe('What decides the target: ip, header:<name> or cookie:<name>.'),
    }),
  ])
  .default('round-robin')
  .describe('How a target is chosen.')

const health = z
  .strictObject({
    path: path.describe('What is asked for.'),
    interval: positiveDuration.prefault('5s').describe('Time between two probes of a target.'),
    timeout: positiveDuration.prefault('1s').describe('Longest wait for an answer.'),
    healthyAfter: count(1, 1000).default(2).describe('Good probes in a row that bring a target back.'),
    unhealthyAfter: count(1, 1000).default(3).describe('Bad probes in a row that take a target out.'),
  })
  .describe('Ask the targets regularly whether they are well.')

const outliers = z
  .strictObject({
    consecutiveErrors: count(1, 10_000).default(5).describe('Failures in a row that eject a target.'),
    interval: positiveDuration.prefault('10s').describe('How often ejections are looked over.'),
    ejectFor: positiveDuration.prefault('30s').describe('How long the first ejection lasts.'),
    maxEjected: percent.prefault('50%').describe('Most targets that may be ejected at once.'),
  })
  .describe('Take targets out that fail real requests.')

const breaker = z
  .strictObject({
    failureRate: percent.prefault('50%').describe('Share of failures that opens the circuit.'),
    minRequests: count(1).default(20).describe('Requests in the window below which it stays closed.'),
    window: positiveDuration.prefault('10s').describe('How far back requests are counted.'),
    openFor: positiveDuration.prefault('5s').describe('How long it stays open.'),
    halfOpenRequests: count(1, 10_000).default(3).describe('Trial requests before it closes again.'),
    rampFor: positiveDuration.optional().describe('Let traffic return gradually over this time.'),
  })
  .describe('Stop asking a service that fails.')

const retryOn = z.union([z.enum(['connect', 'reset', 'timeout']), z.int().min(400).max(599)])

export const retry = z
  .strictObject({
    attempts: count(1, 10).default(2).describe('Tries in all, the first one included.'),
    on: list(retryOn).default(['connect', 'reset', 502, 503, 504]).describe('What is worth another try.'),
    perTry: positiveDuration.optional().describe('Longest wait for the head of one answer.'),
    backoff: span.prefault('25ms..250ms').describe('Pause before a retry: growing, with jitter, within these bounds.'),
    budget: percent.optional().describe('Most retries, as a share of the requests.'),
  })
  .describe('Try again when a request is safe to repeat.')

const timeout = z
  .strictObject({
    connect: positiveDuration.prefault('2s').describe('Longest wait for a connection.'),
    head: positiveDuration.prefault('60s').describe('Longest wait for the head of the answer.'),
    idle: positiveDuration.prefault('60s').describe('Longest silence within the answer.'),
    total: duration.prefault('0s').describe('Longest time for the whole request; 0s: no bound.'),
  })
  .prefault({})
  .describe('How long the service may take.')

const connections = z
  .strictObject({
    max: count(0).default(0).describe('Most requests in flight per target over all workers; 0: unlimited.'),
    queue: count(0).default(1024).describe('Most requests that wait, per worker, once `max` is reached.'),
    idle: positiveDuration.prefault('60s').describe('How long an unused connection is kept.'),
  })
  .prefault({})
  .describe('Connections to the targets.')

const service = z.strictObject({
  url: url.optional(),
  endpoints: list(endpoint).min(1).optional().describe('The targets, when there are several.'),
  host: z
    .enum(['target', 'preserve'])
    .default('target')
    .describe("`Host` sent upstream: the target's, or the client's."),
  via: flag.default(true).describe('Whether `Via` is sent upstream; nginx stops compressing when it sees one.'),
  balance,
  health: health.optional(),
  outliers: outliers.optional(),
  breaker: breaker.optional(),
  retry: retry.optional(),
  timeout,
  connections,
})

export const services = z
  .record(name, z.union([url.transform(where => service.parse({ url: where })), service]))
  .default({})
  .describe('What stands behind the gateway, by name.')

/** A service name where it is referred to; whether it exists is checked later, for a better message. */
export const serviceRef = label
