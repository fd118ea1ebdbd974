import { randomFillSync } from 'node:crypto'

/** Longer API keys are not even hashed. */
export const MOST_BYTES = 512

/** 128 bits, signed words. Written over by the next print, so that a request allocates none. */
export interface Print {
  a: number
  b: number
  c: number
  d: number
}

/** Signed words, the lowest first. */
export type PrintSecret = readonly [number, number, number, number]

export const randomSecret = (): PrintSecret => {
  const [a, b, c, d] = randomFillSync(new Int32Array(4))
  return [a!, b!, c!, d!]
}

/** `sent`: one character a byte, at most `MOST_BYTES`. */
export type KeyPrinter = (sent: string, into: Print) => void

const WORD = 4
const BLOCK = 16
const ROUNDS = 12

/**
 * Chaskey-12 (ISO/IEC 29192-6; Mouha et al., SAC 2014): a MAC of words of 32 bits, which is what JavaScript has, with a
 * secret and a tag of 128. Its designers allow 2^48 blocks under one secret, after which a forgery still takes 2^80 steps
 * and tags to look at; those never leave the process. HalfSipHash, the other MAC of such words, has a secret of 64 bits:
 * two of it, for as long a tag, take twice as many steps.
 *
 * Characters are read one by one: to copy them out first takes a call out of JavaScript, which is as long.
 */
export const keyPrinter = (secret: PrintSecret): KeyPrinter => {
  const [k0, k1, k2, k3] = secret
  // Two more keys for the last block, so that one that was filled up is no other text.
  const [f0, f1, f2, f3] = doubled(secret)
  const [p0, p1, p2, p3] = doubled([f0, f1, f2, f3])
  return (sent, into) => {
    const { length } = sent
    const isFull = length > 0 && length % BLOCK === 0
    const l0 = isFull ? f0 : p0
    const l1 = isFull ? f1 : p1
    const l2 = isFull ? f2 : p2
    const l3 = isFull ? f3 : p3
    let v0 = k0
    let v1 = k1
    let v2 = k2
    let v3 = k3
    let at = 0
    do {
      v0 ^= wordAt(sent, at)
      v1 ^= wordAt(sent, at + WORD)
      v2 ^= wordAt(sent, at + 2 * WORD)
      v3 ^= wordAt(sent, at + 3 * WORD)
      at += BLOCK
      if (at >= length) {
        v0 ^= l0
        v1 ^= l1
        v2 ^= l2
        v3 ^= l3
      }
      for (let round = 0; round < ROUNDS; round++) {
        v0 = (v0 + v1) | 0
        v1 = ((v1 << 5) | (v1 >>> 27)) ^ v0
        v0 = (v0 << 16) | (v0 >>> 16)
        v2 = (v2 + v3) | 0
        v3 = ((v3 << 8) | (v3 >>> 24)) ^ v2
        v0 = (v0 + v3) | 0
        v3 = ((v3 << 13) | (v3 >>> 19)) ^ v0
        v2 = (v2 + v1) | 0
        v1 = ((v1 << 7) | (v1 >>> 25)) ^ v2
        v2 = (v2 << 16) | (v2 >>> 16)
      }
    } while (at < length)
    into.a = v0 ^ l0
    into.b = v1 ^ l1
    into.c = v2 ^ l2
    into.d = v3 ^ l3
  }
}

/** Four bytes, the lowest first; behind the last one bit, then zeros. */
const wordAt = (sent: string, at: number): number => {
  if (at + WORD <= sent.length) {
    return (
      sent.charCodeAt(at) |
      (sent.charCodeAt(at + 1) << 8) |
      (sent.charCodeAt(at + 2) << 16) |
      (sent.charCodeAt(at + 3) << 24)
    )
  }
  let word = at <= sent.length ? 1 : 0
  for (let i = sent.length - 1; i >= at; i--) word = (word << 8) | sent.charCodeAt(i)
  return word
}

/** Times x in GF(2^128), modulo x^128 + x^7 + x^2 + x + 1. */
const doubled = ([a, b, c, d]: PrintSecret): PrintSecret => [
  (a << 1) ^ ((d >> 31) & 0x87),
  (b << 1) | (a >>> 31),
  (c << 1) | (b >>> 31),
  (d << 1) | (c >>> 31),
]
