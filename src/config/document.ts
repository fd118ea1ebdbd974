import type { Path, Place, Problem } from '../spec/problem.ts'
import type { TypedSpec } from '../spec/spec-typed.ts'

/** What a source made of its text: plain data, and where each part of it stands. */
export interface ParsedDocument {
  /** Nothing when the text could not be read at all; then there is an error among the problems. */
  readonly document?: unknown
  readonly problems: readonly Problem[]
  locate(path: Path, on: 'key' | 'value'): Place | undefined
  /** The code that belongs to the value at a path. */
  typed?(path: Path): TypedSpec | undefined
  /** Files that were read to get here, besides the configuration itself. */
  readonly imported?: readonly string[]
}

export const unreadable = (problem: Omit<Problem, 'severity' | 'path'> & { path?: Path }): ParsedDocument => ({
  problems: [{ path: [], code: 'syntax', ...problem, severity: 'error' }],
  locate: () => problem.place,
})
