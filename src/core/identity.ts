import type { HeaderEdits } from '../base/headers.ts'
import type { Json } from '../base/json.ts'

/** The claims set of a token (RFC 7519 §4). */
export type Claims = Readonly<Record<string, Json>>

/**
 * Who a request was proved to come from. Immutable, and the same object for every request with the same credential, so
 * that whatever can be derived from it is derived once.
 */
export interface Identity {
  /**
   * Adds what tells the service who it is: `x-consumer`, `x-claim-*`; null: nothing does. Shared, so never changed. Every
   * request reads it: at the front it is in the line of the CPU's cache that is fetched in any case.
   */
  readonly headers: HeaderEdits | null
  /** The way in `auth` that proved it; several joined by `+`. */
  readonly way: string
  /** Name of the known consumer, or empty. */
  readonly consumer: string
  /** `sub` of the token, or empty. */
  readonly subject: string
  /** Tells API keys apart without giving them away: the first 16 hex digits of the hash; or empty. */
  readonly keyId: string
  readonly roles: ReadonlySet<string>
  readonly scopes: ReadonlySet<string>
  /** Class of service, or empty. */
  readonly tier: string
  /** Null where no token was seen. */
  readonly claims: Claims | null
}
