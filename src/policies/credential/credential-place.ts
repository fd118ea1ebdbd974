import type { Exchange } from '../../core/exchange.ts'
import { type Rejection, reject } from '../way.ts'

/** One place, or several, where a credential may stand in a request. */
export interface CredentialPlace {
  /**
   * The credential as the bytes that were sent, one character each (latin1); null where there is none, or an empty one.
   * A Rejection where servers could disagree which one counts.
   */
  find(x: Exchange): string | Rejection | null
  /** Takes it out of what goes upstream; all else stays as it came. Called only after something was found. */
  strip(x: Exchange): void
}

// One object a reason, for all ways: they are given out on every attack.
export const GIVEN_TWICE: Rejection = reject('the credential is given more than once', 'invalid_request')
export const BESIDE_SEMICOLON: Rejection = reject(
  'the credential stands beside a semicolon, which servers read differently; write it as %3B',
  'invalid_request',
)
