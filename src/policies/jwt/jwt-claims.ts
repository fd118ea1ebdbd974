import type { Json } from '../../base/json.ts'
import { claimAt } from '../../core/claim-at.ts'
import type { Claims } from '../../core/identity.ts'
import type { JwtSpec } from '../../spec/spec-auth.ts'
import { type Rejection, reject } from '../way.ts'

/** What is wrong with the claims at that time (ms since the epoch), or null. */
export type ClaimsCheck = (claims: Claims, wallMs: number) => Rejection | null

export const EXPIRED = reject('the token has expired')
const NO_EXPIRY = reject('the token has no expiry')
const NOT_A_TIME = reject('a time in the token is not a number')
const TOO_EARLY = reject('the token is not valid yet')
const FROM_THE_FUTURE = reject('the token was issued in the future')
const NO_LIFETIME = reject('the token does not say when it was issued and when it expires')
const LIVES_TOO_LONG = reject('the token is valid for longer than is accepted')
const WRONG_ISSUER = reject("the token's issuer is not accepted")
const WRONG_AUDIENCE = reject('the token is meant for another audience')
const NOT_TEXT = reject("the token's subject or id is not text")

/** The claims of RFC 7519 §4.1, and those that must be there. */
export const compileClaimsCheck = (spec: JwtSpec): ClaimsCheck => {
  const checks: ClaimsCheck[] = [issuer(spec), audience(spec), names, times(spec), lifetime(spec), present(spec)]
  return (claims, wallMs) => {
    for (const check of checks) {
      const wrong = check(claims, wallMs)
      if (wrong !== null) return wrong
    }
    return null
  }
}

/** Until when the token can be believed, seconds since the epoch; the first moment that is too late (RFC 7519 §4.1.4). */
export const believedUntil = (spec: JwtSpec, claims: Claims): number => {
  const exp = own(claims, 'exp')
  if (typeof exp !== 'number') return Number.POSITIVE_INFINITY
  // A fraction is rounded as `times` rounds it, or the token would now and then count for a millisecond longer here.
  return Number.isInteger(exp) ? exp + spec.clockSkewMs / 1000 : (exp * 1000 + spec.clockSkewMs) / 1000
}

/** Compared as it is written: a trailing slash is another issuer. */
const issuer = (spec: JwtSpec): ClaimsCheck => {
  if (spec.issuer === undefined) return () => null
  return claims => (own(claims, 'iss') === spec.issuer ? null : WRONG_ISSUER)
}

const audience = (spec: JwtSpec): ClaimsCheck => {
  if (spec.audience.length === 0) return () => null
  const accepted: ReadonlySet<Json | undefined> = new Set(spec.audience)
  return claims => {
    const aud = own(claims, 'aud')
    const fits = isList(aud) ? aud.some(each => accepted.has(each)) : accepted.has(aud)
    return fits ? null : WRONG_AUDIENCE
  }
}

/** What revocation goes by: the number 7 could not be told from the text "7" there. */
const names: ClaimsCheck = claims => (isTextOrAbsent(claims, 'sub') && isTextOrAbsent(claims, 'jti') ? null : NOT_TEXT)

const times = (spec: JwtSpec): ClaimsCheck => {
  const skew = spec.clockSkewMs
  return (claims, wallMs) => {
    const exp = own(claims, 'exp')
    const nbf = own(claims, 'nbf')
    const iat = own(claims, 'iat')
    if (!isTimeOrAbsent(exp) || !isTimeOrAbsent(nbf) || !isTimeOrAbsent(iat)) return NOT_A_TIME
    if (exp === undefined && spec.requireExpiry) return NO_EXPIRY
    if (exp !== undefined && wallMs >= exp * 1000 + skew) return EXPIRED
    if (nbf !== undefined && wallMs < nbf * 1000 - skew) return TOO_EARLY
    return iat !== undefined && wallMs < iat * 1000 - skew ? FROM_THE_FUTURE : null
  }
}

/** Runs after `times`, so both are numbers if they are there. */
const lifetime = (spec: JwtSpec): ClaimsCheck => {
  const longest = spec.maxLifetimeMs
  if (longest === 0) return () => null
  return claims => {
    const exp = own(claims, 'exp')
    const iat = own(claims, 'iat')
    if (typeof exp !== 'number' || typeof iat !== 'number') return NO_LIFETIME
    return (exp - iat) * 1000 > longest ? LIVES_TOO_LONG : null
  }
}

/** A claim that is null says no more than one that is absent. */
const present = (spec: JwtSpec): ClaimsCheck => {
  const required = spec.requiredClaims.map(path => ({ path, missing: reject(`the token has no claim ${path}`) }))
  return claims => required.find(({ path }) => (claimAt(claims, path) ?? null) === null)?.missing ?? null
}

const own = (claims: Claims, name: string): Json | undefined => (Object.hasOwn(claims, name) ? claims[name] : undefined)

const isList = (value: Json | undefined): value is readonly Json[] => Array.isArray(value)

const isTextOrAbsent = (claims: Claims, name: string): boolean => {
  const value = own(claims, name)
  return value === undefined || typeof value === 'string'
}

/** JSON has no Infinity, but 1e999 reads as one. */
const isTimeOrAbsent = (value: Json | undefined): value is number | undefined =>
  value === undefined || (typeof value === 'number' && Number.isFinite(value))
