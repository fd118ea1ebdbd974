import { z } from 'zod'
import { MOST_ENDPOINTS } from '../endpoint.ts'
import { balance } from './balance.ts'
import { breaker, targetBreaker } from './breaker.ts'
import { discover } from './discover.ts'
import { endpoints, url } from './endpoints.ts'
import { fallback } from './fallback.ts'
import { health } from './health.ts'
import { outliers } from './outliers.ts'
import { retry } from './retry.ts'
import { count, duration, flag, headerName, name, percent, positiveDuration } from './scalars.ts'

const timeout = z
  .strictObject({
    connect: positiveDuration.prefault('2s').describe('Longest wait for a connection.'),
    tls: positiveDuration.prefault('5s').describe('Longest TLS handshake, once connected.'),
    head: positiveDuration.prefault('60s').describe('Longest wait for the head of the answer.'),
    idle: positiveDuration.prefault('60s').describe('Longest silence within the answer.'),
    total: duration.prefault('0s').describe('Longest time for the whole request, retries included; 0s: no bound.'),
  })
  .prefault({})
  .describe('How long the service may take.')
  .meta({ examples: [{ connect: '1s', head: '10s', total: '30s' }] })

const connections = z
  .strictObject({
    max: count(0).default(0).describe('Most requests in flight per target over all workers; 0: unlimited.'),
    maxTotal: count(0).default(0).describe('Most requests in flight for the service over all workers; 0: unlimited.'),
    open: count(0).default(0).describe('Most open connections per target over all workers; 0: unlimited.'),
    queue: count(0)
      .default(1024)
      .describe('Most requests that wait, over all workers, once one of these bounds is reached.'),
    wait: positiveDuration.optional().describe('Longest wait there; as long as `timeout.connect` unless set.'),
    idle: positiveDuration.prefault('60s').describe('How long an unused connection is kept.'),
  })
  .prefault({})
  .describe('Connections to the targets.')
  .meta({ examples: [{ max: 256, queue: 1024, idle: '60s' }] })

const service = z
  .strictObject({
    url: url.optional(),
    endpoints: endpoints.max(MOST_ENDPOINTS).optional(),
    discover: discover.optional(),
    host: z
      .enum(['target', 'preserve'])
      .default('target')
      .describe("`Host` sent upstream: the target's, or the client's."),
    via: flag.default(true).describe('Whether `Via` is sent upstream; nginx stops compressing when it sees one.'),
    balance,
    slowStart: duration
      .prefault('0s')
      .describe('A target that is new or back gets its share gradually over this time; 0s: at once.'),
    panic: percent
      .prefault('0%')
      .describe('When a smaller share of the targets than this is well, all of them are asked; 0%: never.'),
    health: health.optional(),
    outliers: outliers.optional(),
    breaker: breaker.optional(),
    targetBreaker: targetBreaker.optional(),
    retry: retry.optional(),
    fallback: fallback.optional(),
    deadlineHeader: headerName
      .optional()
      .describe('Header that tells the service how many milliseconds are left; grpc-timeout in its own form.'),
    timeout,
    connections,
  })
  .describe('A service: the URL of its only target, or a map with its targets and how they are asked.')

export type ServiceOutput = z.output<typeof service>

export const services = z
  .record(name, z.union([url.transform(where => service.parse({ url: where })), service]))
  .default({})
  .describe('What stands behind the gateway, by name.')
  .meta({
    examples: [
      {
        users: 'http://127.0.0.1:3001',
        orders: { endpoints: ['http://10.0.0.1:8080', 'http://10.0.0.2:8080'], balance: 'least-request' },
      },
    ],
  })
