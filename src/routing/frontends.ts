import { hostMatches, isWildcard } from '../spec/entry.ts'
import type { FrontendSpec, RouteSpec } from '../spec/spec.ts'
import type { MatchInput } from './match-input.ts'
import { compileRouter, type Router } from './router.ts'

/** What a frontend claims under one of its hosts. */
interface Claim {
  readonly host: string
  readonly prefix: string
  readonly listeners: readonly string[]
  /** Of its frontend. */
  readonly index: number
}

/**
 * One router for each frontend and one for all other routes: what a frontend claims is answered by its own routes or not
 * at all, so that nothing of one frontend can be reached through another.
 */
export const compileRouters = <R extends { readonly spec: RouteSpec }>(
  routes: readonly R[],
  frontends: readonly FrontendSpec[],
): Router<R> => {
  if (frontends.length === 0) return compileRouter(routes)
  const routerOf = (frontend: string): Router<R> =>
    compileRouter(routes.filter(({ spec }) => spec.frontend === frontend))
  const others = routerOf('')
  const routers = frontends.map(({ name }) => routerOf(name))
  const claimedBy = compileClaims(frontends)
  const router = (q: MatchInput): Router<R> => routers[claimedBy(q)] ?? others
  return {
    match: q => router(q).match(q),
    allowed: q => router(q).allowed(q),
    explain: q => router(q).explain(q),
  }
}

/** The position of the frontend that a request belongs to, or -1. */
export const compileClaims = (frontends: readonly FrontendSpec[]): ((q: MatchInput) => number) => {
  const claims = frontends.flatMap(({ hosts, prefix, listeners }, index): Claim[] =>
    (hosts.length === 0 ? [''] : hosts).map(host => ({ host, prefix, listeners, index })),
  )
  claims.sort(moreSpecific)
  return q => {
    for (let i = 0; i < claims.length; i++) {
      const claim = claims[i]!
      if (fits(claim, q)) return claim.index
    }
    return -1
  }
}

const fits = ({ host, prefix, listeners }: Claim, q: MatchInput): boolean =>
  hostMatches(host, q.host) &&
  (prefix === '' || isBelow(q.path, prefix)) &&
  (listeners.length === 0 || listeners.includes(q.listener))

/** By whole segments. */
const isBelow = (path: string, prefix: string): boolean =>
  path.startsWith(prefix) && (path.length === prefix.length || path.charCodeAt(prefix.length) === 0x2f)

/** By host as among routes, then the longer prefix, then one that names listeners; see FrontendSpec. */
const moreSpecific = (a: Claim, b: Claim): number =>
  hostRank(b.host) - hostRank(a.host) ||
  b.prefix.length - a.prefix.length ||
  Number(b.listeners.length > 0) - Number(a.listeners.length > 0)

/** Exact before the longest wildcard before any; no host is longer than 253 characters. */
const hostRank = (host: string): number => (host === '' ? 0 : isWildcard(host) ? host.length : 1000)
