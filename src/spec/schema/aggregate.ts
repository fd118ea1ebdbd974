import { z } from 'zod'
import { branches } from './branch.ts'
import {
  count,
  flag,
  headerName,
  headerValue,
  label,
  list,
  member,
  positiveDuration,
  positiveSizeTo,
} from './scalars.ts'

const join = z.strictObject({
  branch: label.describe('Whose list is looked through.'),
  key: member.describe('Member of its items that equals the key of the first list.'),
  as: member.describe('Member under which the item that was found is put.'),
})

const zip = z.strictObject({
  list: label.describe('The branch whose list is answered.'),
  key: member.describe('Member of its items by which the others are found.'),
  joins: list(join).min(1).describe('What is put into its items.'),
})

const merge = z.strictObject({
  conflicts: z
    .enum(['error', 'first', 'last'])
    .default('error')
    .describe('When two have a member of the same name: an error, or whose is taken, in the order of writing.'),
})

const shape = z
  .union([
    z.enum(['object', 'list', 'flatten', 'merge']),
    z.strictObject({
      merge: merge.optional().describe('The members of all in one object.'),
      zip: zip.optional().describe('One list, to each item of which those of other lists with the same key are added.'),
    }),
  ])
  .default('object')
  .describe(
    'How the data become one body: a member each (object), a list of them (list), one list of all items (flatten), one object of all members (merge), or { zip }.',
  )

export const MAX_BRANCHES = 10

export const aggregate = z
  .strictObject({
    deadline: positiveDuration.prefault('500ms').describe('What has not arrived by then is given up.'),
    branches: branches.describe('The parts of the answer, by member name.'),
    shape,
    meta: flag.default(false).describe('Whether the body says how each part fared, as its member _meta.'),
    whenEmpty: z
      .enum(['error', 'answer'])
      .default('error')
      .describe('When no part has data or a fallback: an error, or an answer without any.'),
    maxBytes: positiveSizeTo('64MiB')
      .prefault('4MiB')
      .describe('Largest size of the bodies of all parts together, unpacked.'),
    passHeaders: list(headerName)
      .default([])
      .describe('Header fields of the request that go to every part, beside those for tracing and Accept-Language.'),
    headers: z.record(headerName, headerValue).default({}).describe('Header fields of the answer.'),
    takeHeaders: z
      .record(headerName, label)
      .default({})
      .describe('Header fields of the answer that are those of a part: the name, and of which part.'),
    maxBranches: count(1, 100)
      .default(MAX_BRANCHES)
      .describe('Most parts; more than 4 are a warning unless this is set.'),
  })
  .describe('One answer made of several.')
  .meta({
    examples: [
      {
        deadline: '500ms',
        branches: {
          user: { to: 'users', path: '/{claims.sub}', required: true },
          orders: { to: 'orders', path: '/orders?user={claims.sub}', fallback: [] },
        },
      },
    ],
  })
