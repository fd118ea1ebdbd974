/** Two neighbouring words of shared memory that are read and replaced as one. */
export interface Pair {
  /** As of the last `read`. */
  first: number
  second: number
  read(): void
  /** Replaces what was read last. False: it is not that any more. */
  replace(first: number, second: number): boolean
}

// Two numbers of 64 bits, seen as four of 32: BigInts by arithmetic would be allocated. Nothing stays in it.
const halves = new Int32Array(4)
const longs = new BigInt64Array(halves.buffer)

/** `at`: even. */
export const createPair = (words: Int32Array, at: number): Pair => {
  const cell = new BigInt64Array(words.buffer, words.byteOffset + at * Int32Array.BYTES_PER_ELEMENT, 1)
  const pair: Pair = {
    first: 0,
    second: 0,
    read() {
      longs[0] = Atomics.load(cell, 0)
      pair.first = halves[0]!
      pair.second = halves[1]!
    },
    replace(first, second) {
      halves[0] = pair.first
      halves[1] = pair.second
      halves[2] = first
      halves[3] = second
      const seen = longs[0]!
      return Atomics.compareExchange(cell, 0, seen, longs[1]!) === seen
    },
  }
  return pair
}
