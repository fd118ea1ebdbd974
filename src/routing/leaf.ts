import type { RouteEntry } from '../spec/entry.ts'
import type { Pattern } from '../spec/pattern.ts'
import { compareEntries, compareForHead } from '../spec/precedence.ts'
import type { RouteSpec } from '../spec/spec.ts'
import type { MatchInput } from './match-input.ts'
import { type FieldTest, fieldTest, methodsTaken } from './predicates.ts'
import type { Scan } from './scan.ts'

/** One route at one place of the table. */
export interface Candidate<R> {
  readonly route: R
  readonly entry: RouteEntry
  readonly methods: readonly string[] | null
  readonly fields: FieldTest | null
}

/** All routes with one host and one pattern, in the order in which they are tried. */
export interface Leaf<R> {
  candidates: Candidate<R>[]
  /** The order for HEAD; the same list unless a route names HEAD (see `compareForHead`). */
  forHead: Candidate<R>[]
  /** Which segments are parameters. */
  readonly params: readonly number[]
  /** The segment from which `{rest...}` takes all, or -1. */
  readonly rest: number
}

export const NO_PARAMS: readonly string[] = Object.freeze([])

export const makeLeaf = <R>(pattern: Pattern): Leaf<R> => {
  const params: number[] = []
  for (const [i, segment] of pattern.segments.entries()) if (segment.kind === 'param') params.push(i)
  const rest = pattern.segments.at(-1)?.kind === 'rest' ? pattern.segments.length - 1 : -1
  return { candidates: [], forHead: [], params, rest }
}

export const addCandidate = <R extends { readonly spec: RouteSpec }>(
  leaf: Leaf<R>,
  route: R,
  entry: RouteEntry,
): void => {
  leaf.candidates.push({ route, entry, methods: methodsTaken(route.spec), fields: fieldTest(route.spec) })
}

/** Once all candidates are in. */
export const orderLeaf = <R>(leaf: Leaf<R>): void => {
  leaf.forHead = leaf.candidates
  if (leaf.candidates.length === 1) return
  leaf.candidates.sort((a, b) => compareEntries(a.entry, b.entry))
  const named = leaf.candidates.some(candidate => candidate.entry.route.methods.includes('HEAD'))
  if (named) leaf.forHead = leaf.candidates.toSorted((a, b) => compareForHead(a.entry, b.entry))
}

/** The first route of a leaf that takes the request; its parameters are left in `q`. */
export const pick = <R>(leaf: Leaf<R>, scan: Scan, q: MatchInput): R | null => {
  const candidates = q.method === 'HEAD' ? leaf.forHead : leaf.candidates
  for (let i = 0; i < candidates.length; i++) {
    const { methods, fields, route } = candidates[i]!
    if ((methods === null || includes(methods, q.method)) && (fields === null || fields(q))) {
      q.params = paramsOf(leaf, scan)
      return route
    }
  }
  return null
}

/** Method names are interned, so this compares pointers; `Array.prototype.includes` is a call. */
const includes = (methods: readonly string[], method: string): boolean => {
  for (let i = 0; i < methods.length; i++) if (methods[i] === method) return true
  return false
}

const paramsOf = <R>(leaf: Leaf<R>, scan: Scan): readonly string[] => {
  const { params, rest } = leaf
  if (params.length === 0 && rest < 0) return NO_PARAMS
  const values: string[] = []
  for (let i = 0; i < params.length; i++) values.push(scan.text(params[i]!))
  if (rest >= 0) values.push(scan.textFrom(rest))
  return values
}
