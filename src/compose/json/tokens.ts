/** The tokens of JSON (RFC 8259 §3, §6, §7) in bytes that are known to be UTF-8. Each gives the offset behind it. */

/** What stands in place of an offset where the text is no JSON. */
export const NO_JSON = -1

export const QUOTE = 0x22
export const COMMA = 0x2c
export const COLON = 0x3a
export const BACKSLASH = 0x5c
export const LIST = 0x5b
export const LIST_END = 0x5d
export const OBJECT = 0x7b
export const OBJECT_END = 0x7d

const ESCAPED = new Uint8Array(256)
for (const char of '"\\/bfnrt') ESCAPED[char.charCodeAt(0)] = 1

const HEX = new Uint8Array(256)
for (const char of '0123456789abcdefABCDEF') HEX[char.charCodeAt(0)] = 1

export const spaceEnd = (bytes: Buffer, at: number): number => {
  let byte = bytes[at]
  while (byte === 0x20 || byte === 0x0a || byte === 0x0d || byte === 0x09) byte = bytes[++at]
  return at
}

/** `at`: behind the opening quote. */
export const stringEnd = (bytes: Buffer, at: number): number => {
  for (;;) {
    let byte = bytes[at]!
    while (byte >= 0x20 && byte !== QUOTE && byte !== BACKSLASH) byte = bytes[++at]!
    if (byte === QUOTE) return at + 1
    if (byte !== BACKSLASH) return NO_JSON
    at = escapeEnd(bytes, at + 1)
    if (at < 0) return NO_JSON
  }
}

/** Half of a surrogate pair is let through: it is JSON (RFC 8259 §8.2), and what to make of it is for the reader. */
const escapeEnd = (bytes: Buffer, at: number): number => {
  const byte = bytes[at]!
  if (ESCAPED[byte] === 1) return at + 1
  if (byte !== 0x75) return NO_JSON
  for (let i = at + 1; i < at + 5; i++) if (HEX[bytes[i]!] !== 1) return NO_JSON
  return at + 5
}

export const numberEnd = (bytes: Buffer, at: number): number => {
  if (bytes[at] === 0x2d) at++
  at = bytes[at] === 0x30 ? at + 1 : digitsEnd(bytes, at)
  if (at < 0) return NO_JSON
  if (bytes[at] === 0x2e) at = digitsEnd(bytes, at + 1)
  const byte = bytes[at]
  if (byte !== 0x65 && byte !== 0x45) return at
  const sign = bytes[at + 1]
  return digitsEnd(bytes, sign === 0x2b || sign === 0x2d ? at + 2 : at + 1)
}

const digitsEnd = (bytes: Buffer, at: number): number => {
  const start = at
  while (isDigit(bytes[at])) at++
  return at === start ? NO_JSON : at
}

const TRUE = Buffer.from('true')
const FALSE = Buffer.from('false')
const NULL = Buffer.from('null')

export const wordEnd = (bytes: Buffer, at: number): number => {
  const word = bytes[at] === 0x74 ? TRUE : bytes[at] === 0x66 ? FALSE : NULL
  for (let i = 0; i < word.length; i++) if (bytes[at + i] !== word[i]) return NO_JSON
  return at + word.length
}

export const isDigit = (byte: number | undefined): boolean => byte !== undefined && byte >= 0x30 && byte <= 0x39
