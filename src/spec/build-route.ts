import { buildPolicies, type Policies } from './build-policies.ts'
import { buildRespond } from './build-respond.ts'
import { buildRetry } from './build-retry.ts'
import { buildFault, buildSplit } from './build-shaping.ts'
import type { ConfigDraft, RouteDraft } from './checks/draft.ts'
import { parsePattern } from './pattern.ts'
import { showPlace } from './problem.ts'
import { describeMatch, uniqueNames } from './route-name.ts'
import { type Source, valueAt } from './source.ts'
import type { ActionSpec, FieldMatchSpec, RouteSpec } from './spec.ts'

/** The routes whose predicates are right; of an action that is not, nothing is kept but its place. */
export const buildRoutes = (draft: ConfigDraft, source: Source): RouteSpec[] => {
  const drafts = draft.routes ?? []
  const nameFor = uniqueNames(drafts.flatMap(route => route?.name ?? []))
  const policies = (route: RouteDraft) => buildPolicies(route, draft.defaults, Object.keys(draft.auth ?? {}))
  return drafts.flatMap((route, index) => {
    if (route === undefined) return []
    const matching = buildRoute(route, index, source, nameFor)
    return matching === undefined ? [] : [{ ...matching, ...policies(route) }]
  })
}

const buildRoute = (
  draft: RouteDraft,
  index: number,
  source: Source,
  nameFor: (wanted: string) => string,
): Omit<RouteSpec, keyof Policies> | undefined => {
  const match = matchOf(draft)
  if (match === undefined || hasHoles(draft, source, index)) return undefined
  const predicates = {
    hosts: draft.hosts?.filter(isDefined) ?? [],
    match,
    methods: [...new Set(draft.methods?.filter(isDefined) ?? [])],
    headers: fields(draft.headers, name => name.toLowerCase()),
    query: fields(draft.query, name => name),
  }
  const place = source.locate(['routes', index], 'value')
  return {
    name: draft.name ?? nameFor(describeMatch(predicates)),
    index,
    place: place === undefined ? undefined : showPlace(place),
    priority: draft.priority ?? 0,
    ...predicates,
    action: actionOf(draft) ?? NO_ACTION,
    totalMs: draft.timeout ?? 0,
    retry: retryOf(draft.retry),
    fault: buildFault(draft.fault),
    frontend: '',
    listeners: [],
    fields: [],
  }
}

const matchOf = ({ path, prefix }: RouteDraft): RouteSpec['match'] | undefined => {
  const kind = path === undefined ? 'prefix' : 'path'
  const pattern = path ?? prefix
  return pattern === undefined || 'error' in parsePattern(pattern, kind) ? undefined : { kind, pattern }
}

const PREDICATES = ['hosts', 'methods', 'headers', 'query', 'priority'] as const

/** A predicate that did not parse would make the route look wider than it is meant. */
const hasHoles = (draft: RouteDraft, source: Source, index: number): boolean =>
  PREDICATES.some(key => {
    const value = draft[key]
    if (value === undefined) return valueAt(source.document, ['routes', index, key]) !== undefined
    return typeof value === 'object' && Object.values(value).some(item => typeof item !== 'string')
  })

const fields = (values: RouteDraft['query'], key: (name: string) => string): FieldMatchSpec[] =>
  Object.entries(values ?? {}).flatMap(([name, value]) =>
    typeof value === 'string' ? [{ name: key(name), value }] : [],
  )

const actionOf = (draft: RouteDraft): ActionSpec | undefined => {
  if (draft.to !== undefined) return forwardOf(draft)
  if (draft.respond !== undefined) return buildRespond(draft.respond)
  const { to, status } = draft.redirect ?? {}
  return to === undefined || status === undefined ? undefined : { kind: 'redirect', to, status }
}

/** One try alone is none again, whatever the service says. */
const retryOf = (retry: RouteDraft['retry']): RouteSpec['retry'] =>
  retry === undefined ? undefined : typeof retry === 'string' ? retry : (buildRetry(retry) ?? 'none')

const forwardOf = ({ to, split, stripPrefix, rewrite }: RouteDraft): ActionSpec => {
  const weights: [string, number | undefined][] = typeof to === 'string' ? [[to, 1]] : Object.entries(to ?? {})
  const least = split?.header === undefined && split?.cookie === undefined ? 1 : 0
  return {
    kind: 'forward',
    to: weights.flatMap(([service, weight = 0]) => (weight >= least ? [{ service, weight }] : [])),
    split: buildSplit(split),
    stripPrefix: stripPrefix ?? false,
    rewrite,
  }
}

/** Stands where an action is wrong; a Spec with such a route is never handed out. */
const NO_ACTION: ActionSpec = { kind: 'respond', status: 500, headers: [], body: '' }

const isDefined = <T>(value: T | undefined): value is T => value !== undefined
