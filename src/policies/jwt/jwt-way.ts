import { claimAt } from '../../core/claim-at.ts'
import type { Claims, Identity } from '../../core/identity.ts'
import type { Maybe } from '../../core/maybe.ts'
import type { ConsumerSpec, JwtAlgorithm, JwtSpec } from '../../spec/spec-auth.ts'
import { compileCredential } from '../credential/credential.ts'
import { type AuthWorld, type Rejection, reject, type Way } from '../way.ts'
import { bearerChallenge } from './jwt-challenge.ts'
import { believedUntil, compileClaimsCheck, EXPIRED } from './jwt-claims.ts'
import { compileIdentity } from './jwt-identity.ts'
import { jwtKeys } from './jwt-keys.ts'
import { loadJose } from './jwt-library.ts'
import { type Remembered, tokenMemory } from './jwt-memory.ts'
import { jwtProver } from './jwt-proof.ts'
import { readClaims, readToken, type Token } from './jwt-token.ts'

const MOST_TOKENS = 10_000
const MOST_CHARS = 16 * 1024 * 1024
/** First uses of different tokens under way at once: about 25 ms of work for one core. */
const MOST_PENDING = 256

const WRONG_ALGORITHM = reject("the token's algorithm is not accepted")
const WRONG_TYPE = reject("the token's type is not accepted")
const BAD_CLAIMS = reject("the token's claims are not a JSON object with unique names, or too deep")
const REVOKED = reject('the token was revoked')
const BUSY = reject('too many new tokens at once', 'unavailable')

/**
 * Bearer tokens (RFC 7519, with the advice of RFC 8725). What was verified once is remembered by its text, so that the
 * same token costs one look-up, its expiry and the number of the list of revocations.
 */
export const jwtWay = (spec: JwtSpec, consumers: readonly ConsumerSpec[], world: AuthWorld): Way => {
  const { clock, revocations } = world
  const credential = compileCredential(spec.from)
  const memory = tokenMemory(MOST_TOKENS, MOST_CHARS)
  const keys = jwtKeys(spec, world.keySets, ring => memory.dropWhere(({ key }) => ring.byId.get(key.id) !== key))
  const prover = jwtProver(keys)
  const accepted: ReadonlyMap<string, JwtAlgorithm> = new Map(spec.algorithms.map(each => [each, each]))
  const wrongClaims = compileClaimsCheck(spec)
  const identityOf = compileIdentity(spec, consumers)
  const pending = new Map<string, Promise<Identity | Rejection>>()
  // Now, so that the first request does not wait for it.
  loadJose().catch(() => {})

  const isRevoked = (jti: string, sub: string): boolean =>
    (jti !== '' && revocations.isRevoked('jti', jti)) || (sub !== '' && revocations.isRevoked('sub', sub))

  /** A token that was seen before. */
  const recall = (token: Remembered): Identity | Rejection => {
    if (clock.wall() / 1000 >= token.until) {
      memory.drop(token.text)
      return EXPIRED
    }
    const version = revocations.version()
    if (token.version !== version) {
      if (isRevoked(token.jti, token.identity.subject)) {
        memory.drop(token.text)
        return REVOKED
      }
      token.version = version
    }
    token.used = true
    return token.identity
  }

  /** A token that was not: whatever is cheap comes before the signature. */
  const meet = (text: string): Maybe<Identity | Rejection> => {
    const underWay = pending.get(text)
    if (underWay !== undefined) return underWay
    const token = readToken(text)
    if ('kind' in token) return token
    const algorithm = accepted.get(token.alg)
    if (algorithm === undefined) return WRONG_ALGORITHM
    if (!hasType(spec, token.typ)) return WRONG_TYPE
    const claims = readClaims(token)
    if (claims === null) return BAD_CLAIMS
    const wrong = wrongClaims(claims, clock.wall())
    if (wrong !== null) return wrong
    if (pending.size - prover.waiting() >= MOST_PENDING) return BUSY
    const proving = prove(token, algorithm, claims).finally(() => pending.delete(text))
    pending.set(text, proving)
    return proving
  }

  const prove = async (token: Token, algorithm: JwtAlgorithm, claims: Claims): Promise<Identity | Rejection> => {
    const key = await prover.prove(token, algorithm)
    if ('kind' in key) return key
    // Time passed, and what is not yet proved must not tell what is revoked: both are looked at now.
    const wall = clock.wall()
    const wrong = wrongClaims(claims, wall)
    if (wrong !== null) return wrong
    const version = revocations.version()
    const identity = identityOf(claims)
    const jti = idOf(claims)
    if (isRevoked(jti, identity.subject)) return REVOKED
    const until = believedUntil(spec, claims)
    memory.keep({ text: ownCopy(token.text), identity, until, version, used: false, next: null, jti, key }, wall)
    return identity
  }

  return {
    name: spec.name,
    from: spec.from,
    check: x => {
      const text = credential.find(x)
      if (typeof text !== 'string') return text
      const token = memory.get(text)
      return token === null ? meet(text) : recall(token)
    },
    strip: spec.forward ? null : credential.strip,
    challenge: bearerChallenge(spec.realm, spec.resourceMetadata),
    close: () => {
      keys.close()
      memory.dropWhere(() => true)
    },
  }
}

/** A type names what a token is for (RFC 8725 §3.11); where some are asked for, a token without one is not of them. */
const hasType = (spec: JwtSpec, typ: string | null): boolean =>
  spec.types.length === 0 || (typ !== null && spec.types.includes(typ))

const idOf = (claims: Claims): string => {
  const jti = claimAt(claims, 'jti')
  return typeof jti === 'string' ? jti : ''
}

/**
 * A token is a slice of its request's head, and could keep all of that in memory. Node 26 was seen to copy a slice that
 * becomes the key of a Map, and not one that becomes a value; nobody promises either.
 */
const ownCopy = (text: string): string => Buffer.from(text, 'latin1').toString('latin1')
