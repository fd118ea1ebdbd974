import type { Claims } from '../../core/identity.ts'

const utf8 = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true })

/**
 * A JSON object as RFC 7515 §4 and RFC 7519 §4 want it and JSON.parse does not: well-formed UTF-8 without a byte order
 * mark, and no name twice in any object, however it is escaped: parsers differ in which one they believe. Null when it
 * is not one, or goes deeper than `depth`.
 */
export const parseStrictObject = (bytes: Uint8Array, depth: number): Claims | null => {
  try {
    const text = utf8.decode(bytes)
    const value: unknown = JSON.parse(text)
    return isObject(value) && isStrict(text, depth) ? value : null
  } catch {
    return null
  }
}

const isObject = (value: unknown): value is Claims =>
  typeof value === 'object' && value !== null && !Array.isArray(value)

/** Looks only for what JSON.parse, which has accepted the text, lets through. */
const isStrict = (text: string, depth: number): boolean => {
  // The names of every object that is open; null for a list.
  const open: (Set<string> | null)[] = []
  let nameNext = false
  for (let i = 0; i < text.length; i++) {
    const char = text[i]
    if (char === '"') {
      const end = endOfString(text, i)
      if (nameNext && !isNew(text.slice(i, end), open.at(-1))) return false
      nameNext = false
      i = end - 1
    } else if (char === '{' || char === '[') {
      nameNext = char === '{'
      open.push(nameNext ? new Set() : null)
      if (open.length > depth) return false
    } else if (char === '}' || char === ']') {
      open.pop()
      nameNext = false
    } else if (char === ',') {
      nameNext = open.at(-1) !== null
    }
  }
  return true
}

/** Behind the closing quote of the string that starts at `at`. */
const endOfString = (text: string, at: number): number => {
  let i = at + 1
  while (text[i] !== '"') i += text[i] === '\\' ? 2 : 1
  return i + 1
}

const isNew = (literal: string, names: Set<string> | null | undefined): boolean => {
  const name: unknown = literal.includes('\\') ? JSON.parse(literal) : literal.slice(1, -1)
  if (typeof name !== 'string' || names == null || names.has(name)) return false
  names.add(name)
  return true
}
