import { z } from 'zod'
import { affinity } from './affinity.ts'
import { count, headerName, percent, positiveDuration, token } from './scalars.ts'

const share = percent.prefault('100%').describe('Share of the requests; all of them unless set.')

/** Trouble made on purpose. */
export const fault = z
  .strictObject({
    delay: z
      .strictObject({ for: positiveDuration.describe('How long a request is held back.'), share })
      .optional()
      .describe('Hold requests back.'),
    abort: z
      .strictObject({ status: count(400, 599).default(503).describe('Status code.'), share })
      .optional()
      .describe('Answer requests with an error in place of the service.'),
    header: headerName.optional().describe('Only requests with this header, whatever its value.'),
  })
  .describe('Make trouble on purpose, to see whether clients bear it.')
  .meta({ examples: [{ delay: { for: '2s', share: '5%' }, header: 'x-fault' }] })

/** How the services of a split are chosen, beyond their weights. */
export const split = z
  .strictObject({
    sticky: affinity
      .optional()
      .describe(
        'The same value gets the same service: ip, consumer, header:<name>, cookie:<name>, claim:<name> or param:<name>.',
      ),
    header: headerName.optional().describe('A request whose header of this name holds the name of a service gets it.'),
    cookie: token.optional().describe('A request whose cookie of this name holds the name of a service gets it.'),
  })
  .describe('How the services of a `to` with weights are chosen.')
  .meta({ examples: [{ sticky: 'consumer', header: 'x-version' }] })

export type FaultOutput = z.output<typeof fault>
export type SplitOutput = z.output<typeof split>
