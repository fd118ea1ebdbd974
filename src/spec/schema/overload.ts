import { z } from 'zod'
import { durationFrom, positiveSizeTo } from './scalars.ts'

export const overload = z
  .strictObject({
    lag: durationFrom(10)
      .optional()
      .describe('Refuse new requests (503) while a worker is late by more than this; off unless set.'),
    bodies: positiveSizeTo('1GiB')
      .default(64 * 1024 * 1024)
      .describe(
        'Bytes of bodies that one worker holds at once for aggregates, handlers and `fields`; beyond it they are refused (503).',
      ),
  })
  .prefault({})
  .describe('What to do when the gateway itself cannot keep up.')
