import {
  constants,
  createHmac,
  createPublicKey,
  generateKeyPairSync,
  type KeyObject,
  type SignKeyObjectInput,
  sign,
} from 'node:crypto'
import type { JwkSpec, JwtAlgorithm } from '../../spec/spec-auth.ts'

/**
 * Tokens made by hand, by `node:crypto` and not by the library that checks them, so that they can be wrong in every way.
 */
export interface Signer {
  readonly algorithm: JwtAlgorithm
  /** The public key; for HMAC, what a set must never hold: the secret as `oct`. */
  readonly jwk: JwkSpec
  readonly publicPem: string
  readonly publicDer: Buffer
  /** The signature over bytes that may be anything. */
  sign(input: string): Buffer
}

export const base64url = (data: string | Uint8Array): string => Buffer.from(data).toString('base64url')

/** Header and payload as objects, or as the exact text to use. */
export const tokenOf = (
  signer: Pick<Signer, 'algorithm' | 'sign'>,
  payload: object | string,
  header: object | string = {},
): string => {
  const top = typeof header === 'string' ? header : JSON.stringify({ alg: signer.algorithm, ...header })
  const body = typeof payload === 'string' ? payload : JSON.stringify(payload)
  const input = `${base64url(top)}.${base64url(body)}`
  return `${input}.${base64url(signer.sign(input))}`
}

const hashOf = (algorithm: JwtAlgorithm): string => `sha${algorithm.slice(2)}`

export const hmacSigner = (algorithm: JwtAlgorithm, secret: Uint8Array | string): Signer => ({
  algorithm,
  jwk: { kty: 'oct', k: base64url(secret) },
  publicPem: '',
  publicDer: Buffer.alloc(0),
  sign: input => createHmac(hashOf(algorithm), secret).update(input).digest(),
})

const keyOptions = (algorithm: JwtAlgorithm, key: KeyObject): SignKeyObjectInput => {
  if (algorithm.startsWith('ES')) return { key, dsaEncoding: 'ieee-p1363' }
  if (!algorithm.startsWith('PS')) return { key }
  return { key, padding: constants.RSA_PKCS1_PSS_PADDING, saltLength: constants.RSA_PSS_SALTLEN_DIGEST }
}

const CURVES: ReadonlyMap<JwtAlgorithm, string> = new Map([
  ['ES256', 'P-256'],
  ['ES384', 'P-384'],
  ['ES512', 'P-521'],
])

const privateKeyFor = (algorithm: JwtAlgorithm): KeyObject => {
  if (algorithm === 'EdDSA') return generateKeyPairSync('ed25519').privateKey
  const namedCurve = CURVES.get(algorithm)
  if (namedCurve !== undefined) return generateKeyPairSync('ec', { namedCurve }).privateKey
  return rsaKey()
}

let rsa: KeyObject | undefined
/** Made once a process: finding primes takes a tenth of a second. */
const rsaKey = (): KeyObject => {
  rsa ??= generateKeyPairSync('rsa', { modulusLength: 2048 }).privateKey
  return rsa
}

export const keySigner = (
  algorithm: JwtAlgorithm,
  more: JwkSpec = {},
  key: KeyObject = privateKeyFor(algorithm),
): Signer => {
  const open = createPublicKey(key)
  return {
    algorithm,
    jwk: { ...open.export({ format: 'jwk' }), ...more },
    publicPem: open.export({ format: 'pem', type: 'spki' }).toString(),
    publicDer: open.export({ format: 'der', type: 'spki' }),
    sign: input =>
      sign(algorithm === 'EdDSA' ? null : hashOf(algorithm), Buffer.from(input), keyOptions(algorithm, key)),
  }
}

export const SECRET = Buffer.alloc(64, 'a secret of 64 bytes, which is enough for every HMAC there is ..')

export const signerFor = (algorithm: JwtAlgorithm, more: JwkSpec = {}): Signer =>
  algorithm.startsWith('HS') ? hmacSigner(algorithm, SECRET) : keySigner(algorithm, more)
