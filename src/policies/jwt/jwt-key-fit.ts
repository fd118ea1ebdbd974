import type { JwkSpec, JwtAlgorithm } from '../../spec/spec-auth.ts'
import { decodeBase64url } from './jwt-base64url.ts'
import { isStrongRsa } from './jwt-rsa.ts'

/**
 * The algorithms, of those that are accepted at all, that a public key was made for: its type and curve decide, and
 * `use`, `key_ops` and `alg` where they are given (RFC 7517 §4). A token never has a say in it, and no key of a set is
 * ever a secret: what everybody can read must not verify an HMAC.
 */
export const algorithmsFor = (jwk: JwkSpec, accepted: readonly JwtAlgorithm[]): readonly JwtAlgorithm[] => {
  const { use, key_ops: ops, alg } = jwk
  if (use !== undefined && use !== 'sig') return []
  if (ops !== undefined && !(Array.isArray(ops) && ops.includes('verify'))) return []
  const able = ableAlgorithms(jwk)
  return accepted.filter(each => able.includes(each) && (alg === undefined || alg === each || isEd25519(alg, each)))
}

/** RFC 9864 calls EdDSA with this curve by the name of the curve, and issuers begin to. */
const isEd25519 = (alg: unknown, algorithm: JwtAlgorithm): boolean => alg === 'Ed25519' && algorithm === 'EdDSA'

const RSA: readonly JwtAlgorithm[] = ['RS256', 'RS384', 'RS512', 'PS256', 'PS384', 'PS512']

/** RFC 7518 §6.2.1: coordinates are as long as the curve's field, leading zeros included. */
const CURVES: ReadonlyMap<unknown, { readonly algorithm: JwtAlgorithm; readonly bytes: number }> = new Map([
  ['P-256', { algorithm: 'ES256', bytes: 32 }],
  ['P-384', { algorithm: 'ES384', bytes: 48 }],
  ['P-521', { algorithm: 'ES512', bytes: 66 }],
])

const ableAlgorithms = ({ kty, crv, n, e, x, y }: JwkSpec): readonly JwtAlgorithm[] => {
  if (kty === 'RSA') return typeof n === 'string' && typeof e === 'string' && isStrongRsa(n, e) ? RSA : []
  if (kty === 'OKP') return crv === 'Ed25519' && hasBytes(x, 32) ? ['EdDSA'] : []
  const curve = kty === 'EC' ? CURVES.get(crv) : undefined
  return curve !== undefined && hasBytes(x, curve.bytes) && hasBytes(y, curve.bytes) ? [curve.algorithm] : []
}

const hasBytes = (value: unknown, count: number): boolean =>
  typeof value === 'string' && value.length < 100 && decodeBase64url(value)?.length === count
