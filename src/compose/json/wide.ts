import type { Json } from '../../base/json.ts'
import { isDigit } from './tokens.ts'

declare global {
  interface JSON {
    /** ECMAScript 2026; in V8 since 11.4. */
    rawJSON(text: string): Json
    isRawJSON(value: unknown): boolean
  }
}

/** Every integer of so many digits is a JavaScript number: 2^53 has sixteen. */
const SAFE_DIGITS = 15
/** With fewer digits in the exponent, and at most `SAFE_DIGITS` before it, no number is infinite. */
const SAFE_EXPONENT_DIGITS = 2

/** Whether the number at `start` may be one of those of which a JavaScript number is only a part. */
export const isWide = (bytes: Buffer, start: number, end: number): boolean => {
  let at = bytes[start] === 0x2d ? start + 1 : start
  const first = at
  while (isDigit(bytes[at])) at++
  if (at - first > SAFE_DIGITS) return true
  while (at < end && (bytes[at]! | 0x20) !== 0x65) at++
  return end - at - 1 > SAFE_EXPONENT_DIGITS
}

/**
 * The number that a JSON text means. An integer beyond 2^53, an id as a rule, and what is beyond all numbers are kept
 * as written, an object that JSON.stringify writes out again: as a number the id would be that of somebody else, and
 * the other one `null`. Fractions are the nearest double, which is what RFC 8259 §6 lets everybody expect.
 */
export const numberOf = (text: string): Json => {
  const number = Number(text)
  if (Number.isSafeInteger(number) || (Number.isFinite(number) && !INTEGER.test(text))) return number
  return JSON.rawJSON(text)
}

const INTEGER = /^-?\d+$/

/** The digits of a number that was kept as written; undefined for every other value. */
export const digitsOf = (value: Json): string | undefined => {
  if (typeof value !== 'object' || value === null || !JSON.isRawJSON(value)) return undefined
  return JSON.stringify(value)
}
