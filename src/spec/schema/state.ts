import { z } from 'zod'
import { count, matching, nonEmpty, positiveDuration } from './scalars.ts'

const keys = count(1000, 16_000_000)
  .default(1_000_000)
  .describe('How many limit keys are counted at once on this machine; a million take 56 MB once they are all in use.')

export const state = z
  .union([
    z.literal('memory'),
    z.strictObject({
      memory: z.strictObject({ keys }).describe('Count on this machine, over all workers.'),
    }),
    z.strictObject({
      redis: nonEmpty
        .meta({ title: 'URL', examples: ['redis://127.0.0.1:6379', 'rediss://redis.internal:6379/2'] })
        .describe('URL of a Redis or Valkey: redis:// or rediss:// (TLS).'),
      prefix: matching(/^[\u0021-\u007e]{1,100}$/, 'expected 1 to 100 printable characters')
        .default('sallyport:')
        .describe('Before every key.'),
      timeout: positiveDuration.prefault('100ms').describe('Longest wait for a decision.'),
      keys,
    }),
  ])
  .prefault('memory')
  .describe('Where limits are counted and keys and revocations are shared; needs a restart to change.')
  .meta({ examples: ['memory', { redis: 'redis://127.0.0.1:6379' }] })
