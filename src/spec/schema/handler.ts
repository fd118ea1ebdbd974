import { z } from 'zod'
import { positiveDuration, positiveSizeTo } from './scalars.ts'

export const handler = z
  .strictObject(
    {
      deadline: positiveDuration.prefault('500ms').describe('How long it may take to answer.'),
      maxBytes: positiveSizeTo('64MiB').prefault('1MiB').describe('Largest body of a request, which must be JSON.'),
    },
    {
      error: ({ code }) =>
        code === 'invalid_type' ? 'expected handler(request => ...), in a configuration in TypeScript' : undefined,
    },
  )
  .describe('A function that answers: handler(request => ...), in a configuration in TypeScript.')

export type HandlerOutput = z.output<typeof handler>
