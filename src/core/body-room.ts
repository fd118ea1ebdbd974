/** Room for bodies that one request makes its answer of. */
export interface Holding {
  /** Before bytes are kept. False: there is no room for them in this worker, or the request is over. */
  take(bytes: number): boolean
  give(bytes: number): void
  /** The request is over: all of it is given back, and nothing is taken any more. */
  release(): void
}
