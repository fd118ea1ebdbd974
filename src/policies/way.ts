import type { Exchange } from '../core/exchange.ts'
import type { Identity } from '../core/identity.ts'
import type { KeySets } from '../core/key-sets.ts'
import type { Maybe } from '../core/maybe.ts'
import type { Clock, Log, Meter } from '../core/ports.ts'
import type { KeyDirectory, Revocations } from '../core/revocations.ts'
import type { CredentialPlaceSpec } from '../spec/spec-auth.ts'

/**
 * One way of proving who one is, as configured under `auth`. It is State: it outlives a reload that leaves its settings
 * and the consumers it knows as they were, and what it remembers of good credentials with it.
 */
export interface Way {
  readonly name: string
  /** Where its credential may stand. */
  readonly from: readonly CredentialPlaceSpec[]
  /** Whom the credential of this request belongs to; a Rejection when it is bad; null when there is none of this kind. */
  check(x: Exchange): Maybe<Identity | Rejection | null>
  /** Takes the credential out of what goes upstream; null when it is passed on. Called only after `check` accepted it. */
  readonly strip: ((x: Exchange) => void) | null
  /** A challenge for `WWW-Authenticate`; with a rejection it says what was wrong (RFC 6750 §3). */
  challenge(rejection: Rejection | null): string
  /** Ends what it started; it is not used any more. */
  close(): void
}

/** Why a credential is not believed. One object a reason where possible: it is made on every attack. */
export interface Rejection {
  readonly kind: 'rejection'
  /** RFC 6750 §3.1; `unavailable`: nobody can tell now (503). */
  readonly error: 'invalid_request' | 'invalid_token' | 'unavailable'
  /** For people, one sentence without a full stop; never holds any part of the credential. */
  readonly detail: string
}

export const reject = (detail: string, error: Rejection['error'] = 'invalid_token'): Rejection => ({
  kind: 'rejection',
  error,
  detail,
})

export const isRejection = (result: Identity | Rejection | null): result is Rejection =>
  result !== null && 'kind' in result

/** The ports a Way is made with. */
export interface AuthWorld {
  readonly clock: Clock
  readonly log: Log
  readonly meter: Meter
  readonly keySets: KeySets
  readonly revocations: Revocations
  /** Null where all consumers are in the configuration. */
  readonly directory: KeyDirectory | null
}
