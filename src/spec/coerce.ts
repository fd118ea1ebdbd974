import type { z } from 'zod'
import { allLeaves } from './issues.ts'
import type { Path } from './problem.ts'
import { type Source, valueAt } from './source.ts'

/**
 * `workers: ${env:WORKERS}` is text after substitution. Where the schema wants a number or a boolean, and only there,
 * such text is read as one; text that the user wrote as text stays text.
 */
export const coerceOutside = (source: Source, schema: z.ZodType): Source => {
  const checked = schema.safeParse(source.document)
  if (checked.success) return source
  const wanted = checked.error.issues
    .flatMap(issue => allLeaves(issue, []))
    .filter(leaf => source.fromOutside(leaf.path))
  const document = wanted.reduce((result, { issue, path }) => {
    const wants = issue.code === 'invalid_type' ? issue.expected : issue.code === 'invalid_value' ? 'literal' : ''
    const value = convert(valueAt(source.document, path), wants, issue.code === 'invalid_value' ? issue.values : [])
    return value === undefined ? result : replaceAt(result, path, value)
  }, source.document)
  return { ...source, document }
}

const convert = (value: unknown, wants: string, values: readonly unknown[]): unknown => {
  if (typeof value !== 'string') return undefined
  const meant = /^-?\d{1,15}(\.\d{1,15})?$/.test(value) ? Number(value) : BOOLEANS.get(value)
  if (wants === 'literal') return values.includes(meant) ? meant : undefined
  return typeof meant === (wants === 'int' ? 'number' : wants) ? meant : undefined
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
