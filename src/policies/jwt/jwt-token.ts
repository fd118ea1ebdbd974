import type { Claims } from '../../core/identity.ts'
import { type Rejection, reject } from '../way.ts'
import { decodeBase64url } from './jwt-base64url.ts'
import { parseStrictObject } from './jwt-json.ts'

const LONGEST_TOKEN = 8192
const LONGEST_HEADER = 2048
/** Levels of objects and lists; the deepest claims in use have four. */
const DEEPEST = 16

/** A token taken apart; nothing of it is proved yet. */
export interface Token {
  readonly text: string
  readonly alg: string
  readonly kid: string | null
  readonly typ: string | null
  readonly payload: Buffer
}

const TOO_LONG = reject('the token is too long')
const NOT_COMPACT = reject('the token is not three parts in base64url')
const BAD_HEADER = reject("the token's header is not a JSON object with unique names, or too large")
const BAD_PARAMETER = reject("the token's header has a parameter of the wrong type")
const CRITICAL = reject('the token demands extensions that are not supported')
const NESTED = reject('the token holds another token')

/**
 * Takes the compact form (RFC 7515 §3.1) apart, and is strict where libraries are not. Of the header only `alg`, `kid`
 * and `typ` are ever looked at; keys that a token brings along or points to (`jwk`, `jku`, `x5c`, `x5u`) mean nothing.
 */
export const readToken = (text: string): Token | Rejection => {
  if (text.length > LONGEST_TOKEN) return TOO_LONG
  const [first = '', second = '', third, ...more] = text.split('.', 4)
  const header = first.length > LONGEST_HEADER ? null : decodeBase64url(first)
  const payload = decodeBase64url(second)
  if (third === undefined || more.length > 0 || payload === null || decodeBase64url(third) === null) return NOT_COMPACT
  if (header === null) return first.length > LONGEST_HEADER ? BAD_HEADER : NOT_COMPACT
  const parameters = parseStrictObject(header, DEEPEST)
  return parameters === null ? BAD_HEADER : readHeader(text, parameters, payload)
}

const readHeader = (text: string, parameters: Claims, payload: Buffer): Token | Rejection => {
  // Nothing that could be named in `crit` is understood here (RFC 7515 §4.1.11), `b64` (RFC 7797) included.
  if (Object.hasOwn(parameters, 'crit') || Object.hasOwn(parameters, 'b64')) return CRITICAL
  const alg = parameter(parameters, 'alg')
  const kid = parameter(parameters, 'kid')
  const typ = parameter(parameters, 'typ')
  const cty = parameter(parameters, 'cty')
  if (typeof alg !== 'string' || kid === undefined || typ === undefined || cty === undefined) return BAD_PARAMETER
  // RFC 7519 §5.2: a token in a token.
  if (cty !== null && mediaType(cty) === 'jwt') return NESTED
  return { text, alg, kid, typ: typ === null ? null : mediaType(typ), payload }
}

/** Null when it is absent, undefined when it is no text. */
const parameter = (parameters: Claims, name: string): string | null | undefined => {
  if (!Object.hasOwn(parameters, name)) return null
  const value = parameters[name]
  return typeof value === 'string' ? value : undefined
}

/** Lower case without `application/` (RFC 7515 §4.1.9). */
const mediaType = (value: string): string => value.toLowerCase().replace(/^application\//, '')

/** The claims set (RFC 7519 §7.2); null when the payload is none. */
export const readClaims = (token: Token): Claims | null => parseStrictObject(token.payload, DEEPEST)
