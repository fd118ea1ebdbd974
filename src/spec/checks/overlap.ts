import { parsePattern, type Segment } from '../pattern.ts'
import { compareRoutes, mayTie, neverMatches, samePredicates } from '../precedence.ts'
import { type Path, showPath } from '../problem.ts'
import type { Report } from '../source.ts'
import type { RouteSpec } from '../spec.ts'

/** How routes stand in each other's way: the same twice, never reached, or decided by nothing but their order. */
export const checkOverlap = (report: Report, routes: readonly RouteSpec[], pathOf: PathOf): void => {
  // What a frontend claims is its own: routes of different ones never meet.
  for (const one of Map.groupBy(routes, ({ frontend }) => frontend).values()) checkAmong(report, one, pathOf)
}

type PathOf = (route: RouteSpec) => Path

const checkAmong = (report: Report, routes: readonly RouteSpec[], pathOf: PathOf): void => {
  const seen = newNode()
  for (const route of routes.toSorted(compareRoutes)) {
    const segments = segmentsOf(route)
    const earlier: RouteSpec[] = []
    collect(seen, segments, 0, earlier)
    compare(report, route, earlier, pathOf)
    insert(seen, segments, route)
  }
}

const compare = (report: Report, route: RouteSpec, earlier: readonly RouteSpec[], pathOf: PathOf): void => {
  const path = pathOf(route)
  const label = (other: RouteSpec): string => labelOf(other, pathOf)
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
const labelOf = (route: RouteSpec, pathOf: PathOf): string => {
  const line = /:(\d+):\d+$/.exec(route.place ?? '')?.[1]
  return showPath(pathOf(route)) + (line === undefined ? '' : ` (line ${line})`)
}

/**
 * Patterns by segments. Only what lies on the way of a route's own segments, a parameter standing for any of them, can
 * take its requests or tie with it: that keeps the check far from quadratic for large tables.
 */
interface Node {
  readonly literals: Map<string, Node>
  param: Node | undefined
  /** Routes whose pattern ends here. */
  readonly ending: RouteSpec[]
}

const newNode = (): Node => ({ literals: new Map(), param: undefined, ending: [] })

const segmentsOf = (route: RouteSpec): readonly Segment[] => {
  const pattern = parsePattern(route.match.pattern, route.match.kind)
  return 'segments' in pattern ? pattern.segments : []
}

const insert = (root: Node, segments: readonly Segment[], route: RouteSpec): void => {
  let node = root
  for (const segment of segments) node = childFor(node, segment)
  node.ending.push(route)
}

/** `{rest...}` begins where what precedes it ends. */
const childFor = (node: Node, segment: Segment): Node => {
  if (segment.kind === 'rest') return node
  if (segment.kind === 'param') {
    node.param ??= newNode()
    return node.param
  }
  const child = node.literals.get(segment.text) ?? newNode()
  node.literals.set(segment.text, child)
  return child
}

const collect = (node: Node, segments: readonly Segment[], depth: number, found: RouteSpec[]): void => {
  found.push(...node.ending)
  const segment = segments[depth]
  if (segment === undefined) return
  const literal = segment.kind === 'literal' ? node.literals.get(segment.text) : undefined
  if (literal !== undefined) collect(literal, segments, depth + 1, found)
  if (node.param !== undefined) collect(node.param, segments, depth + 1, found)
}
