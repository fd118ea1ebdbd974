import { allLeaves, type Issue } from './issues.ts'
import type { Path } from './problem.ts'
import { type Source, valueAt } from './source.ts'

/**
 * `workers: ${env:WORKERS}` is text after substitution. Where the schema wants a number or a boolean, and only there,
 * such text is read as one; text that the user wrote as text stays text.
 */
export const coerceOutside = (source: Source, issues: readonly Issue[]): Source => {
  const wanted = issues.flatMap(issue => allLeaves(issue, [])).filter(leaf => source.fromOutside(leaf.path))
  const document = wanted.reduce((result, { issue, path }) => {
    const value = convert(valueAt(source.document, path), issue)
    return value === undefined ? result : replaceAt(result, path, value)
  }, source.document)
  return document === source.document ? source : { ...source, document }
}

const convert = (value: unknown, issue: Issue): unknown => {
  if (typeof value !== 'string') return undefined
  const meant = /^-?\d{1,15}(\.\d{1,15})?$/.test(value) ? Number(value) : BOOLEANS.get(value)
  if (issue.code === 'invalid_value') return issue.values.find(allowed => allowed === meant)
  if (issue.code !== 'invalid_type') return undefined
  return typeof meant === (issue.expected === 'int' ? 'number' : issue.expected) ? meant : undefined
}

const BOOLEANS = new Map([
  ['true', true],
  ['false', false],
])

/** A copy with one value replaced. */
export const replaceAt = (document: unknown, path: Path, value: unknown): unknown => {
  const [key, ...rest] = path
  if (key === undefined) return value
  if (Array.isArray(document)) return document.map((item, i) => (i === key ? replaceAt(item, rest, value) : item))
  if (typeof document !== 'object' || document === null) return document
  return Object.fromEntries(
    Object.entries(document).map(([name, item]) => [name, name === key ? replaceAt(item, rest, value) : item]),
  )
}
