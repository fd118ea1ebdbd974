import { parsePattern } from '../pattern.ts'
import { compareRoutes, mayTie, neverMatches, samePredicates } from '../precedence.ts'
import { showPath } from '../problem.ts'
import type { Report } from '../source.ts'
import type { RouteSpec } from '../spec.ts'

/** How routes stand in each other's way: the same twice, never reached, or decided by nothing but their order. */
export const checkOverlap = (report: Report, routes: readonly RouteSpec[]): void => {
  const seen = new Map<string, RouteSpec[]>()
  for (const route of routes.toSorted(compareRoutes)) {
    const earlier = rivals(seen, route)
    compare(report, route, earlier)
    add(seen, route)
  }
}

const compare = (report: Report, route: RouteSpec, earlier: readonly RouteSpec[]): void => {
  const path = ['routes', route.index]
  const twin = earlier.find(other => samePredicates(other, route))
  if (twin !== undefined) {
    report.add(path, `matches the same requests as ${label(twin)}`, {
      hint: 'remove one, or tell them apart by methods, headers, query or priority',
    })
    return
  }
  const taker = neverMatches(route, earlier)
  if (taker !== undefined) {
    report.add(path, `can never match: ${label(taker)} takes every such request`, { severity: 'warning' })
    return
  }
  const rival = earlier.find(other => mayTie(other, route))
  if (rival === undefined) return
  report.add(path, `some requests match ${label(rival)} as well, and only the order of writing decides`, {
    severity: 'warning',
    hint: 'set "priority" on one of them',
  })
}

/** By position: a name may hold text from outside. */
const label = (route: RouteSpec): string => {
  const line = /:(\d+):\d+$/.exec(route.place ?? '')?.[1]
  return showPath(['routes', route.index]) + (line === undefined ? '' : ` (line ${line})`)
}

/**
 * Only routes whose leading literals are a beginning of this route's can take its requests or tie with it. That keeps
 * the check far from quadratic for large tables.
 */
const rivals = (seen: ReadonlyMap<string, readonly RouteSpec[]>, route: RouteSpec): RouteSpec[] => {
  const literals = leadingLiterals(route)
  const found: RouteSpec[] = []
  for (let depth = 0; depth <= literals.length; depth++)
    found.push(...(seen.get(keyOf(literals.slice(0, depth))) ?? []))
  return found
}

const add = (seen: Map<string, RouteSpec[]>, route: RouteSpec): void => {
  const key = keyOf(leadingLiterals(route))
  const there = seen.get(key)
  if (there === undefined) seen.set(key, [route])
  else there.push(route)
}

const leadingLiterals = (route: RouteSpec): string[] => {
  const pattern = parsePattern(route.match.pattern, route.match.kind)
  const literals: string[] = []
  for (const segment of 'segments' in pattern ? pattern.segments : []) {
    if (segment.kind !== 'literal') break
    literals.push(segment.text)
  }
  return literals
}

const keyOf = (literals: readonly string[]): string => literals.map(text => `/${text}`).join('')
