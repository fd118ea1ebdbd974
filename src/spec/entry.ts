import { checkedPattern, type Pattern } from './pattern.ts'
import type { RouteSpec } from './spec.ts'

/**
 * A route under one of its hosts: what is ordered and matched. A route with two hosts is two entries, each with the
 * place that its host gives it.
 */
export interface RouteEntry {
  readonly route: RouteSpec
  /** `''`: any; `*.example.com`: one or more labels before the suffix. */
  readonly host: string
  readonly pattern: Pattern
  /** The place among path kinds, lowest first: exact, with parameters, prefix, regular expression. */
  readonly kind: number
  /** One character a segment and one for the end, so that comparing texts compares patterns segment by segment. */
  readonly shape: string
}

const SHAPE = { literal: 'a', param: 'b', rest: 'c' } as const
/** After all others: of two prefixes that agree as far as the shorter goes, the longer comes first. */
const SHAPE_END = 'd'

const ANY_HOST = ['']

/** Throws when the pattern is not valid: only routes that were checked are ordered. */
export const entriesOf = (route: RouteSpec): RouteEntry[] => {
  const pattern = checkedPattern(route.match)
  const kind = kindOf(route, pattern)
  // Nothing makes one regular expression more specific than another.
  const shape = pattern.regex === undefined ? shapeOf(pattern) : ''
  const hosts = route.hosts.length === 0 ? ANY_HOST : route.hosts
  return hosts.map(host => ({ route, host, pattern, kind, shape }))
}

const kindOf = ({ match }: RouteSpec, { params }: Pattern): number => {
  if (match.kind === 'regex') return 3
  return match.kind === 'prefix' ? 2 : params.length > 0 ? 1 : 0
}

const shapeOf = (pattern: Pattern): string => {
  let shape = ''
  for (const segment of pattern.segments) shape += SHAPE[segment.kind]
  return shape + SHAPE_END
}

export const isWildcard = (host: string): boolean => host.startsWith('*.')

/** Whether a route host takes a request's host (lower case, no port). */
export const hostMatches = (routeHost: string, host: string): boolean => {
  if (routeHost === '') return true
  if (!isWildcard(routeHost)) return routeHost === host
  const suffix = routeHost.length - 1
  return host.length > suffix && host.endsWith(routeHost.slice(1))
}
