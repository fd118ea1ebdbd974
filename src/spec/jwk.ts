import { createPublicKey, type JsonWebKeyInput } from 'node:crypto'
import type { JwkSpec, JwtAlgorithm } from './spec-auth.ts'

/** More is no key set of an issuer; bounds the work of a token without `kid`. */
export const MAX_KEYS = 100

/** The keys of a JWK set (RFC 7517 §5), or the one key that a map is. Undefined: neither. */
export const keysIn = (value: unknown): JwkSpec[] | undefined => {
  if (!isMap(value)) return undefined
  if (value['keys'] === undefined) return typeof value['kty'] === 'string' ? [value] : undefined
  return Array.isArray(value['keys']) && value['keys'].every(isMap) ? value['keys'] : undefined
}

/** Whether a key may verify signatures of an algorithm: the kind of key, and what it says of itself, must fit. */
export const fitsAlgorithm = (jwk: JwkSpec, algorithm: JwtAlgorithm): boolean => {
  if (jwk['use'] !== undefined && jwk['use'] !== 'sig') return false
  if (jwk['alg'] !== undefined && jwk['alg'] !== algorithm && !isEd25519(jwk['alg'], algorithm)) return false
  return algorithmsOf(jwk).includes(algorithm)
}

/** RFC 9864 calls EdDSA with this curve by the name of the curve. */
const isEd25519 = (name: unknown, algorithm: JwtAlgorithm): boolean => name === 'Ed25519' && algorithm === 'EdDSA'

/** What a kind of key can be used for (RFC 7518 §3.1, RFC 8037 §3.1). */
const algorithmsOf = (jwk: JwkSpec): readonly JwtAlgorithm[] => KINDS.get(kindOf(jwk)) ?? []

const kindOf = (jwk: JwkSpec): string => (jwk['kty'] === 'RSA' ? 'RSA' : `${jwk['kty']} ${jwk['crv']}`)

const KINDS = new Map<string, readonly JwtAlgorithm[]>([
  ['RSA', ['RS256', 'RS384', 'RS512', 'PS256', 'PS384', 'PS512']],
  ['EC P-256', ['ES256']],
  ['EC P-384', ['ES384']],
  ['EC P-521', ['ES512']],
  ['OKP Ed25519', ['EdDSA']],
])

export interface KeyMistake {
  readonly message: string
  readonly hint: string
}

/** What must not be in a configuration at all. */
export const misplacedKey = (jwk: JwkSpec): KeyMistake | undefined => {
  if (jwk['kty'] === 'oct') return { message: 'is a symmetric key', hint: 'a shared secret belongs in "secret"' }
  if (jwk['d'] === undefined) return undefined
  return { message: 'holds a private key', hint: 'the gateway needs the public key only; leave "d" and the like out' }
}

/** RFC 7518 §3.3. */
const LEAST_RSA_BITS = 2048

/** Why a key of a known kind cannot be used. */
export const unusableKey = (jwk: JwkSpec): KeyMistake | undefined => {
  const bits = rsaBits(jwk)
  if (bits === undefined)
    return { message: 'is not a valid public key', hint: 'write it as RFC 7517 has it, or in PEM' }
  if (bits >= LEAST_RSA_BITS) return undefined
  return { message: `is an RSA key of ${bits} bits`, hint: `it must have at least ${LEAST_RSA_BITS}` }
}

/** Infinity for keys of other kinds, undefined for what is no key. */
const rsaBits = (jwk: JwkSpec): number | undefined => {
  try {
    const details = createPublicKey({ key: jwk as JsonWebKeyInput['key'], format: 'jwk' }).asymmetricKeyDetails
    return details?.modulusLength ?? Number.POSITIVE_INFINITY
  } catch {
    return undefined
  }
}

const isMap = (value: unknown): value is Record<string, unknown> =>
  typeof value === 'object' && value !== null && !Array.isArray(value)
