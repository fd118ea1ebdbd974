import { z } from 'zod'
import { fieldEdits } from './fields.ts'
import { retry } from './retry.ts'
import {
  anyJson,
  branchName,
  flag,
  headerName,
  headerValue,
  label,
  list,
  member,
  memberPath,
  method,
  nonEmpty,
  path,
  positiveDuration,
  positiveSizeTo,
  serviceRef,
} from './scalars.ts'
import { statuses } from './statuses.ts'

const scalar = z.union([z.string(), z.number(), z.boolean()], { error: 'expected text, a number, true or false' })

const values = z.union([scalar, list(scalar).min(1)])

const condition = z.union([
  scalar,
  list(scalar).min(1),
  z
    .strictObject({
      exists: flag.optional().describe('Whether it must be there, whatever its value.'),
      not: values.optional().describe('None of these values.'),
    })
    .describe('What else can be asked of the value.'),
])

const PLACES =
  '{id} or {params.id}, {query.x}, {headers.x}, {claims.x}, {body.x}, {branches.name.x}, {consumer}, {subject}'

const branch = z
  .strictObject({
    to: serviceRef.describe('Which service is asked.'),
    path: path.describe(`Path and query there, with places to fill: ${PLACES}.`),
    method: method.default('GET').describe('GET unless set.'),
    query: z
      .record(nonEmpty, scalar)
      .optional()
      .describe('Parameters that are added to the query; one with a place that cannot be filled is left out.'),
    headers: z.record(headerName, headerValue).optional().describe('Header fields, with places to fill.'),
    body: anyJson
      .optional()
      .describe(
        'Body, sent as JSON, with places to fill; text that is one place alone becomes the value, whatever its type.',
      ),
    required: flag.default(false).describe('Whether the whole answer fails without this one.'),
    timeout: positiveDuration.optional().describe('Longest wait for this one; the deadline of the whole unless set.'),
    retry: z
      .union([z.literal('none'), retry])
      .optional()
      .describe('In place of what the route or the service says; none: no retries.'),
    fallback: anyJson.optional().describe('JSON that stands in when it fails.'),
    fallbackTo: label.optional().describe('Another one whose data stands in when it fails.'),
    when: z
      .record(nonEmpty, condition)
      .optional()
      .describe(
        'Asked only when all of these hold: query.full: "true", claims.plan: [gold, silver], headers.x: { exists: true }.',
      ),
    expect: statuses.optional().describe('Status codes that count as an answer; 200-299 unless set.'),
    maxBytes: positiveSizeTo('16MiB').prefault('1MiB').describe('Largest body, unpacked.'),
    unwrap: memberPath.optional().describe('Its data is what this member holds.'),
    ...fieldEdits,
    wrap: member.optional().describe('Its data becomes this member of an object.'),
  })
  .describe('A part of the answer: which service is asked what, and what becomes of its data.')

export const branches = z.record(branchName, branch)

export type ConditionOutput = z.output<typeof condition>
