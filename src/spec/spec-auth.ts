/** Ways of proving who one is, and who is known; part of the Spec (spec.ts), plain data like all of it. */

export type AuthSpec = JwtSpec | ApiKeySpec

export const JWT_ALGORITHMS = [
  'RS256',
  'RS384',
  'RS512',
  'PS256',
  'PS384',
  'PS512',
  'ES256',
  'ES384',
  'ES512',
  'EdDSA',
  'HS256',
  'HS384',
  'HS512',
] as const
export type JwtAlgorithm = (typeof JWT_ALGORITHMS)[number]

/** Where a credential may stand. The first place that holds something counts. */
export type CredentialPlaceSpec =
  /** `scheme`: what must precede it (`Bearer`, compared without case), or empty. Name in lower case. */
  | { readonly in: 'header'; readonly name: string; readonly scheme: string }
  | { readonly in: 'cookie'; readonly name: string }
  | { readonly in: 'query'; readonly name: string }

interface WaySpec {
  /** Its key in `auth`. */
  readonly name: string
  readonly from: readonly CredentialPlaceSpec[]
  /** Whether the credential is passed on to the service; otherwise it ends at the gateway. */
  readonly forward: boolean
  /** For `WWW-Authenticate`. */
  readonly realm: string
}

/** Bearer tokens (RFC 7519). */
export interface JwtSpec extends WaySpec {
  readonly kind: 'jwt'
  /** Exact value of `iss`; undefined: not checked. */
  readonly issuer: string | undefined
  /** One of these must be in `aud`; empty: not checked. */
  readonly audience: readonly string[]
  /** At least one, and all of them for the kind of `keys`. */
  readonly algorithms: readonly JwtAlgorithm[]
  readonly keys: JwtKeysSpec
  readonly requireExpiry: boolean
  readonly clockSkewMs: number
  /** Longest `exp` - `iat` (both are then required), ms; 0: any. */
  readonly maxLifetimeMs: number
  /** Accepted `typ`, lower case without `application/`; empty: any. A token without `typ` is then refused. */
  readonly types: readonly string[]
  /** Claims that must be there, as paths (`org.id`). */
  readonly requiredClaims: readonly string[]
  /** Path of the claim with the roles. */
  readonly rolesClaim: string
  /** Path of the claim with the scopes; undefined: `scope` or `scp`. */
  readonly scopesClaim: string | undefined
  /** Path of the claim whose value names a consumer; undefined: tokens belong to no consumer. */
  readonly consumerClaim: string | undefined
  /** Claims sent to the service as header fields; names in lower case. */
  readonly claimHeaders: readonly { readonly claim: string; readonly header: string }[]
  /** URL of the protected resource metadata (RFC 9728) for `WWW-Authenticate`. */
  readonly resourceMetadata: string | undefined
}

export type JwtKeysSpec =
  /** The bytes of the shared secret, in base64url. */
  | { readonly kind: 'secret'; readonly secret: string }
  /** Public keys (RFC 7517), from PEM or JWK files or written in place. */
  | { readonly kind: 'static'; readonly keys: readonly JwkSpec[] }
  | ({ readonly kind: 'remote' } & RemoteKeysSpec)

/** A key set behind a URL. */
export interface RemoteKeysSpec {
  /** Of the key set, or, with `discover`, of the issuer whose metadata names it (OpenID discovery, RFC 8414). */
  readonly url: string
  readonly discover: boolean
  readonly allowHttp: boolean
  /** How long a set counts as fresh, ms; it is fetched again ahead of that. */
  readonly refreshMs: number
  readonly timeoutMs: number
}

/** A JSON Web Key: JSON, not looked into before it is used. */
export type JwkSpec = Readonly<Record<string, unknown>>

/** Keys of the consumers. */
export interface ApiKeySpec extends WaySpec {
  readonly kind: 'apiKey'
}

export interface ConsumerSpec {
  readonly name: string
  readonly keys: readonly ConsumerKeySpec[]
  readonly roles: readonly string[]
  readonly scopes: readonly string[]
  /** Class of service, for limits; empty: none. */
  readonly tier: string
}

export interface ConsumerKeySpec {
  /** SHA-256 of the key, 64 hex digits in lower case. */
  readonly hash: string
  /** Milliseconds since the epoch; 0: never. */
  readonly expiresAt: number
  readonly disabled: boolean
}
