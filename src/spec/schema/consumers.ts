import { z } from 'zod'
import { isMoment } from '../moment.ts'
import { flag, label, list, matching, name } from './scalars.ts'

/** What stands where a hash is still to be filled in; no key has it. */
export const PLACEHOLDER = 'sha256:<64 hex digits>'

const hash = matching(/^sha256:([0-9a-fA-F]{64}|<64 hex digits>)$/, 'expected "sha256:" and 64 hex digits', {
  title: 'hash of a key',
  examples: [PLACEHOLDER],
})

const key = z.union([
  hash,
  z.strictObject({
    hash: hash.describe('SHA-256 of the key: "sha256:" and 64 hex digits.'),
    expires: z
      .string({ error: 'expected a date or a time with its zone' })
      .refine(isMoment, {
        error: 'expected a date or a time with its zone, such as 2027-01-31 or 2027-01-31T12:00:00Z',
      })
      .optional()
      .meta({ title: 'date or time', examples: ['2027-01-31', '2027-01-31T12:00:00Z'] })
      .describe('From when on the key is refused: 2027-01-31 (0:00 UTC) or 2027-01-31T12:00:00Z.'),
    disabled: flag.default(false).describe('Whether the key is refused for now.'),
  }),
])

const consumer = z
  .strictObject({
    keys: list(key)
      .default([])
      .describe('SHA-256 hashes of the API keys: "sha256:" and 64 hex digits, or { hash, expires, disabled }.'),
    roles: list(label).default([]).describe('Roles, for `access`.'),
    scopes: list(label).default([]).describe('Scopes, for `access`.'),
    tier: label.optional().describe('Class of service, for limits.'),
  })
  .describe('A client: its keys, and what it may do.')

export const consumers = z
  .record(name, consumer)
  .default({})
  .describe('Known clients, by name.')
  .meta({ examples: [{ acme: { keys: [PLACEHOLDER], roles: ['reader'], tier: 'gold' } }] })
