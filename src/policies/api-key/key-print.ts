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

export type PrintSecret = readonly [low: number, high: number, low: number, high: number]

export const randomSecret = (): PrintSecret => {
  const [a, b, c, d] = randomFillSync(new Int32Array(4))
  return [a!, b!, c!, d!]
}

/** `sent`: one character a byte, at most `MOST_BYTES`. */
export type KeyPrinter = (sent: string, into: Print) => void

const WORD = Int32Array.BYTES_PER_ELEMENT
const ROUNDS = 2
const LAST_ROUNDS = 4

/**
 * HalfSipHash-2-4 with 64 bits of output, twice, under the two halves of the secret: as many bits as nobody guesses. In
 * one loop, where neither waits for the other, over bytes that were copied out: reading a slice of a head character by
 * character takes as long as all the rest.
 */
export const keyPrinter = ([k0, k1, l0, l1]: PrintSecret): KeyPrinter => {
  const bytes = Buffer.from(new ArrayBuffer(MOST_BYTES + WORD))
  const words = new Int32Array(bytes.buffer)
  return (sent, into) => {
    const absorbed = ROUNDS * pad(bytes, bytes.write(sent, 'latin1'))
    const half = absorbed + LAST_ROUNDS
    let v0 = k0
    let v1 = k1 ^ 0xee
    let v2 = k0 ^ 0x6c796765
    let v3 = k1 ^ 0x74656462
    let w0 = l0
    let w1 = l1 ^ 0xee
    let w2 = l0 ^ 0x6c796765
    let w3 = l1 ^ 0x74656462
    for (let i = 0; i < half + LAST_ROUNDS; i++) {
      const word = i < absorbed ? words[i >> 1]! : 0
      const isFirst = (i & 1) === 0
      if (i === absorbed) {
        v2 ^= 0xee
        w2 ^= 0xee
      } else if (i === half) {
        into.a = v1 ^ v3
        into.c = w1 ^ w3
        v1 ^= 0xdd
        w1 ^= 0xdd
      }
      if (isFirst) {
        v3 ^= word
        w3 ^= word
      }
      v0 = (v0 + v1) | 0
      w0 = (w0 + w1) | 0
      v1 = ((v1 << 5) | (v1 >>> 27)) ^ v0
      w1 = ((w1 << 5) | (w1 >>> 27)) ^ w0
      v0 = (v0 << 16) | (v0 >>> 16)
      w0 = (w0 << 16) | (w0 >>> 16)
      v2 = (v2 + v3) | 0
      w2 = (w2 + w3) | 0
      v3 = ((v3 << 8) | (v3 >>> 24)) ^ v2
      w3 = ((w3 << 8) | (w3 >>> 24)) ^ w2
      v0 = (v0 + v3) | 0
      w0 = (w0 + w3) | 0
      v3 = ((v3 << 7) | (v3 >>> 25)) ^ v0
      w3 = ((w3 << 7) | (w3 >>> 25)) ^ w0
      v2 = (v2 + v1) | 0
      w2 = (w2 + w1) | 0
      v1 = ((v1 << 13) | (v1 >>> 19)) ^ v2
      w1 = ((w1 << 13) | (w1 >>> 19)) ^ w2
      v2 = (v2 << 16) | (v2 >>> 16)
      w2 = (w2 << 16) | (w2 >>> 16)
      if (!isFirst) {
        v0 ^= word
        w0 ^= word
      }
    }
    into.b = v1 ^ v3
    into.d = w1 ^ w3
  }
}

/** Zeros up to the last byte of a word, and the length, modulo 256, in that. How many words it comes to. */
const pad = (bytes: Buffer, length: number): number => {
  const end = length | (WORD - 1)
  for (let at = length; at < end; at++) bytes[at] = 0
  bytes[end] = length
  return (end + 1) / WORD
}
