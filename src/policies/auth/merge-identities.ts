import { HeaderEdits } from '../../base/headers.ts'
import type { Identity } from '../../core/identity.ts'

/** Pairs that were united before. Weak: a pair is forgotten with either of its identities, so nothing piles up. */
const united = new WeakMap<Identity, WeakMap<Identity, Identity>>()

/**
 * One identity of several that were all proved: roles and scopes of all of them, everything else from the first that
 * has it. The same object for the same identities.
 */
export const mergeIdentities = (identities: readonly [Identity, ...Identity[]]): Identity => {
  const [first, ...rest] = identities
  return rest.reduce(mergePair, first)
}

const mergePair = (a: Identity, b: Identity): Identity => {
  const partners = united.get(a) ?? new WeakMap<Identity, Identity>()
  const known = partners.get(b)
  if (known !== undefined) return known
  const both = unite(a, b)
  united.set(a, partners.set(b, both))
  return both
}

const unite = (a: Identity, b: Identity): Identity => {
  // A consumer and its tier belong together.
  const known = a.consumer === '' && b.consumer !== '' ? b : a
  return {
    headers: headersOfBoth(a, b),
    way: `${a.way}+${b.way}`,
    consumer: known.consumer,
    subject: a.subject || b.subject,
    keyId: a.keyId || b.keyId,
    roles: new Set([...a.roles, ...b.roles]),
    scopes: new Set([...a.scopes, ...b.scopes]),
    tier: known.tier,
    claims: a.claims ?? b.claims,
  }
}

/** A service must not be told two things under one name: the first counts. */
const headersOfBoth = (a: Identity, b: Identity): Identity['headers'] => {
  if (a.headers === null || b.headers === null) return a.headers ?? b.headers
  const both = new HeaderEdits().apply(a.headers)
  for (const [name, value] of b.headers.added) if (!a.headers.has(name)) both.appendClean(name, value)
  return both
}
