import type { HeaderView } from '../base/headers.ts'

/** What a lookup reads of a request, and where it leaves the parameters. The Exchange is one. */
export interface MatchInput {
  readonly method: string
  /** Lower case, without port. */
  readonly host: string
  /** Normalised (base/target.ts); starts with `/`. */
  readonly path: string
  /** With its `?`, or empty. */
  readonly query: string
  readonly headers: HeaderView
  /** Name of the listener it came by. */
  readonly listener: string
  /** Written by a lookup that matches: values in the order of the pattern, still percent-encoded. */
  params: readonly string[]
}
