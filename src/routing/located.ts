/** What of a matched request a new path is made from. The Exchange is one. */
export interface Located {
  /** Normalised. */
  readonly path: string
  /** With its `?`, or empty. */
  readonly query: string
  /** Values of the route's pattern, percent-encoded. */
  readonly params: readonly string[]
}
