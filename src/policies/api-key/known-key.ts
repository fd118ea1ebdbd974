import type { Identity } from '../../core/identity.ts'
import type { Clock } from '../../core/ports.ts'
import type { Revocations } from '../../core/revocations.ts'
import { fieldValue } from '../field-value.ts'
import { type Rejection, reject } from '../way.ts'

/** An API key that somebody has, or had: it may have expired, be disabled or revoked. */
export interface KnownKey {
  /** SHA-256 of the key, 64 hex digits in lower case. */
  readonly hash: string
  /** The same 32 bytes, one character each. */
  readonly digest: string
  /** One object for all requests with this key. */
  readonly identity: Identity
  /** Milliseconds since the epoch; Infinity: never. */
  readonly expiresAt: number
  readonly disabled: boolean
  revoked: boolean
  /** Version of the revocations for which `revoked` holds; NaN: not looked yet. */
  revokedAsOf: number
}

/** Whose key it is, from the configuration or the directory. */
export interface KeyHolder {
  readonly consumer: string
  readonly roles: readonly string[]
  readonly scopes: readonly string[]
  readonly tier: string
}

export interface KeyTerms {
  /** Milliseconds since the epoch; 0: never. */
  readonly expiresAt: number
  readonly disabled: boolean
}

/** Digits of the hash that tell keys apart in logs and limits: 64 bits, of no use to whoever wants the key. */
const KEY_ID_DIGITS = 16

/** What all keys of a consumer say of it. Shared by them: many keys in use are then fewer objects for the CPU's cache. */
export const consumerIdentity = (way: string, holder: KeyHolder): Identity => ({
  way,
  consumer: holder.consumer,
  subject: '',
  keyId: '',
  roles: new Set(holder.roles),
  scopes: new Set(holder.scopes),
  tier: holder.tier,
  claims: null,
  headers: [['x-consumer', fieldValue(holder.consumer)]],
})

export const knownKey = (hash: string, consumer: Identity, { expiresAt, disabled }: KeyTerms): KnownKey => ({
  hash,
  digest: Buffer.from(hash, 'hex').toString('latin1'),
  identity: { ...consumer, keyId: hash.slice(0, KEY_ID_DIGITS) },
  expiresAt: expiresAt === 0 ? Number.POSITIVE_INFINITY : expiresAt,
  disabled,
  revoked: false,
  revokedAsOf: Number.NaN,
})

export const UNKNOWN_KEY: Rejection = reject('the API key is not known')
const REVOKED = reject('the API key was revoked')
const DISABLED = reject('the API key is disabled')
const EXPIRED = reject('the API key has expired')

/** What a key is worth now. */
export const judgeKey = (key: KnownKey, clock: Clock, revocations: Revocations): Identity | Rejection => {
  const version = revocations.version()
  if (version !== key.revokedAsOf) {
    key.revoked = revocations.isRevoked('key', key.hash)
    key.revokedAsOf = version
  }
  if (key.revoked) return REVOKED
  if (key.disabled) return DISABLED
  return clock.wall() < key.expiresAt ? key.identity : EXPIRED
}

/**
 * Whether two digests are the same, in a time that does not depend on where they differ: every character is looked at.
 * `crypto.timingSafeEqual` wants two buffers, which would have to be filled first: several times as long.
 */
export const sameDigest = (a: string, b: string): boolean => {
  if (a.length !== b.length) return false
  let difference = 0
  for (let i = 0; i < a.length; i++) difference |= a.charCodeAt(i) ^ b.charCodeAt(i)
  return difference === 0
}
