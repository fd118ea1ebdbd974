import { z } from 'zod'
import { isMoment } from '../moment.ts'
import { flag, label, list, name } from './scalars.ts'

/** What stands where a hash is still to be filled in; no key has it. */
export const PLACEHOLDER = 'sha256:<64 hex digits>'

const hash = z
  .string({ error: 'expected "sha256:" and 64 hex digits' })
  .regex(/^sha256:([0-9a-fA-F]{64}|<64 hex digits>)$/, { error: 'expected "sha256:" and 64 hex digits' })

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
      .describe('From when on the key is refused: 2027-01-31 (0:00 UTC) or 2027-01-31T12:00:00Z.'),
    disabled: flag.default(false).describe('Whether the key is refused for now.'),
  }),
])

const consumer = z.strictObject({
  keys: list(key)
    .default([])
    .describe('SHA-256 hashes of the API keys: "sha256:" and 64 hex digits, or { hash, expires, disabled }.'),
  roles: list(label).default([]).describe('Roles, for `access`.'),
  scopes: list(label).default([]).describe('Scopes, for `access`.'),
  tier: label.optional().describe('Class of service, for limits.'),
})

export const consumers = z.record(name, consumer).default({}).describe('Known clients, by name.')
