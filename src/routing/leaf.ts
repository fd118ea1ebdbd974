import type { Regex } from '../base/regex.ts'
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
  /** The method it takes, or the first of several; empty: any. */
  readonly method: string
  readonly otherMethods: readonly string[] | null
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
  /** In place of segments. */
  readonly regex: Regex | undefined
}

export const NO_PARAMS: readonly string[] = Object.freeze([])

export const makeLeaf = <R>(pattern: Pattern): Leaf<R> => {
  const params: number[] = []
  for (const [i, segment] of pattern.segments.entries()) if (segment.kind === 'param') params.push(i)
  const rest = pattern.segments.at(-1)?.kind === 'rest' ? pattern.segments.length - 1 : -1
  return { candidates: [], forHead: [], params, rest, regex: pattern.regex }
}

export const addCandidate = <R extends { readonly spec: RouteSpec }>(
  leaf: Leaf<R>,
  route: R,
  entry: RouteEntry,
): void => {
  const [method = '', ...others] = methodsTaken(route.spec) ?? []
  leaf.candidates.push({
    route,
    entry,
    method,
    otherMethods: others.length === 0 ? null : others,
    fields: fieldTest(route.spec),
  })
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
    const candidate = candidates[i]!
    if (takesMethod(candidate, q.method) && (candidate.fields === null || candidate.fields(q))) {
      q.params = paramsOf(leaf, scan)
      return candidate.route
    }
  }
  return null
}

/** The common case, one method, is decided without another object: far-apart ones are what a large table costs. */
const takesMethod = <R>({ method, otherMethods }: Candidate<R>, asked: string): boolean =>
  method === asked || method === '' || otherMethods?.includes(asked) === true

const paramsOf = <R>({ params, rest, regex }: Leaf<R>, scan: Scan): readonly string[] => {
  if (regex !== undefined) return regex.capture(scan.path)
  if (rest >= 0) return [...params.map(segment => scan.text(segment)), scan.textFrom(rest)]
  // Written out, because such arrays are as large as they need to be: one that grows by `push` has room for 17.
  if (params.length === 0) return NO_PARAMS
  if (params.length === 1) return [scan.text(params[0]!)]
  if (params.length === 2) return [scan.text(params[0]!), scan.text(params[1]!)]
  return params.map(segment => scan.text(segment))
}
