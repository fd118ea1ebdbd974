import { type HeaderView, ID } from '../base/headers.ts'

/**
 * The value of the first cookie of that name, without quotes, or empty. Names are compared exactly (RFC 6265 §5.3); a
 * cookie ends at the next `;`, quoted or not (§5.2). Looks through what a stranger wrote in one pass, and allocates
 * nothing but the value.
 */
export const cookieOf = (headers: HeaderView, name: string): string => {
  if (name === '') return ''
  // More than one field is against RFC 6265 §5.4, but HTTP/2 splits them (RFC 9113 §8.2.3).
  for (let i = 0; i < headers.count; i++) {
    if (headers.idAt(i) !== ID.cookie) continue
    const value = cookieIn(headers.valueAt(i), name)
    if (value !== '') return value
  }
  return ''
}

const cookieIn = (field: string, name: string): string => {
  for (let at = field.indexOf(name); at >= 0; at = field.indexOf(name, at + 1)) {
    if (!beginsPair(field, at)) continue
    const equals = afterSpace(field, at + name.length)
    if (field.charCodeAt(equals) === EQUALS) return valueFrom(field, equals + 1)
  }
  return ''
}

const beginsPair = (field: string, at: number): boolean => {
  const before = beforeSpace(field, at)
  return before === 0 || field.charCodeAt(before - 1) === SEMICOLON
}

const valueFrom = (field: string, at: number): string => {
  const semicolon = field.indexOf(';', at)
  const start = afterSpace(field, at)
  const end = beforeSpace(field, semicolon < 0 ? field.length : semicolon)
  if (start >= end) return ''
  const quoted = end - start >= 2 && field.charCodeAt(start) === QUOTE && field.charCodeAt(end - 1) === QUOTE
  return quoted ? field.slice(start + 1, end - 1) : field.slice(start, end)
}

const EQUALS = 0x3d
const SEMICOLON = 0x3b
const QUOTE = 0x22

const isSpace = (code: number): boolean => code === 0x20 || code === 0x09

/** Where the white space that begins at `at` ends. */
const afterSpace = (field: string, at: number): number => {
  let i = at
  while (isSpace(field.charCodeAt(i))) i++
  return i
}

/** Where the white space that ends at `at` begins. */
const beforeSpace = (field: string, at: number): number => {
  let i = at
  while (i > 0 && isSpace(field.charCodeAt(i - 1))) i--
  return i
}
