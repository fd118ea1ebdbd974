/** Looks for a text in what comes piece by piece. */
export interface Finder {
  /** Whether it has come. */
  add(chunk: Uint8Array): boolean
  /** Nothing more is looked at. */
  readonly full: boolean
}

/** Looks at the first `most` bytes; keeps no more of them than it takes to find the text across two pieces. */
export const createFinder = (text: string, most: number): Finder => {
  const wanted = Buffer.from(text)
  let kept: Uint8Array = Buffer.alloc(0)
  let left = most
  return {
    get full() {
      return left === 0
    },
    add(chunk) {
      const piece = chunk.subarray(0, left)
      left -= piece.length
      const seen = Buffer.concat([kept, piece])
      kept = seen.subarray(Math.max(0, seen.length - wanted.length + 1))
      return seen.includes(wanted)
    },
  }
}
