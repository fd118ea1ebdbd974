import type { Json } from '../base/json.ts'
import { dependenciesOf, stagesOf } from './branch-graph.ts'
import { describeEdit } from './describe-edits.ts'
import { describeRetry } from './describe-services.ts'
import { showRef } from './ref.ts'
import { showTemplate } from './ref-template.ts'
import type {
  AggregateSpec,
  BranchFallbackSpec,
  BranchSpec,
  ConditionSpec,
  ShapeSpec,
  TextTemplate,
} from './spec-aggregate.ts'
import { listWords } from './suggest.ts'
import { showDuration } from './units.ts'

/** What an aggregate asks for, and when, in words. Nothing here shows a value that could be a secret. */

/** `4 branches within 500ms, as one list`. */
export const describeAggregate = ({ branches, deadlineMs, shape, meta }: AggregateSpec): string => {
  const count = branches.length === 1 ? 'one branch' : `${branches.length} branches`
  return `${count} within ${showDuration(deadlineMs)}${describeShape(shape)}${meta ? ', with _meta' : ''}`
}

/** Where its code stands, and what time it has; what it does only the code says. */
export const codeLines = ({ typed, deadlineMs }: AggregateSpec): string[] =>
  typed === undefined
    ? []
    : [
        `code of ${typed.module.name}, ${typed.at.join('.')}: a schema has the time of its branch, a reply what is left of ${showDuration(deadlineMs)}, at least 100ms`,
      ]

const describeShape = (shape: ShapeSpec): string => {
  switch (shape.kind) {
    case 'object':
      return ''
    case 'list':
      return ', as a list'
    case 'flatten':
      return ', their items in one list'
    case 'merge':
      return `, their members in one object${shape.conflicts === 'error' ? '' : ` (the ${shape.conflicts} one counts)`}`
    case 'zip':
      return `, the list of ${shape.list} with ${listWords(
        shape.joins.map(({ branch, as }) => `${branch} as ${as}`),
        'and',
      )}`
  }
}

/** A line for each branch, in the order of stages: what runs together has the same number. */
export const planLines = ({ branches, typed }: AggregateSpec): string[] => {
  const rows = stagesOf(branches).flatMap((names, stage) =>
    branches
      .filter(({ name }) => names.includes(name))
      .map((branch, i) => [
        i === 0 ? `${stage + 1}` : '',
        branch.name,
        branch.service,
        requestOf(branch),
        restOf(branch, typed),
      ]),
  )
  const widths = [0, 1, 2, 3].map(column => rows.reduce((most, row) => Math.max(most, row[column]?.length ?? 0), 0))
  return rows.map(row => row.map((cell, i) => cell.padEnd(widths[i] ?? 0)).join('  '))
}

/** A text for each branch, in the order of writing: `user: users GET /{claims.sub}, required`. */
export const describeBranches = ({ branches, typed }: AggregateSpec): string[] =>
  branches.map(branch => {
    const needs = dependenciesOf(branch)
    const after = needs.length === 0 ? '' : ` (after ${listWords(needs, 'and')})`
    return `${branch.name}${after}: ${branch.service} ${requestOf(branch)}, ${restOf(branch, typed)}`
  })

const requestOf = ({ method, path }: BranchSpec): string => `${method} ${showTarget(path)}`

/** Values in a query that were written may be keys; those that are put in are shown by name. */
const showTarget = (template: TextTemplate): string => {
  const text = showTemplate(template)
  const at = text.indexOf('?')
  if (at < 0) return text
  const shown = text
    .slice(at + 1)
    .split('&')
    .map(pair => (/=(\{[^{}]+\})?$/.test(pair) ? pair : pair.replace(/=.*/s, '=…')))
  return `${text.slice(0, at)}?${shown.join('&')}`
}

const restOf = (branch: BranchSpec, typed: AggregateSpec['typed']): string =>
  [
    branch.required ? 'required' : 'optional',
    ...(branch.timeoutMs === 0 ? [] : [`within ${showDuration(branch.timeoutMs)}`]),
    ...(branch.fallback === undefined ? [] : [`else ${describeFallback(branch.fallback)}`]),
    ...(branch.retry === undefined ? [] : [branch.retry === 'none' ? 'no retries' : describeRetry(branch.retry)]),
    ...(branch.when.length === 0 ? [] : [`when ${listWords(branch.when.map(describeCondition), 'and')}`]),
    ...branch.edits.map(describeEdit),
    ...(typed?.schemas === undefined
      ? []
      : [typed.schemas.includes(branch.name) ? 'by its schema' : 'without a schema']),
  ].join(', ')

const describeFallback = (fallback: BranchFallbackSpec): string =>
  fallback.kind === 'branch' ? `that of ${fallback.branch}` : describeValue(fallback.value)

const describeValue = (value: Json): string => {
  if (Array.isArray(value)) return value.length === 0 ? '[]' : 'a list'
  if (typeof value === 'string') return 'a text'
  return typeof value === 'object' && value !== null && Object.keys(value).length > 0
    ? 'an object'
    : JSON.stringify(value)
}

/** Values that are compared with may be secrets, as those of a route's headers. */
const describeCondition = ({ ref, values, not }: ConditionSpec): string => {
  if (values.length === 0) return `${showRef(ref)} is ${not ? 'not ' : ''}there`
  return `${showRef(ref)} is ${not ? 'other than said' : 'as said'}`
}
