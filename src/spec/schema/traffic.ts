import { z } from 'zod'
import {
  count,
  duration,
  flag,
  headerName,
  label,
  list,
  method,
  network,
  nonEmpty,
  positiveDuration,
  rate,
} from './scalars.ts'

const by = z
  .string()
  .regex(/^(consumer|ip|claim:.+|header:.+)$/, {
    error: 'use "consumer", "ip", "claim:<name>" or "header:<name>"',
  })
  .describe('Whose requests are counted together: consumer, ip, claim:<name> or header:<name>.')

const limit = z.strictObject({
  name: label.optional().describe('Shown to clients and in metrics.'),
  limit: rate.describe('Requests per time, such as 100/1m.'),
  by,
  algorithm: z.enum(['gcra', 'fixed-window', 'sliding-window']).default('gcra').describe('How requests are counted.'),
  burst: count(1).optional().describe('Most requests at once; the limit unless set.'),
  headers: z.enum(['ietf', 'legacy', 'both', 'off']).default('ietf').describe('Which header fields tell the client.'),
  onStoreFailure: z.enum(['local', 'allow', 'deny']).default('local').describe('What counts while the store is down.'),
})

export const rateLimit = list(limit).describe('Limits; a request must be within all of them.')

export const cache = z
  .strictObject({ ttl: positiveDuration.describe('How long an answer is fresh when it does not say.') })
  .describe('Keep answers (RFC 9111).')

export const cors = z
  .strictObject({
    origins: list(nonEmpty).describe('Allowed origins, or "*".'),
    methods: list(method).optional().describe('Allowed methods.'),
    headers: list(headerName).optional().describe('Allowed request headers.'),
    expose: list(headerName).optional().describe('Response headers that scripts may read.'),
    credentials: flag.default(false).describe('Whether cookies and credentials may be sent.'),
    maxAge: duration.optional().describe('How long browsers may keep the answer.'),
  })
  .describe('Cross-origin requests of browsers.')

export const ip = z
  .strictObject({
    allow: list(network).optional().describe('Only these client addresses.'),
    deny: list(network).optional().describe('Not these client addresses.'),
  })
  .describe('Which client addresses may pass.')
