import { z } from 'zod'
import { count, duration, flag, list, positiveDuration, positivePercent, sizeTo, span } from './scalars.ts'

const retryOn = z.union([z.enum(['connect', 'reset', 'timeout']), z.int().min(400).max(599)])

export const retry = z
  .strictObject({
    attempts: count(1, 10).default(2).describe('Tries in all, the first one included.'),
    on: list(retryOn)
      .min(1)
      .default(['connect', 'reset', 502, 503, 504])
      .describe('What is worth another try: connect, reset, timeout and status codes.'),
    perTry: positiveDuration.optional().describe('Longest wait for the head of one answer.'),
    backoff: span.prefault('25ms..250ms').describe('Pause before a retry: growing, with jitter, within these bounds.'),
    budget: positivePercent.optional().describe('Most retries, as a share of the requests; no bound unless set.'),
    minRetries: count(0, 10_000)
      .default(3)
      .describe('Retries that the budget always allows, however few requests there are.'),
    maxBody: sizeTo('16MiB')
      .prefault('64KiB')
      .describe('Largest request body that is kept to be sent again; 0B: none is.'),
    anyMethod: flag
      .default(false)
      .describe('Whether to repeat methods that are not idempotent, without an Idempotency-Key, too.'),
    maxRetryAfter: duration
      .prefault('1s')
      .describe(
        'Longest Retry-After of an answer that is waited for; a longer one ends the tries. 0s: it is not looked at.',
      ),
  })
  .describe('Try again when a request is safe to repeat.')
  .meta({ id: 'retry', examples: [{ attempts: 2, on: ['connect', 'reset', 503], budget: '20%' }] })

export type RetryOutput = z.output<typeof retry>
