import { queryValue } from '../base/query.ts'
import { entriesOf, hostMatches, type RouteEntry } from '../spec/entry.ts'
import { describeField, valueTest } from '../spec/field-match.ts'
import type { Pattern, PatternKind } from '../spec/pattern.ts'
import { compareEntries, compareForHead, difference, STEP_NAMES } from '../spec/precedence.ts'
import type { FieldMatchSpec, RouteSpec } from '../spec/spec.ts'
import type { MatchInput } from './match-input.ts'
import { methodsTaken } from './predicates.ts'

/** A route whose path fits the request and that does not take it. */
export interface Loser<R> {
  readonly route: R
  /** Each predicate that fails; when none does, the step of the matching order at which it lost. */
  readonly reasons: readonly string[]
}

export interface Explanation<R> {
  readonly matched: R | null
  /** By name, still percent-encoded. */
  readonly params: readonly (readonly [name: string, value: string])[]
  /** In the order in which they would be tried. */
  readonly losers: readonly Loser<R>[]
}

interface Considered<R> {
  readonly route: R
  readonly entry: RouteEntry
  readonly fails: readonly string[]
}

/** Looks at routes one by one, as a reader of the configuration would. */
export const explainRoutes = <R extends { readonly spec: RouteSpec }>(
  routes: readonly R[],
  matched: R | null,
  q: MatchInput,
): Explanation<R> => {
  const compare = q.method === 'HEAD' ? compareForHead : compareEntries
  const considered = routes.flatMap(route => consider(route, q) ?? []).sort((a, b) => compare(a.entry, b.entry))
  const winner = considered.find(one => one.route === matched)
  return {
    matched,
    params:
      winner === undefined ? [] : winner.entry.pattern.params.map((name, i) => [name, q.params[i] ?? ''] as const),
    losers: considered
      .filter(one => one !== winner)
      .map(({ route, entry, fails }) => ({ route, reasons: fails.length > 0 ? fails : [lostTo(winner, entry)] })),
  }
}

/** The route's best place for this request; nothing when its path does not fit. */
const consider = <R extends { readonly spec: RouteSpec }>(route: R, q: MatchInput): Considered<R> | undefined => {
  const entries = entriesOf(route.spec).sort(compareEntries)
  if (!patternFits(entries[0]!.pattern, route.spec.match.kind, q.path)) return undefined
  const entry = entries.find(one => hostMatches(one.host, q.host))
  const fails = failures(route.spec, q)
  if (entry === undefined) {
    fails.unshift(
      `host: expects ${route.spec.hosts.join(' or ')}, ` + (q.host === '' ? 'is absent' : `got "${q.host}"`),
    )
  }
  return { route, entry: entry ?? entries[0]!, fails }
}

/** The predicates that a route has and a request fulfils, in the order of matching. */
export const whyMatched = (route: RouteSpec, q: MatchInput): string[] => {
  const { priority, hosts, match, methods } = route
  const host = hosts.find(one => hostMatches(one, q.host))
  const shadow = q.method === 'HEAD' && !methods.includes('HEAD')
  return [
    ...(priority === 0 ? [] : [`priority ${priority}`]),
    ...(host === undefined ? [] : [`host ${host}`]),
    `${match.kind} ${match.pattern}`,
    ...(methods.length === 0 ? [] : [shadow ? 'method HEAD, which follows GET' : `method ${q.method}`]),
    ...route.headers.map(field => `header ${field.name}: ${describeField(field)}`),
    ...route.query.map(field => `query ${field.name}: ${describeField(field)}`),
  ]
}

const failures = (route: RouteSpec, q: MatchInput): string[] => {
  const fails: string[] = []
  const methods = methodsTaken(route)
  if (methods !== null && !methods.includes(q.method)) {
    fails.push(`method: expects ${methods.join(' or ')}, got ${q.method}`)
  }
  for (const field of route.headers) fails.push(...fieldFailure('header', field, q.headers.get(field.name)))
  for (const field of route.query) fails.push(...fieldFailure('query', field, queryValue(q.query, field.name)))
  return fails
}

const fieldFailure = (what: string, field: FieldMatchSpec, got: string | undefined): string[] => {
  if (valueTest(field)(got)) return []
  return [
    `${what} ${field.name}: expects ${describeField(field)}, ` + (got === undefined ? 'is absent' : `got "${got}"`),
  ]
}

const lostTo = <R>(winner: Considered<R> | undefined, entry: RouteEntry): string => {
  const by = winner === undefined ? undefined : difference(winner.entry, entry)
  if (winner === undefined || by === undefined) return 'written later'
  const shorter = winner.entry.shape.startsWith(entry.shape.slice(0, -1)) && winner.entry.kind === entry.kind
  return `less specific: ${STEP_NAMES[by.step] === 'path' && shorter ? 'a shorter prefix' : STEP_NAMES[by.step]}`
}

/** The meaning of a pattern, without the tree. */
export const patternFits = (pattern: Pattern, kind: PatternKind, path: string): boolean => {
  if (pattern.regex !== undefined) return pattern.regex.test(path)
  const given = path.slice(1).split('/')
  const { segments } = pattern
  const rest = segments.at(-1)?.kind === 'rest'
  const open = rest || kind === 'prefix'
  if (open ? given.length < segments.length : given.length !== segments.length) return false
  return segments.every((segment, i) => {
    if (segment.kind === 'rest') return true
    return segment.kind === 'param' ? given[i] !== '' : given[i] === segment.text
  })
}
