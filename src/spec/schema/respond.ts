import { z } from 'zod'
import { anyJson, count, headerName, headerValue } from './scalars.ts'

export const respond = z
  .strictObject({
    status: count(200, 599).default(200).describe('Status code.'),
    headers: z.record(headerName, headerValue).default({}).describe('Header fields.'),
    json: anyJson.optional().describe('Body, written as JSON.'),
    text: z.string({ error: 'expected text' }).optional().describe('Body, as text/plain in UTF-8.'),
    body: z
      .string({ error: 'expected text' })
      .optional()
      .describe('Body, as it is; give its content-type in `headers`.'),
  })
  .describe('A fixed answer.')
  .meta({ id: 'respond', examples: [{ status: 200, json: { ok: true } }] })

export type RespondOutput = z.output<typeof respond>
