import { buildAggregate } from './build-aggregate.ts'
import { buildFields } from './build-edits.ts'
import { buildPlugins } from './build-plugins.ts'
import { buildPolicies, type Policies } from './build-policies.ts'
import { buildRespond } from './build-respond.ts'
import { retryOf } from './build-retry.ts'
import { buildFault, buildSplit } from './build-shaping.ts'
import type { ConfigDraft, RouteDraft } from './checks/draft.ts'
import { parsePattern } from './pattern.ts'
import type { PlacedRoute } from './placed-route.ts'
import { type Path, showPlace } from './problem.ts'
import { checkedRegex } from './regex-pattern.ts'
import { describeMatch, routeName, uniqueNames } from './route-name.ts'
import type { Draft } from './salvage.ts'
import type { HandlerOutput } from './schema/handler.ts'
import { kindWritten, type PatternKind } from './segment.ts'
import { type Source, valueAt } from './source.ts'
import type { ActionSpec, FieldMatchSpec, RouteSpec } from './spec.ts'
import type { TypedSpec } from './spec-typed.ts'

/** The routes whose predicates are right; of an action that is not, nothing is kept but its place. */
export const buildRoutes = (draft: ConfigDraft, placed: readonly PlacedRoute[], source: Source): RouteSpec[] => {
  const given = placed.flatMap(({ frontend, own }) => (own.name === undefined ? [] : [routeName(frontend, own.name)]))
  const nameFor = uniqueNames(given)
  const ways = Object.keys(draft.auth ?? {})
  return placed.flatMap(route => {
    const matching = buildRoute(route, source, nameFor)
    return matching === undefined
      ? []
      : [
          {
            ...matching,
            ...buildPolicies(route, draft.defaults, ways),
            plugins: buildPlugins(route, draft.defaults, source),
          },
        ]
  })
}

const buildRoute = (
  placed: PlacedRoute,
  source: Source,
  nameFor: (wanted: string) => string,
): Omit<RouteSpec, keyof Policies | 'plugins'> | undefined => {
  const { path, index, frontend, route, own } = placed
  const match = matchOf(route)
  const asWritten = matchOf(own)
  if (match === undefined || asWritten === undefined || hasHoles(placed, source)) return undefined
  const predicates = predicatesOf(route, match)
  const place = source.locate(path, 'value')
  const called = describeMatch(
    frontend === '' ? predicates : { ...predicates, hosts: defined(own.hosts), match: asWritten },
  )
  return {
    name: own.name === undefined ? nameFor(routeName(frontend, called)) : routeName(frontend, own.name),
    index,
    place: place === undefined ? undefined : showPlace(place),
    frontend,
    listeners: listenersOf(placed),
    priority: route.priority ?? 0,
    ...predicates,
    action: actionOf(route, path, source) ?? NO_ACTION,
    totalMs: route.timeout ?? 0,
    retry: retryOf(route.retry),
    fault: buildFault(route.fault),
    fields: hasFixedAnswer(route) ? undefined : buildFields(route.fields),
  }
}

const predicatesOf = (
  route: RouteDraft,
  match: RouteSpec['match'],
): Pick<RouteSpec, 'hosts' | 'match' | 'methods' | 'headers' | 'query'> => ({
  hosts: defined(route.hosts),
  match,
  methods: methodsOf(route),
  headers: fieldMatches(route.headers, name => name.toLowerCase()),
  query: fieldMatches(route.query, name => name),
})

/** An aggregate or a handler only reads unless it says otherwise; HEAD follows GET. */
const methodsOf = ({ methods, aggregate, handler }: RouteDraft): readonly string[] =>
  methods === undefined && (aggregate !== undefined || handler !== undefined) ? ['GET'] : [...new Set(defined(methods))]

const listenersOf = ({ scopes }: PlacedRoute): readonly string[] =>
  scopes.flatMap(({ draft }) => ('listener' in draft ? defined(draft.listener) : []))

/** What is written in the configuration has the fields that were wanted. */
const hasFixedAnswer = ({ respond, redirect }: RouteDraft): boolean => respond !== undefined || redirect !== undefined

