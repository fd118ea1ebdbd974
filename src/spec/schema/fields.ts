import { z } from 'zod'
import { list, member, memberPath } from './scalars.ts'

/** Edits of JSON that choose and name members. */
export const fieldEdits = {
  pick: list(memberPath)
    .min(1)
    .optional()
    .describe('Only these members; customer.name reaches into objects, lists are gone through.'),
  omit: list(memberPath)
    .min(1)
    .optional()
    .describe('Without these members; customer.name reaches into objects, lists are gone through.'),
  rename: z
    .record(memberPath, member)
    .optional()
    .describe('New names of members, by their old names; customer.name reaches into objects, lists are gone through.'),
}

/** In this order, whatever the order of writing. */
export const fields = z
  .strictObject({
    ...fieldEdits,
    otherContent: z
      .enum(['refuse', 'pass'])
      .default('refuse')
      .describe('What becomes of good answers that are not JSON: refuse answers 502, pass gives them whole.'),
  })
  .describe('Which members the JSON of answers has, and what they are called.')
  .meta({ id: 'fields', examples: [{ omit: ['internal', 'customer.notes'], rename: { total: 'amount' } }] })

export type FieldsOutput = z.output<typeof fields>
