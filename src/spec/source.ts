import type { Path, Place, Problem, ProblemCode } from './problem.ts'
import { isSecret } from './secrets.ts'
import type { TypedSpec } from './spec-typed.ts'

/** A document as it was read, with what is known about where its values stand. */
export interface Source {
  readonly document: unknown
  /** Absolute; what relative paths in the document are relative to. Unset: the working directory. */
  readonly folder?: string
  /** The code that belongs to the value. Unset: there is none anywhere. */
  readonly typed?: ((path: Path) => TypedSpec | undefined) | undefined
  /** Where the value, or the key that names it, stands; the nearest thing around it when it stands nowhere. */
  locate(path: Path, on: 'key' | 'value'): Place | undefined
  /** Whether the value came from `${env:}` or `${file:}`: such values are never shown. */
  fromOutside(path: Path): boolean
}

/** A document that was never text. */
export const plainSource = (document: unknown): Source => ({
  document,
  locate: () => undefined,
  fromOutside: () => false,
})

export interface Remark {
  readonly severity?: 'error' | 'warning' | undefined
  readonly hint?: string | undefined
  readonly code?: ProblemCode | undefined
  /** Point at the key instead of the value. */
  readonly on?: 'key' | 'value'
}

/** Collects problems and gives them their place. */
export interface Report {
  readonly problems: readonly Problem[]
  add(path: Path, message: string, remark?: Remark): void
  /** Whether something was reported about exactly this value. */
  has(path: Path): boolean
  /** The value for a message: in quotes, or a stand-in when it is secret or came from outside. */
  show(path: Path, value: unknown): string
  readonly source: Source
}

export const startReport = (source: Source): Report => {
  const problems: Problem[] = []
  const told = new Set<string>()
  return {
    problems,
    source,
    has: path => problems.some(problem => samePath(problem.path, path)),
    add(path, message, { severity = 'error', hint, code, on = 'value' } = {}) {
      // What several routes inherit is looked at for each of them.
      const text = JSON.stringify([severity, path, message])
      if (told.has(text)) return
      told.add(text)
      const place = source.locate(path, on)
      problems.push({
        severity,
        path,
        message,
        ...(hint === undefined ? {} : { hint }),
        ...(code === undefined ? {} : { code }),
        ...(place === undefined ? {} : { place }),
      })
    },
    show: (path, value) => {
      if (source.fromOutside(path)) return 'a value from outside this file'
      return isSecret(path) ? 'a value that is not shown' : showValue(value)
    },
  }
}

export const samePath = (a: Path, b: Path): boolean => a.length === b.length && a.every((key, i) => key === b[i])

const showValue = (value: unknown): string => {
  const text = JSON.stringify(value) ?? String(value)
  return text.length <= 80 ? text : `${text.slice(0, 77)}...`
}

/** `a list`, `a map`, or the value itself. */
export const describeFound = (report: Report, path: Path, value: unknown): string => {
  if (Array.isArray(value)) return value.length === 0 ? 'an empty list' : 'a list'
  if (value === null) return 'nothing'
  return typeof value === 'object' ? 'a map' : report.show(path, value)
}

/** What stands at a path, or undefined. */
export const valueAt = (document: unknown, path: Path): unknown => {
  let value = document
  for (const key of path) {
    if (typeof value !== 'object' || value === null || !Object.hasOwn(value, key)) return undefined
    value = (value as Record<string | number, unknown>)[key]
  }
  return value
}
