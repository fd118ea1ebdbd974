import { z } from 'zod'
import { headerName, headerValue, list } from './scalars.ts'

const PLACES = '{id} or {params.id}, {query.x}, {headers.x}, {claims.x}, {consumer}, {subject}'

const values = z.record(headerName, headerValue)

export const headerEdits = z
  .strictObject({
    set: values
      .optional()
      .describe(`Fields that replace those of the same name, with places to fill: ${PLACES}; braces are doubled.`),
    add: z
      .record(headerName, z.union([headerValue, list(headerValue).min(1)]))
      .optional()
      .describe('Fields beside those of the same name, with places to fill.'),
    remove: list(headerName).min(1).optional().describe('Fields that are left out.'),
  })
  .describe('Changes to header fields, after those of the group, the frontend and the defaults around.')
  .meta({
    id: 'headerEdits',
    examples: [{ set: { 'x-team': 'shop' }, add: { link: '</help>; rel=help' }, remove: ['server'] }],
  })

export type HeaderEditsOutput = z.output<typeof headerEdits>
