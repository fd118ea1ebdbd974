import type { JwkSpec, JwtAlgorithm } from '../../spec/spec-auth.ts'
import { algorithmsFor } from './jwt-key-fit.ts'
import { loadJose } from './jwt-library.ts'

/** A key that tokens may be signed with. One object as long as its set has it as it is. */
export interface JwtKey {
  /** All that matters of it, as text. */
  readonly id: string
  readonly kid: string | null
  readonly algorithms: readonly JwtAlgorithm[]
  /** For that algorithm, which is one of `algorithms`; null when it turns out to be no key (a point off its curve). */
  material(algorithm: JwtAlgorithm): Promise<CryptoKey | null>
}

/** Null when the key fits none of the algorithms. */
export const publicKey = (jwk: JwkSpec, accepted: readonly JwtAlgorithm[]): JwtKey | null => {
  const algorithms = algorithmsFor(jwk, accepted)
  if (algorithms.length === 0) return null
  const { kty, crv, n, e, x, y, kid } = jwk
  const named = typeof kid === 'string' ? kid : null
  const numbers = Object.fromEntries(
    Object.entries({ kty, crv, n, e, x, y }).filter(([, value]) => value !== undefined),
  )
  return {
    id: JSON.stringify([named, algorithms, numbers]),
    kid: named,
    algorithms,
    // Only the numbers: what else is said of the key was judged above, and private parts are nobody's business.
    material: once(async algorithm => {
      const { importJWK } = await loadJose()
      const key = await importJWK(numbers, algorithm)
      return key instanceof CryptoKey ? key : null
    }),
  }
}

/** RFC 7518 §3.2: a secret as long as the hash at least; the algorithms it is long enough for. */
export const secretKey = (secret: string, accepted: readonly JwtAlgorithm[]): JwtKey => {
  const bytes = Buffer.from(secret, 'base64url')
  const algorithms = accepted.filter(each => bytes.length >= (HASH_BYTES.get(each) ?? Number.POSITIVE_INFINITY))
  return {
    id: 'secret',
    kid: null,
    algorithms,
    material: once(algorithm =>
      crypto.subtle.importKey('raw', bytes, { name: 'HMAC', hash: `SHA-${algorithm.slice(2)}` }, false, ['verify']),
    ),
  }
}

const HASH_BYTES: ReadonlyMap<JwtAlgorithm, number> = new Map([
  ['HS256', 32],
  ['HS384', 48],
  ['HS512', 64],
])

/** What cannot be imported now can never be. */
const once = (make: (algorithm: JwtAlgorithm) => Promise<CryptoKey | null>): JwtKey['material'] => {
  const made = new Map<JwtAlgorithm, Promise<CryptoKey | null>>()
  return algorithm => {
    const known = made.get(algorithm)
    if (known !== undefined) return known
    const making = make(algorithm).catch(() => null)
    made.set(algorithm, making)
    return making
  }
}
