import { z } from 'zod'
import { count, flag, headerName, label, list, matching, rate } from './scalars.ts'

const KEY =
  /^(consumer|key|ip|route|claim:[^\u0000-\u001f\u007f]{1,200}|header:[!#$%&'*+.^_`|~0-9A-Za-z-]{1,200}|param:[A-Za-z_][\w-]*)$/

/** RFC 9651 §3.3.3 lets these characters stand in a string without escapes. */
const limitName = matching(/^[!#$%&'*+.^_`|~0-9A-Za-z-]{1,64}$/, 'expected a token of letters, digits and -', {
  title: 'token',
  examples: ['perMinute'],
})

const key = matching(KEY, 'use "consumer", "key", "ip", "route", "claim:<name>", "header:<name>" or "param:<name>"', {
  title: 'key',
  examples: ['consumer', 'key', 'ip', 'route', 'claim:org', 'header:x-tenant', 'param:id'],
})

const burst = count(1)

const cost = z.union([
  count(1),
  z.strictObject({
    header: headerName.describe('Field of the answer that says what the request cost.'),
    default: count(0).default(1).describe('What is taken when the request comes in; the difference follows.'),
  }),
])

const tier = z.union([
  rate,
  count(1, 1_000_000),
  z
    .strictObject({
      limit: rate.describe('Requests per time, such as 1000/1m.'),
      burst: burst.optional().describe('Most requests at once; the limit unless set.'),
    })
    .describe('The limit of a tier.'),
])

const limit = z.strictObject({
  name: limitName.optional().describe('Shown to clients and in metrics; unique within the route.'),
  limit: rate.optional().describe('Requests per time, such as 100/1m.'),
  concurrent: count(1, 1_000_000).optional().describe('Requests in flight at once, in place of `limit`.'),
  by: z
    .union([key, list(key).min(1).max(8)])
    .describe(
      'Whose requests are counted together: consumer, key (API key), ip, route (all together), claim:<name>, header:<name> or param:<name>; a list for a combination.',
    ),
  algorithm: z
    .enum(['gcra', 'fixed-window', 'sliding-window'])
    .optional()
    .describe('How requests are counted; gcra unless set.'),
  burst: burst.optional().describe('Most requests at once, for gcra; the limit unless set.'),
  cost: cost.optional().describe('What one request takes: a number, or what a header of the answer says.'),
  tiers: z
    .record(label, tier)
    .optional()
    .describe('Other limits for consumers of a tier: a rate, or { limit, burst }; a number with `concurrent`.'),
  headers: z
    .enum(['ietf', 'legacy', 'both', 'off'])
    .optional()
    .describe('Which header fields tell the client: ietf (RateLimit-Policy, RateLimit) unless set.'),
  onStoreFailure: z
    .enum(['local', 'allow', 'deny'])
    .optional()
    .describe(
      'What counts while Redis is away: this machine alone (local, unless set), nothing, or everything is refused.',
    ),
  dryRun: flag.default(false).describe('Whether to count and report, but refuse nothing.'),
})

export type LimitOutput = z.output<typeof limit>

export const rateLimit = z
  .union([limit, list(limit).min(1).max(16)])
  .describe('Limits; a request must be within all of them.')
  .meta({
    id: 'limits',
    examples: [
      [
        { limit: '600/1m', by: 'ip' },
        { limit: '100/1m', by: 'consumer', tiers: { gold: '1000/1m' } },
      ],
    ],
  })
