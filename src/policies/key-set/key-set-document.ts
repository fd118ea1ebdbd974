import { JWT_ALGORITHMS, type JwkSpec } from '../../spec/spec-auth.ts'
import { parseStrictObject } from '../jwt/jwt-json.ts'
import { algorithmsFor } from '../jwt/jwt-key-fit.ts'

const MOST_KEYS = 100
/** An RSA modulus of 8192 bits has 1366 characters. */
const LONGEST_VALUE = 4096
/** Of a whole document; `x5c` is the deepest that is in use. */
const DEEPEST = 16

/** All that is passed on of a key; above all not its private parts, should it come with them. */
const MEMBERS = ['kty', 'kid', 'use', 'alg', 'crv', 'n', 'e', 'x', 'y'] as const

/**
 * The keys of a key set (RFC 7517 §5) that can be used here, or undefined when the document is no key set, has too many
 * keys or not one to use: nothing of which replaces a set that was good.
 */
export const readKeySet = (bytes: Uint8Array): readonly JwkSpec[] | undefined => {
  const keys = parseStrictObject(bytes, DEEPEST)?.['keys']
  if (!Array.isArray(keys) || keys.length > MOST_KEYS) return undefined
  const usable = keys.map(readKey).filter(key => key !== undefined)
  return usable.length === 0 ? undefined : usable
}

/** Keys that are not understood, or that no signature is checked with, are passed over (RFC 7517 §5). */
const readKey = (given: unknown): JwkSpec | undefined => {
  if (!isRecord(given)) return undefined
  const key: Record<string, unknown> = {}
  for (const name of MEMBERS) {
    const value = given[name]
    if (value === undefined) continue
    if (!isShortText(value)) return undefined
    key[name] = value
  }
  const ops = given['key_ops']
  if (Array.isArray(ops)) key['key_ops'] = ops.slice(0, MOST_KEYS).filter(isShortText)
  else if (ops !== undefined) return undefined
  return algorithmsFor(key, JWT_ALGORITHMS).length === 0 ? undefined : key
}

const isShortText = (value: unknown): value is string => typeof value === 'string' && value.length <= LONGEST_VALUE

const isRecord = (value: unknown): value is Readonly<Record<string, unknown>> =>
  typeof value === 'object' && value !== null && !Array.isArray(value)
