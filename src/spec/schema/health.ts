import { z } from 'zod'
import {
  count,
  durationFrom,
  headerName,
  headerValue,
  matching,
  nonEmpty,
  path,
  percent,
  positiveDuration,
} from './scalars.ts'
import { statuses } from './statuses.ts'

export const health = z
  .strictObject({
    path: path.optional().describe('Ask for this path; what comes back tells whether the target is well.'),
    tcp: z.literal(true, { error: 'expected true' }).optional().describe('A connection is enough.'),
    grpc: matching(/^[\w./-]{0,200}$/, 'expected the name of a gRPC service, or ""', {
      examples: ['shop.v1.Orders', ''],
    })
      .optional()
      .describe('Ask grpc.health.v1.Health for this service; "": for the server as a whole.'),
    method: z.enum(['GET', 'HEAD']).optional().describe('GET unless set; with `path`.'),
    host: headerValue.optional().describe("`Host` of the probe; the target's unless set; with `path`."),
    headers: z.record(headerName, headerValue).optional().describe('Header fields of the probe; with `path`.'),
    status: statuses
      .optional()
      .describe('Good status codes: 200, "2xx", "200-204", or a list of them; 200-299 unless set; with `path`.'),
    body: nonEmpty
      .max(1000, { error: 'expected at most 1000 characters' })
      .optional()
      .describe('Text that must be within the first 64 KiB of a good answer; with `path`.'),
    port: count(1, 65_535).optional().describe("Port of the probe; the target's unless set."),
    interval: durationFrom(100).prefault('5s').describe('Time between two probes of a target.'),
    jitter: percent.prefault('10%').describe('Share by which each interval is longer or shorter.'),
    timeout: positiveDuration
      .optional()
      .describe('Longest wait for an answer; 1s unless set, or half the interval where that is shorter.'),
    healthyAfter: count(1, 1000).default(2).describe('Good probes in a row that bring a target back.'),
    unhealthyAfter: count(1, 1000).default(3).describe('Bad probes in a row that take a target out.'),
  })
  .describe('Ask the targets regularly whether they are well.')
  .meta({ examples: [{ path: '/healthz', interval: '5s', timeout: '1s' }] })

export type HealthOutput = z.output<typeof health>
