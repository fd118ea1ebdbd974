import { z } from 'zod'
import { claimPath, label, list, oneOrMore } from './scalars.ts'

const values = list(label).min(1)

const labels = z.union([
  oneOrMore(label),
  z.strictObject({
    any: values.optional().describe('One of these is enough.'),
    all: values.optional().describe('All of these are needed.'),
  }),
])

const claimValue = z.union([z.string(), z.number(), z.boolean()], { error: 'expected text, a number, true or false' })

export const access = z
  .strictObject({
    roles: labels.optional().describe('Roles of which one is needed; { all: [...] } for all of them.'),
    scopes: labels.optional().describe('Scopes that are all needed; { any: [...] } for one of them.'),
    consumers: oneOrMore(label).optional().describe('Only these consumers.'),
    claims: z
      .record(claimPath, z.union([claimValue, list(claimValue).min(1)]))
      .optional()
      .describe('Claims of the token and their values, or lists of values of which one must fit.'),
  })
  .describe('Who of those who proved who they are may pass; all conditions must hold.')
  .meta({ id: 'access', examples: [{ roles: ['reader', 'admin'], scopes: ['orders:read'] }] })