const matchOf = (route: Pick<RouteDraft, PatternKind>): RouteSpec['match'] | undefined => {
  const kind = kindWritten(route)
  const pattern = route[kind]
  return pattern === undefined || 'error' in parsePattern(pattern, kind) ? undefined : { kind, pattern }
}

const PREDICATES = ['hosts', 'methods', 'headers', 'query', 'priority'] as const

/** A predicate that did not parse would make the route look wider than it is meant. */
const hasHoles = ({ path, own, scopes }: PlacedRoute, source: Source): boolean =>
  PREDICATES.some(key => isBroken(own[key], source, [...path, key])) ||
  scopes.some(scope => AROUND.some(key => isBroken(scope.draft[key], source, [...scope.path, key])))

const AROUND = ['hosts', 'prefix'] as const

const isBroken = (value: unknown, source: Source, path: Path): boolean => {
  if (value === undefined) return valueAt(source.document, path) !== undefined
  return typeof value === 'object' && value !== null && Object.values(value).some(item => !isWhole(item))
}

/** One of a list, or the value of a header or a query parameter. */
const isWhole = (item: unknown): boolean => {
  if (typeof item === 'string') return true
  const { regex } = (item ?? {}) as { regex?: unknown }
  return typeof regex === 'string' && !('error' in checkedRegex(regex))
}

const fieldMatches = (values: RouteDraft['query'], key: (name: string) => string): FieldMatchSpec[] =>
  Object.entries(values ?? {}).flatMap(([name, value]) =>
    typeof value === 'string' ? [{ name: key(name), value }] : regexField(key(name), value?.regex),
  )

const regexField = (name: string, regex: string | undefined): FieldMatchSpec[] =>
  regex === undefined ? [] : [{ name, regex }]

const actionOf = (draft: RouteDraft, path: Path, { typed }: Source): ActionSpec | undefined => {
  if (draft.to !== undefined) return forwardOf(draft)
  if (draft.aggregate !== undefined) {
    return buildAggregate(draft.aggregate, draft.retry, typed?.([...path, 'aggregate']))
  }
  if (draft.handler !== undefined) return buildHandler(draft.handler, typed?.([...path, 'handler']))
  if (draft.respond !== undefined) return buildRespond(draft.respond)
  return draft.redirect === undefined ? undefined : redirectOf(draft.redirect)
}

const redirectOf = ({ to = '', scheme, host, port, status }: NonNullable<RouteDraft['redirect']>): ActionSpec => {
  const origin = { scheme: scheme ?? '', host: host ?? '', port: port ?? 0 } as const
  const changed = scheme !== undefined || host !== undefined || port !== undefined
  return { kind: 'redirect', to, ...(changed ? { origin } : {}), status: status ?? 302 }
}

/** Undefined where there is no code: the checks say so. */
const buildHandler = (draft: Draft<HandlerOutput>, typed: TypedSpec | undefined): ActionSpec | undefined => {
  const { deadline, maxBytes } = draft
  if (typed === undefined || deadline === undefined || maxBytes === undefined) return undefined
  return { kind: 'handler', deadlineMs: deadline, maxBytes, typed }
}

const forwardOf = ({ to, split, stripPrefix, rewrite, rewriteHost }: RouteDraft): ActionSpec => {
  const weights: [string, number | undefined][] = typeof to === 'string' ? [[to, 1]] : Object.entries(to ?? {})
  const least = split?.header === undefined && split?.cookie === undefined ? 1 : 0
  return {
    kind: 'forward',
    to: weights.flatMap(([service, weight = 0]) => (weight >= least ? [{ service, weight }] : [])),
    split: buildSplit(split),
    stripPrefix: stripPrefix ?? false,
    rewrite,
    host: rewriteHost ?? '',
  }
}

/** Stands where an action is wrong; a Spec with such a route is never handed out. */
const NO_ACTION: ActionSpec = { kind: 'respond', status: 500, headers: [], body: '' }

const defined = <T>(items: readonly (T | undefined)[] | undefined): T[] =>
  (items ?? []).filter((item): item is T => item !== undefined)
