import type { z } from 'zod'
import type { Path } from './problem.ts'
import { knownKeys } from './salvage.ts'
import { describeFound, type Report, valueAt } from './source.ts'
import { closest, didYouMean, listWords } from './suggest.ts'

export type Issue = z.core.$ZodIssue

/** A mistake of shape, relative to the document's root. */
interface Leaf {
  readonly issue: Issue
  readonly path: Path
}

/** Turns what zod found into problems in the project's words. */
export const reportIssues = (report: Report, schema: z.ZodType, issues: readonly Issue[]): void => {
  for (const issue of issues) for (const leaf of leaves(issue, [])) reportLeaf(report, schema, leaf)
}

/** Every leaf of every branch of every union: for looking, not for showing. */
export const allLeaves = (issue: Issue, base: Path): Leaf[] => {
  const path = pathOf(issue, base)
  if (issue.code !== 'invalid_union') return [{ issue, path }]
  return issue.errors.flat().flatMap(inner => allLeaves(inner, path))
}

/** A union's issues are those of the branch the user most likely meant. */
const leaves = (issue: Issue, base: Path): Leaf[] => {
  const path = pathOf(issue, base)
  if (issue.code !== 'invalid_union') return [{ issue, path }]
  const meant = issue.errors
    .filter(branch => branch.length > 0 && !branch.some(inner => refusesType(inner)))
    .sort((a, b) => a.length - b.length)[0]
  if (meant !== undefined) return meant.flatMap(inner => leaves(inner, path))
  return [{ issue, path }]
}

const pathOf = (issue: Issue, base: Path): Path => [
  ...base,
  ...issue.path.map(key => (typeof key === 'symbol' ? String(key) : key)),
]

/** The branch wants another kind of value altogether. */
const refusesType = (issue: Issue): boolean => {
  if (issue.path.length > 0) return false
  if (issue.code === 'invalid_union') return issue.errors.every(branch => branch.some(refusesType))
  return issue.code === 'invalid_type' || issue.code === 'invalid_value'
}

const reportLeaf = (report: Report, schema: z.ZodType, leaf: Leaf): void => {
  const { issue, path } = leaf
  const value = valueAt(report.source.document, path)
  if (issue.code === 'unrecognized_keys') reportUnknownKeys(report, schema, path, issue.keys)
  else if (issue.code === 'invalid_key') reportBadKey(report, path, issue.issues[0])
  else if (value === undefined) reportMissing(report, schema, leaf)
  else if (typeof value !== 'object' || value === null) reportBadScalar(report, leaf, value)
  else report.add(path, `${expectation(issue)}, found ${describeFound(report, path, value)}`, { code: 'invalid-value' })
}

const reportBadKey = (report: Report, path: Path, why: Issue | undefined): void =>
  report.add(path, (why?.message ?? 'expected a name').replace(/^expected/, 'the key must be'), {
    on: 'key',
    code: 'invalid-key',
  })

/** A mistyped key is told as such, and not as a missing one too. */
const reportMissing = (report: Report, schema: z.ZodType, { issue, path }: Leaf): void => {
  const parent = path.slice(0, -1)
  const known = knownKeys(schema, parent)
  const unknown = Object.keys(valueAt(report.source.document, parent) ?? {}).filter(key => !known.includes(key))
  if (closest(String(path.at(-1)), unknown) === undefined)
    report.add(path, 'is missing', { hint: expectation(issue), code: 'missing-key' })
}

const reportBadScalar = (report: Report, leaf: Leaf, value: unknown): void => {
  const { issue, path } = leaf
  const hint = issue.message.startsWith('use ') ? issue.message : suggestion(report, leaf, value)
  if (hint !== undefined) report.add(path, unknownValue(report.show(path, value)), { hint, code: 'invalid-value' })
  else report.add(path, `${expectation(issue)}, found ${describeFound(report, path, value)}`, { code: 'invalid-value' })
}

/** What stands for a value that is not shown is no value. */
const unknownValue = (shown: string): string =>
  shown.startsWith('a value') ? `${shown} is not known` : `unknown value ${shown}`

const reportUnknownKeys = (report: Report, schema: z.ZodType, path: Path, keys: readonly string[]): void => {
  const value = valueAt(report.source.document, path)
  const known = knownKeys(schema, path)
  const free = known.filter(key => !Object.hasOwn(value ?? {}, key))
  for (const key of keys) {
    const hint = didYouMean(key, free) ?? (known.length > 0 ? `known keys are ${listWords(known, 'and')}` : undefined)
    report.add([...path, key], 'unknown key', { hint, on: 'key', code: 'unknown-key' })
  }
}

/** The allowed values when there are only so many. */
const closedSet = (issue: Issue): unknown[] => {
  if (issue.code === 'invalid_value') return [...issue.values]
  if (issue.code !== 'invalid_union') return []
  return issue.errors.flat().flatMap(inner => (inner.path.length === 0 ? closedSet(inner) : []))
}

/** What to write instead, when the issue is about a closed set of words. */
const suggestion = (report: Report, { issue, path }: Leaf, value: unknown): string | undefined => {
  const allowed = closedSet(issue)
  if (allowed.length === 0 || typeof value !== 'string') return undefined
  const words = allowed.filter(word => typeof word === 'string')
  const meant = report.source.fromOutside(path) ? undefined : didYouMean(value, words)
  return meant ?? (isOpen(issue) ? undefined : `use ${showSet(allowed)}`)
}

/** Whether other scalars are allowed beside the closed set, as in `auto` or a number. */
const isOpen = (issue: Issue): boolean => {
  if (issue.code === 'invalid_union') return issue.errors.flat().some(isOpen)
  return (
    issue.path.length === 0 && issue.code === 'invalid_type' && !['object', 'record', 'array'].includes(issue.expected)
  )
}

const showSet = (values: readonly unknown[]): string =>
  listWords(
    values.map(value => JSON.stringify(value)),
    'or',
  )

const TYPES = new Map([
  ['object', 'a map of keys'],
  ['record', 'a map of keys'],
  ['array', 'a list'],
  ['string', 'text'],
  ['number', 'a number'],
  ['int', 'a whole number'],
  ['boolean', 'true or false'],
])

/** Starts with `expected `. */
const expectation = (issue: Issue): string =>
  bound(issue) ?? (issue.message.startsWith('expected ') ? issue.message : wanted(issue))

/** A bound is told before what kind of value it bounds. */
const bound = (issue: Issue): string | undefined => {
  if (issue.code === 'too_small' && issue.origin === 'array') return 'expected at least one'
  if (issue.code === 'too_small' && issue.origin !== 'string') return `expected at least ${issue.minimum}`
  return issue.code === 'too_big' && issue.origin !== 'string' ? `expected at most ${issue.maximum}` : undefined
}

const wanted = (issue: Issue): string => {
  switch (issue.code) {
    case 'invalid_type':
      return `expected ${TYPES.get(issue.expected) ?? issue.expected}`
    case 'invalid_value':
      return `expected ${showSet(issue.values)}`
    case 'invalid_union':
      return `expected ${listWords([...new Set(issue.errors.flatMap(branch => branch.slice(0, 1)).map(branchWants))], 'or')}`
    default:
      return 'expected something else'
  }
}

const branchWants = (issue: Issue): string => expectation(issue).replace(/^expected /, '')
