import { isUtf8 } from 'node:buffer'
import {
  COLON,
  COMMA,
  isDigit,
  LIST,
  NO_JSON,
  numberEnd,
  OBJECT,
  OBJECT_END,
  QUOTE,
  spaceEnd,
  stringEnd,
  wordEnd,
} from './tokens.ts'
import { isWide } from './wide.ts'

/** Lists and objects within each other. Whoever walks through data that was checked may do so by calling itself. */
export const MOST_DEPTH = 64

/** Exactly one JSON value, nothing before or behind it. */
export interface JsonText {
  readonly bytes: Buffer
  /** Some number has more digits than a JavaScript number keeps: see `parseJson`. */
  readonly wide: boolean
}

/** Why bytes are not passed on as JSON. */
export type JsonFlaw = 'size' | 'encoding' | 'syntax' | 'depth'

const TOO_DEEP = -2

/** The closing bytes of what is open around the innermost list or object. One for all: nothing here waits. */
const around = new Uint8Array(MOST_DEPTH)

/** A second result of the last `valueEnd`. */
let sawWide = false

/**
 * Whether these are exactly one JSON value (RFC 8259) in UTF-8 without a byte order mark, at most `most` bytes and
 * `MOST_DEPTH` deep, with nothing but white space around it, which is cut off. What passes can stand in the place of a
 * value in other JSON and cannot reach out of it: it opens and closes its own brackets and quotes only.
 *
 * Members of the same name and members called `__proto__` pass: the text goes on as it came, and means to its reader
 * what it would have meant without the gateway. Where the gateway itself reads it the last of the same name counts, as
 * everywhere in JavaScript.
 *
 * Scanned, not parsed: half the time of JSON.parse, which says nothing of depth (bench/micro/compose-json.ts).
 */
export const checkJson = (bytes: Buffer, most: number): JsonText | JsonFlaw => {
  if (bytes.length > most) return 'size'
  if (!isUtf8(bytes)) return 'encoding'
  const start = spaceEnd(bytes, 0)
  const end = valueEnd(bytes, start)
  if (end < 0) return end === TOO_DEEP ? 'depth' : 'syntax'
  if (end !== bytes.length && spaceEnd(bytes, end) !== bytes.length) return 'syntax'
  return { bytes: start === 0 && end === bytes.length ? bytes : bytes.subarray(start, end), wide: sawWide }
}

const valueEnd = (bytes: Buffer, start: number): number => {
  let depth = 0
  /** What ends the innermost list or object; 0: none is open. */
  let closing = 0
  let at = start
  sawWide = false
  for (;;) {
    const byte = bytes[at]
    if (byte === OBJECT || byte === LIST) {
      if (depth === MOST_DEPTH) return TOO_DEEP
      around[depth++] = closing
      closing = byte + 2
      at = nextEnd(bytes, at + 1)
      if (bytes[at] !== closing) {
        if (closing === OBJECT_END) at = nameEnd(bytes, at)
        if (at < 0) return NO_JSON
        continue
      }
      at++
      closing = around[--depth]!
    } else at = scalarEnd(bytes, at)
    if (at < 0) return NO_JSON
    // Behind a value.
    for (;;) {
      if (depth === 0) return at
      at = nextEnd(bytes, at)
      const next = bytes[at++]
      if (next === COMMA) break
      if (next !== closing) return NO_JSON
      closing = around[--depth]!
    }
    at = nextEnd(bytes, at)
    if (closing === OBJECT_END) at = nameEnd(bytes, at)
    if (at < 0) return NO_JSON
  }
}

/** White space is rare between tokens: one comparison passes it by. */
const nextEnd = (bytes: Buffer, at: number): number => (bytes[at]! <= 0x20 ? spaceEnd(bytes, at) : at)

/** From a member's name to its value. */
const nameEnd = (bytes: Buffer, at: number): number => {
  if (bytes[at] !== QUOTE) return NO_JSON
  const end = stringEnd(bytes, at + 1)
  if (end < 0) return NO_JSON
  const colon = nextEnd(bytes, end)
  return bytes[colon] === COLON ? nextEnd(bytes, colon + 1) : NO_JSON
}

const scalarEnd = (bytes: Buffer, at: number): number => {
  const byte = bytes[at]
  if (byte === QUOTE) return stringEnd(bytes, at + 1)
  if (byte !== 0x2d && !isDigit(byte)) return wordEnd(bytes, at)
  const end = numberEnd(bytes, at)
  // One that loses anything has five bytes at least: 1e999.
  if (end - at > 4 && isWide(bytes, at, end)) sawWide = true
  return end
}
