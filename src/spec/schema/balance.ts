import { z } from 'zod'
import { affinity } from './affinity.ts'
import { duration, multiple, token } from './scalars.ts'

export const balance = z
  .union([
    z.enum(['round-robin', 'least-request', 'random', 'ewma']),
    z.strictObject({
      hash: affinity
        .optional()
        .describe(
          'The same value goes to the same target: ip, consumer, header:<name>, cookie:<name>, claim:<name> or param:<name>.',
        ),
      algorithm: z
        .enum(['maglev', 'ring'])
        .optional()
        .describe('How values are spread over targets: maglev (unless set) evenly, ring with the fewest changes.'),
      boundedLoad: multiple
        .optional()
        .describe('Most requests in flight at one target, relative to the mean; beyond it the next target is asked.'),
      sticky: token.optional().describe('Name of a cookie that the gateway sets; it keeps a client at its target.'),
      maxAge: duration.optional().describe('How long that cookie lasts; until the browser closes unless set.'),
    }),
  ])
  .prefault('round-robin')
  .describe('How a target is chosen.')
  .meta({ examples: ['least-request', { hash: 'header:x-user' }, { sticky: 'sid', maxAge: '1h' }] })

export type BalanceOutput = z.output<typeof balance>
