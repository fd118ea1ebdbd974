import { z } from 'zod'
import { respond } from './respond.ts'
import { list, serviceRef } from './scalars.ts'

export const fallback = z
  .strictObject({
    respond: respond.optional(),
    to: serviceRef.optional().describe('Another service that is asked.'),
    on: list(z.enum(['open', 'unhealthy', 'overloaded', 'connect', 'timeout', '5xx']))
      .min(1)
      .default(['open', 'unhealthy'])
      .describe(
        'When: the breaker is open, no target is well, the queue is full (overloaded), no connection, none that lasted or no proper answer (connect), no answer in time (timeout), an answer of 500 to 599 (5xx).',
      ),
  })
  .describe('What answers when the service does not.')
  .meta({ examples: [{ respond: { status: 503, json: { orders: 'come back later' } }, on: ['open', 'timeout'] }] })

export type FallbackOutput = z.output<typeof fallback>
