import { hash } from 'node:crypto'
import { base64url, hmacSigner, type Signer, tokenOf } from '../../src/policies/testing/jwt-sign.ts'
import type { ConsumerKeySpec, ConsumerSpec, JwtKeysSpec } from '../../src/spec/spec-auth.ts'

/** A secret as long as HS256 asks for, which must never turn up in what a gateway writes. */
export const HMAC_SECRET = 'hmac-secret-that-nobody-may-ever-see-in-a-log'

export const hmac: Signer = hmacSigner('HS256', HMAC_SECRET)
export const hmacKeys: JwtKeysSpec = { kind: 'secret', secret: base64url(HMAC_SECRET) }

/** Claims of somebody, valid for ten minutes. */
export const claimsOf = (sub: string, more: object = {}): object => ({
  sub,
  exp: Math.floor(Date.now() / 1000) + 600,
  ...more,
})

export const hmacToken = (sub: string, more: object = {}): string => tokenOf(hmac, claimsOf(sub, more))

/** Signed by a key of a set; its `kid` is in the header. */
export const signedToken = (signer: Signer, sub: string, more: object = {}): string =>
  tokenOf(signer, claimsOf(sub, more), { kid: signer.jwk['kid'] })

export const keyHash = (key: string): string => hash('sha256', key)

export const consumerSpec = (name: string, key: string, more: Partial<ConsumerSpec & ConsumerKeySpec> = {}) => {
  const { expiresAt = 0, disabled = false, ...rest } = more
  return { name, keys: [{ hash: keyHash(key), expiresAt, disabled }], roles: [], scopes: [], tier: '', ...rest }
}
