import { compareRoutes, mayTie, neverMatches, samePredicates } from '../precedence.ts'
import { type Path, showPath } from '../problem.ts'
import type { Report } from '../source.ts'
import type { RouteSpec } from '../spec.ts'
import { patternTree } from './pattern-tree.ts'

/** How routes stand in each other's way: the same twice, never reached, or decided by nothing but their order. */
export const checkOverlap = (report: Report, routes: readonly RouteSpec[], pathOf: PathOf): void => {
  // What a frontend claims is its own: routes of different ones never meet.
  for (const one of Map.groupBy(routes, ({ frontend }) => frontend).values()) checkAmong(report, one, pathOf)
}

type PathOf = (route: RouteSpec) => Path

const checkAmong = (report: Report, routes: readonly RouteSpec[], pathOf: PathOf): void => {
  const seen = patternTree()
  for (const route of routes.toSorted(compareRoutes)) {
    compare(report, route, seen.onTheWayOf(route), pathOf)
    seen.add(route)
  }
}

const compare = (report: Report, route: RouteSpec, earlier: readonly RouteSpec[], pathOf: PathOf): void => {
  const path = pathOf(route)
  const label = (other: RouteSpec): string => labelOf(other, pathOf)
  const twin = earlier.find(other => samePredicates(other, route))
  if (twin !== undefined) {
    report.add(path, `matches the same requests as ${label(twin)}`, {
      code: 'same-route',
      hint: 'remove one, or tell them apart by methods, headers, query or priority',
    })
    return
  }
  const taker = neverMatches(route, earlier)
  if (taker !== undefined) {
    report.add(path, `can never match: ${label(taker)} takes every such request`, {
      severity: 'warning',
      code: 'unreachable-route',
    })
    return
  }
  const rival = earlier.find(other => mayTie(other, route))
  if (rival === undefined) return
  report.add(path, `some requests match ${label(rival)} as well, and only the order of writing decides`, {
    severity: 'warning',
    code: 'possible-tie',
    hint: 'set "priority" on one of them',
  })
}

/** By position: a name may hold text from outside. */
const labelOf = (route: RouteSpec, pathOf: PathOf): string => {
  const line = /:(\d+):\d+$/.exec(route.place ?? '')?.[1]
  return showPath(pathOf(route)) + (line === undefined ? '' : ` (line ${line})`)
}
