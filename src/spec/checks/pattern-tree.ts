import { parsePattern, type Segment } from '../pattern.ts'
import type { RouteSpec } from '../spec.ts'

/**
 * Routes by the segments of their patterns. Only what lies on the way of a route's own segments, a parameter standing for
 * any of them, can take its requests or tie with it: that keeps checks far from quadratic for large tables. Regular
 * expressions are apart: what one takes is not known well enough to say anything of it but to another.
 */
export interface PatternTree {
  add(route: RouteSpec): void
  onTheWayOf(route: RouteSpec): readonly RouteSpec[]
}

export const patternTree = (): PatternTree => {
  const root = newNode()
  const regexes: RouteSpec[] = []
  return {
    add: route => {
      if (route.match.kind === 'regex') regexes.push(route)
      else insert(root, segmentsOf(route), route)
    },
    onTheWayOf: route => {
      const found = route.match.kind === 'regex' ? [...regexes] : []
      collect(root, segmentsOf(route), 0, found)
      return found
    },
  }
}

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
