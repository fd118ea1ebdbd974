import type { JwkSpec, JwtAlgorithm } from '../../spec/spec-auth.ts'
import { type JwtKey, publicKey } from './jwt-key.ts'

/** A token that names no key is tried with so many. */
const MOST_TRIED = 8

/** The usable keys of a set at one time. */
export interface KeyRing {
  readonly byId: ReadonlyMap<string, JwtKey>
  /** Those that may have signed such a token, maybe none; null when the token names a key that the set does not have. */
  select(kid: string | null, algorithm: JwtAlgorithm): readonly JwtKey[] | null
}

/** Keys that were in the ring before stay the same objects: what they verified stays verified, as long as they do. */
export const publicRing = (
  jwks: readonly JwkSpec[],
  accepted: readonly JwtAlgorithm[],
  before: KeyRing | null,
): KeyRing => {
  const byId = new Map<string, JwtKey>()
  const byKid = new Map<string, JwtKey[]>()
  for (const jwk of jwks) {
    const made = publicKey(jwk, accepted)
    const key = made === null ? null : (before?.byId.get(made.id) ?? made)
    // A key of no use here is known by its name all the same: fetching the set again would not make it better.
    const named = typeof jwk['kid'] === 'string' ? (byKid.get(jwk['kid']) ?? []) : null
    if (named !== null) byKid.set(String(jwk['kid']), named)
    if (key === null || byId.has(key.id)) continue
    byId.set(key.id, key)
    named?.push(key)
  }
  return ringOf(byId, byKid)
}

export const secretRing = (key: JwtKey): KeyRing => ringOf(new Map([[key.id, key]]), new Map())

const ringOf = (byId: ReadonlyMap<string, JwtKey>, byKid: ReadonlyMap<string, readonly JwtKey[]>): KeyRing => {
  const all = [...byId.values()]
  const anyNamed = all.some(key => key.kid !== null)
  return {
    byId,
    select: (kid, algorithm) => {
      const named = kid !== null && anyNamed ? byKid.get(kid) : all
      return named?.filter(key => key.algorithms.includes(algorithm)).slice(0, MOST_TRIED) ?? null
    },
  }
}
