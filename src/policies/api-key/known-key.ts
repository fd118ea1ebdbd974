import { HeaderEdits } from '../../base/headers.ts'
import type { Identity } from '../../core/identity.ts'
import type { Clock } from '../../core/ports.ts'
import type { Revocations } from '../../core/revocations.ts'
import { fieldValue } from '../field-value.ts'
import { type Rejection, reject } from '../way.ts'
import type { Print } from './key-print.ts'

/**
 * An API key that somebody has, or had: it may have expired, be disabled or revoked. With its print, which is zeros until
 * it is kept (key-recall.ts).
 *
 * Null for numbers that are missing: Infinity and NaN would make V8 keep each of these numbers as an object by itself,
 * and of many keys in use none of it is in the CPU's cache.
 */
export interface KnownKey extends Print {
  /** SHA-256 of the key, 64 hex digits in lower case. */
  readonly hash: string
  /** The same 32 bytes, one character each. */
  readonly digest: string
  /** One object for all requests with this key. */
  readonly identity: Identity
  /** Milliseconds since the epoch; null: never. */
  readonly expiresAt: number | null
  readonly disabled: boolean
  revoked: boolean
  /** Version of the revocations for which `revoked` holds; null: not looked yet. */
  revokedAsOf: number | null
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
  headers: new HeaderEdits().appendClean('x-consumer', fieldValue(holder.consumer)),
  way,
  consumer: holder.consumer,
  subject: '',
  keyId: '',
  roles: new Set(holder.roles),
  scopes: new Set(holder.scopes),
  tier: holder.tier,
  claims: null,
})

export const knownKey = (hash: string, consumer: Identity, { expiresAt, disabled }: KeyTerms): KnownKey => ({
  a: 0,
  b: 0,
  c: 0,
  d: 0,
  identity: { ...consumer, keyId: hash.slice(0, KEY_ID_DIGITS) },
  expiresAt: expiresAt === 0 ? null : expiresAt,
  disabled,
  revoked: false,
  revokedAsOf: null,
  hash,
  digest: Buffer.from(hash, 'hex').toString('latin1'),
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
  return key.expiresAt === null || clock.wall() < key.expiresAt ? key.identity : EXPIRED
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
