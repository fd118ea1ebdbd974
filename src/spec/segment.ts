import type { Regex } from '../base/regex.ts'

/**
 * Path patterns: `/orders/{id}/lines`, `/files/{rest...}`.
 *
 * A path is the list of what stands between its slashes, so a trailing slash is an empty last segment and `/` is one
 * empty segment. A literal equals one segment in normal form; `{x}` takes one segment that is not empty; `{rest...}`,
 * last only, takes what is left after a slash, which may be nothing and may hold slashes: `/files/{rest...}` matches
 * `/files/` and `/files/a/b`, not `/files`.
 *
 * A `prefix` pattern matches by whole segments whatever follows; a trailing slash in it means nothing.
 */
export type Segment =
  | { readonly kind: 'literal'; readonly text: string }
  | { readonly kind: 'param'; readonly name: string }
  | { readonly kind: 'rest'; readonly name: string }

export interface Pattern {
  readonly segments: readonly Segment[]
  /** Names of the parameters, in order; values are delivered in the same order. */
  readonly params: readonly string[]
  /** Of a regular expression, which is more than its segments say. */
  readonly regex?: Regex
}

export interface PatternError {
  /** What is wrong and what would be right; without the pattern itself. */
  readonly error: string
  /** Where in the text, counted from 0. */
  readonly offset: number
}

/** The keys that say which paths a route takes. */
export const PATTERN_KINDS = ['path', 'prefix', 'regex'] as const
export type PatternKind = (typeof PATTERN_KINDS)[number]

/** The one that is written; `prefix` where none is. */
export const kindWritten = (route: { readonly [K in PatternKind]?: string | undefined }): PatternKind =>
  PATTERN_KINDS.find(kind => route[kind] !== undefined) ?? 'prefix'
