import { randomFillSync } from 'node:crypto'

/**
 * HalfSipHash-1-3 with 64 bits of output (Aumasson and Bernstein, SipHash: a fast short-input PRF), over the UTF-16 code
 * units of a text. Keys come from strangers: under a hash that they could compute they would send keys that all fall
 * into one set of a table. The key is random and nothing of the output ever leaves the process; the 32-bit variant has
 * no 64-bit additions, which JavaScript lacks. This is what the Linux kernel uses for its hash tables.
 */
export interface HashKey {
  readonly low: number
  readonly high: number
}

/** Where hashing starts: a key and a scope (a rule, a kind), absorbed once and not for every text. */
export interface HashStart {
  readonly v0: number
  readonly v1: number
  readonly v2: number
  readonly v3: number
}

/** What comes out, two signed 32-bit words. Written over by the next hash, so that a request allocates none. */
export interface Digest {
  first: number
  second: number
}

export const randomHashKey = (): HashKey => {
  const [low, high] = randomFillSync(new Int32Array(2))
  return { low: low!, high: high! }
}

const unscoped = ({ low, high }: HashKey): HashStart => ({
  v0: low,
  // 0xee: this is the variant with 64 bits of output.
  v1: high ^ 0xee,
  v2: low ^ 0x6c796765,
  v3: high ^ 0x74656462,
})

const AFTER_LENGTH = 3
const AFTER_FIRST = 3

/** One loop over the words, the block with the length, and both finalizations, so that the round is written once. */
export const hashText = (start: HashStart, text: string, into: Digest): void => {
  let { v0, v1, v2, v3 } = start
  const { length } = text
  const words = length >> 1
  const firstAt = words + 1 + AFTER_LENGTH
  const rounds = firstAt + AFTER_FIRST
  for (let i = 0; i < rounds; i++) {
    let word = 0
    if (i < words) word = text.charCodeAt(2 * i) | (text.charCodeAt(2 * i + 1) << 16)
    else if (i === words) word = (length << 25) | (length & 1 ? text.charCodeAt(length - 1) : 0)
    else if (i === words + 1) v2 ^= 0xee
    else if (i === firstAt) {
      into.first = v1 ^ v3
      v1 ^= 0xdd
    }
    v3 ^= word
    v0 = (v0 + v1) | 0
    v1 = ((v1 << 5) | (v1 >>> 27)) ^ v0
    v0 = (v0 << 16) | (v0 >>> 16)
    v2 = (v2 + v3) | 0
    v3 = ((v3 << 8) | (v3 >>> 24)) ^ v2
    v0 = (v0 + v3) | 0
    v3 = ((v3 << 7) | (v3 >>> 25)) ^ v0
    v2 = (v2 + v1) | 0
    v1 = ((v1 << 13) | (v1 >>> 19)) ^ v2
    v2 = (v2 << 16) | (v2 >>> 16)
    v0 ^= word
  }
  into.second = v1 ^ v3
}

/**
 * The scope is hashed by itself and keys the hash of the texts: whatever a text holds, it cannot pass for another
 * scope's.
 */
export const hashStart = (key: HashKey, scope: string): HashStart => {
  const digest: Digest = { first: 0, second: 0 }
  hashText(unscoped(key), scope, digest)
  return unscoped({ low: digest.first, high: digest.second })
}

/** Without a scope, as the paper has it. */
export const plainStart = unscoped
