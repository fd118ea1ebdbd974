import type { JwtAlgorithm } from './spec-auth.ts'

export type SecretEncoding = 'text' | 'base64' | 'base64url' | 'hex'

const WRITTEN = new Map<SecretEncoding, RegExp>([
  ['base64', /^([A-Za-z0-9+/]{4})*([A-Za-z0-9+/]{2}==|[A-Za-z0-9+/]{3}=)?$/],
  ['base64url', /^[A-Za-z0-9_-]+={0,2}$/],
  ['hex', /^([0-9a-fA-F]{2})+$/],
])

/** The bytes of a shared secret; undefined when it is not written in its encoding. */
export const secretBytes = (secret: string, encoding: SecretEncoding): Buffer | undefined => {
  if (encoding === 'text') return Buffer.from(secret, 'utf8')
  return WRITTEN.get(encoding)?.test(secret) === true ? Buffer.from(secret, encoding) : undefined
}

/** RFC 7518 §3.2: at least as long as the hash. */
const LEAST_BYTES = new Map<JwtAlgorithm, number>([
  ['HS256', 32],
  ['HS384', 48],
  ['HS512', 64],
])

export const isHmac = (algorithm: JwtAlgorithm): boolean => LEAST_BYTES.has(algorithm)

/** How many bytes a secret must have; undefined for algorithms that have none. */
export const leastSecretBytes = (algorithm: JwtAlgorithm): number | undefined => LEAST_BYTES.get(algorithm)
