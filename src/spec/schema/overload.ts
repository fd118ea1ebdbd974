import { z } from 'zod'
import { durationFrom } from './scalars.ts'

export const overload = z
  .strictObject({
    lag: durationFrom(10)
      .optional()
      .describe('Refuse new requests (503) while a worker is late by more than this; off unless set.'),
  })
  .prefault({})
  .describe('What to do when the gateway itself cannot keep up.')
