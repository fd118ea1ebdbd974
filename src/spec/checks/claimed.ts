import { isWildcard } from '../entry.ts'
import { type PatternKind, parsePattern, type Segment } from '../pattern.ts'
import { type Path, showPath } from '../problem.ts'
import type { Report } from '../source.ts'
import type { FrontendSpec, RouteSpec } from '../spec.ts'
import { coversHost } from './frontends.ts'

interface Claim {
  readonly frontend: FrontendSpec
  readonly segments: readonly Segment[]
}

/** Routes all of whose requests belong to another frontend: they are never reached. Returns them. */
export const checkClaimed = (
  report: Report,
  frontends: readonly FrontendSpec[],
  routes: readonly RouteSpec[],
  listeners: readonly string[],
  pathOf: (route: RouteSpec) => Path,
): ReadonlySet<RouteSpec> => {
  const unreached = new Set<RouteSpec>()
  const claims = frontends.map(
    (frontend): Claim => ({ frontend, segments: segmentsOf(frontend.prefix || '/', 'prefix') }),
  )
  for (const route of claims.length === 0 ? [] : routes) {
    const own = frontends.find(({ name }) => name === route.frontend)
    const segments = segmentsOf(route.match.pattern, route.match.kind)
    const taker = claims.find(
      claim =>
        claim.frontend !== own &&
        isBelow(segments, claim.segments) &&
        takesListeners(claim.frontend, route, listeners) &&
        hostsOf(route).every(host => takesHost(claim.frontend, own, host)),
    )
    if (taker === undefined) continue
    unreached.add(route)
    report.add(
      pathOf(route),
      `is never reached: ${showPath(['frontends', taker.frontend.name])} claims every such request`,
      {
        severity: 'warning',
        hint: 'write it among the routes there, or leave it out',
      },
    )
  }
  return unreached
}

const segmentsOf = (pattern: string, kind: PatternKind): readonly Segment[] => {
  const parsed = parsePattern(pattern, kind)
  return 'segments' in parsed ? parsed.segments : []
}

const isBelow = (segments: readonly Segment[], prefix: readonly Segment[]): boolean =>
  prefix.every((one, i) => {
    const segment = segments[i]
    return one.kind === 'literal' && segment?.kind === 'literal' && segment.text === one.text
  })

const takesListeners = (frontend: FrontendSpec, route: RouteSpec, all: readonly string[]): boolean =>
  frontend.listeners.length === 0 ||
  (route.listeners.length === 0 ? all : route.listeners).every(name => frontend.listeners.includes(name))

const hostsOf = ({ hosts }: RouteSpec): readonly string[] => (hosts.length === 0 ? [''] : hosts)

/** Whether all requests for a host (empty: for any) are the frontend's rather than those of the route's own; see FrontendSpec. */
const takesHost = (frontend: FrontendSpec, own: FrontendSpec | undefined, host: string): boolean => {
  const rank = rankAt(frontend, host)
  if (rank < 0 || own === undefined) return rank >= 0
  const more = rank - rankAt(own, host) || frontend.prefix.length - own.prefix.length
  return more > 0 || (more === 0 && frontend.listeners.length > 0 && own.listeners.length === 0)
}

/** How specific the claim to a host is; -1 where there is none. */
const rankAt = ({ hosts }: FrontendSpec, host: string): number =>
  (hosts.length === 0 ? [''] : hosts).reduce(
    (most, one) => (coversHost(one, host) ? Math.max(most, hostRank(one)) : most),
    -1,
  )

/** Exact before the longest wildcard before any; no host is longer than 253 characters. */
const hostRank = (host: string): number => (host === '' ? 0 : isWildcard(host) ? host.length : 1000)
