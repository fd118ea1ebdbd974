import { authRule } from './auth-rule.ts'
import { buildHeaderEdits } from './build-header-edits.ts'
import type { ConfigDraft, RouteDraft } from './checks/draft.ts'
import { type LimitDraft, limitNames, limitsAt, rateOf, tierRate } from './limit-list.ts'
import type { PlacedRoute } from './placed-route.ts'
import type { RouteSpec } from './spec.ts'
import type {
  AccessSpec,
  CorsSpec,
  IpRulesSpec,
  LabelsRuleSpec,
  LimitKeySpec,
  LimitSpec,
  RateLimitSpec,
} from './spec-policies.ts'

export type Policies = Pick<
  RouteSpec,
  'auth' | 'access' | 'limits' | 'cors' | 'ip' | 'requestHeaders' | 'responseHeaders'
>

/** What a route asks of a request. Where something is wrong it is left out; such a Spec is never handed out. */
export const buildPolicies = (
  { own, scopes, route }: PlacedRoute,
  defaults: ConfigDraft['defaults'],
  ways: readonly string[],
): Policies => {
  const { access, rateLimit, cors, ip, respond, redirect } = route
  const outermostFirst = [...scopes.map(({ draft }) => draft).reverse(), own]
  const isFixed = respond !== undefined || redirect !== undefined
  return {
    auth: authRule([own.auth, ...scopes.map(({ draft }) => draft.auth), defaults?.auth], ways),
    access: access && buildAccess(access),
    limits: buildLimits(limitsAt([], rateLimit).map(({ limit }) => limit)),
    cors: cors && buildCors(cors),
    ip: ip && buildIp(ip),
    // Nobody reads the request of a fixed answer.
    requestHeaders: isFixed
      ? []
      : buildHeaderEdits([defaults?.requestHeaders, ...outermostFirst.map(draft => draft.requestHeaders)]),
    responseHeaders: buildHeaderEdits([
      defaults?.responseHeaders,
      ...outermostFirst.map(draft => draft.responseHeaders),
    ]),
  }
}

const buildAccess = ({ roles, scopes, consumers, claims }: NonNullable<RouteDraft['access']>): AccessSpec => ({
  roles: labelsRule(roles, 'any'),
  scopes: labelsRule(scopes, 'all'),
  consumers: defined(consumers),
  claims: Object.entries(claims ?? {}).map(([claim, value]) => ({
    claim,
    values: Array.isArray(value) ? defined(value) : value === undefined ? [] : [value],
  })),
})

type LabelsDraft = NonNullable<NonNullable<RouteDraft['access']>['roles']>

const labelsRule = (labels: LabelsDraft | undefined, plain: 'any' | 'all'): LabelsRuleSpec | undefined => {
  if (labels === undefined) return undefined
  if (Array.isArray(labels)) return { need: plain, values: defined(labels) }
  return labels.all === undefined
    ? { need: 'any', values: defined(labels.any) }
    : { need: 'all', values: defined(labels.all) }
}

const buildLimits = (limits: readonly LimitDraft[]): LimitSpec[] => {
  const names = limitNames(limits)
  return limits.flatMap((limit, i): LimitSpec[] => {
    const { concurrent, dryRun = false, tiers = {} } = limit
    const common = { name: names[i] ?? '', by: keysOf(limit.by), dryRun }
    if (concurrent === undefined) return buildRate(limit, common)
    const numbers = Object.entries(tiers).flatMap(([tier, max]) => (typeof max === 'number' ? [{ tier, max }] : []))
    return [{ kind: 'concurrency', ...common, max: concurrent, tiers: numbers }]
  })
}

const buildRate = (limit: LimitDraft, common: Pick<LimitSpec, 'name' | 'by' | 'dryRun'>): RateLimitSpec[] => {
  const rate = rateOf(limit.limit, limit.burst)
  if (rate === undefined) return []
  const { algorithm = 'gcra', headers = 'ietf', onStoreFailure = 'local', cost = 1 } = limit
  const tiers = Object.entries(limit.tiers ?? {}).flatMap(([tier, written]) => {
    const inTier = written === undefined ? undefined : tierRate(written)
    return inTier === undefined ? [] : [{ tier, rate: inTier }]
  })
  return [{ kind: 'rate', ...common, rate, tiers, algorithm, cost: costOf(cost), headers, onStoreFailure }]
}

const costOf = (cost: NonNullable<LimitDraft['cost']>): RateLimitSpec['cost'] =>
  typeof cost === 'number'
    ? { fixed: cost, responseHeader: '' }
    : { fixed: cost.default ?? 1, responseHeader: cost.header?.toLowerCase() ?? '' }

const keysOf = (by: LimitDraft['by']): LimitKeySpec[] => (Array.isArray(by) ? defined(by) : defined([by])).map(keyOf)

/** `claim:org.id`, `ip`. */
export const keyOf = (text: string): LimitKeySpec => {
  const [, kind, name = ''] = /^(claim|header|param):(.*)$/s.exec(text) ?? []
  if (kind === 'header') return { kind, name: name.toLowerCase() }
  if (kind === 'claim' || kind === 'param') return { kind, name }
  return { kind: text === 'consumer' || text === 'key' || text === 'route' ? text : 'ip' }
}

const buildCors = (draft: NonNullable<RouteDraft['cors']>): CorsSpec | 'pass' => {
  if (typeof draft === 'string') return draft
  const { origins, ...cors } = draft
  const headers = defined(cors.headers).map(name => name.toLowerCase())
  return {
    origins: [...new Set(Array.isArray(origins) ? defined(origins) : defined([origins]))],
    methods: [...new Set(defined(cors.methods))],
    headers: headers.includes('*') ? [] : headers,
    expose: defined(cors.expose).map(name => name.toLowerCase()),
    credentials: cors.credentials ?? false,
    maxAgeMs: cors.maxAge ?? 0,
  }
}

const buildIp = ({ allow, deny }: NonNullable<RouteDraft['ip']>): IpRulesSpec => ({
  allow: defined(allow),
  deny: defined(deny),
})

const defined = <T>(items: readonly (T | undefined)[] | undefined): T[] =>
  (items ?? []).filter((item): item is T => item !== undefined)
