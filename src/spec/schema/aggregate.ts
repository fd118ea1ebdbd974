import { z } from 'zod'
import { flag, list, method, name, nonEmpty, path, positiveDuration, serviceRef } from './scalars.ts'

const branch = z.strictObject({
  to: serviceRef.describe('Which service is asked.'),
  path: path.describe('Path and query, with {params.x}, {claims.x} and {branches.name.x}.'),
  method: method.optional().describe('GET unless set.'),
  required: flag.default(false).describe('Whether the whole answer fails without this one.'),
  timeout: positiveDuration.optional().describe('Longest wait for this branch.'),
  pick: list(nonEmpty).optional().describe('Only these members; reaches into arrays.'),
  omit: list(nonEmpty).optional().describe('Without these members; reaches into arrays.'),
  fallback: z.json().optional().describe('Stands in when the branch fails.'),
})

export const aggregate = z
  .strictObject({
    deadline: positiveDuration.optional().describe('Longest wait for all branches.'),
    branches: z.record(name, branch).describe('The parts of the answer, by member name.'),
  })
  .describe('One answer made of several.')
