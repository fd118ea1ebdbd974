/** Room for bodies that one request makes its answer of. */
export interface Holding {
  /** Before bytes are kept. False: there is no room for them in this worker, or the request is over. */
  take(bytes: number): boolean
  give(bytes: number): void
  /**
   * For an answer of so many bytes in place of what it was made of: what it is larger by is taken, unless that is little.
   * False: there is no room for that, or the request is over.
   */
  answer(bytes: number): boolean
  /** The request is over: all of it is given back, and nothing is taken any more. */
  release(): void
}
