import type { Path } from './problem.ts'
import type { Report } from './source.ts'

/** Deeper than any configuration; bounds the recursion of every later step. */
const MAX_DEPTH = 50

/** Whether the document is what JSON could say: nothing else crosses threads and formats unchanged. */
export const checkPlain = (report: Report): boolean => {
  const before = report.problems.length
  walk(report, report.source.document, [])
  return report.problems.length === before
}

const walk = (report: Report, value: unknown, path: Path): void => {
  if (path.length > MAX_DEPTH) {
    report.add(path.slice(0, 3), `is nested more than ${MAX_DEPTH} levels deep`)
    return
  }
  const mistake = mistakeIn(value)
  if (mistake !== undefined) report.add(path, mistake)
  else if (typeof value === 'object' && value !== null) walkInto(report, value, path)
}

const walkInto = (report: Report, value: object, path: Path): void => {
  for (const [key, item] of Array.isArray(value) ? value.entries() : Object.entries(value)) {
    if (key === '__proto__') report.add(path, 'the key "__proto__" is not allowed')
    else walk(report, item, [...path, key])
  }
}

const SCALARS = new Set(['string', 'number', 'boolean', 'undefined'])

const mistakeIn = (value: unknown): string | undefined => {
  if (typeof value === 'number' && !Number.isFinite(value)) return 'is not a finite number'
  if (value === null || SCALARS.has(typeof value)) return undefined
  if (typeof value !== 'object') return `must be plain data, found a ${typeof value}`
  return Array.isArray(value) || isPlain(value) ? undefined : 'must be plain data, found an instance of a class'
}

const isPlain = (value: object): boolean => {
  const prototype: unknown = Object.getPrototypeOf(value)
  return prototype === null || prototype === Object.prototype
}
