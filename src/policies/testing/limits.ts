import { fakeClock } from '../../base/testing.ts'
import { Exchange } from '../../core/exchange.ts'
import { type Chain, Flow, type Gate, runTaps } from '../../core/flow.ts'
import type { Identity } from '../../core/identity.ts'
import type {
  ConcurrencyRule,
  ConcurrencyStore,
  LimitAsk,
  LimitOutcome,
  LimitRule,
  LimitStore,
  LimitVerdict,
} from '../../core/limits.ts'
import type { Maybe } from '../../core/maybe.ts'
import type { Call } from '../../core/policy.ts'
import type { Labels, Meter } from '../../core/ports.ts'
import { Reply } from '../../core/reply.ts'
import type { RouteSpec } from '../../spec/spec.ts'
import type { ConcurrencyLimitSpec, RateLimitSpec } from '../../spec/spec-policies.ts'
import { rateLimit as defaultRateLimit, OPEN } from '../../spec/testing.ts'
import { consumerMeter } from '../limits/limit-meter.ts'
import { type LimitWorld, limitsAfter, limitsBefore } from '../limits/limit-policies.ts'

export const rateLimit = (given: Partial<RateLimitSpec> = {}): RateLimitSpec =>
  defaultRateLimit({ name: 'perMinute', ...given })

/** `count` a minute. */
export const perMinute = (count: number, given: Partial<RateLimitSpec> = {}): RateLimitSpec =>
  rateLimit({ rate: { count, perMs: 60_000, burst: count }, ...given })

export const inFlight = (max: number, given: Partial<ConcurrencyLimitSpec> = {}): ConcurrencyLimitSpec => ({
  kind: 'concurrency',
  name: 'inflight',
  by: [{ kind: 'ip' }],
  dryRun: false,
  max,
  tiers: [],
  ...given,
})

export const limitedRoute = (limits: RouteSpec['limits'], given: Partial<RouteSpec> = {}): RouteSpec => ({
  name: 'orders',
  index: 0,
  place: undefined,
  priority: 0,
  hosts: [],
  match: { kind: 'prefix', pattern: '/' },
  methods: [],
  headers: [],
  query: [],
  action: { kind: 'respond', status: 200, headers: [], body: '' },
  totalMs: 0,
  ...OPEN,
  limits,
  ...given,
})

/** GCRA in a Map: exact, for one thread. */
export interface FakeLimitStore extends LimitStore {
  /** Every ask so far, one list for each `take`. */
  readonly taken: (readonly LimitAsk[])[]
  readonly charged: LimitAsk[]
  /** What a store does that cannot tell; null: it works. */
  failing: 'allow' | 'deny' | null
  /** Puts each answer off; what it is given answers. */
  later: ((answer: () => LimitOutcome) => Maybe<LimitOutcome>) | null
}

export const fakeLimitStore = (now: () => number): FakeLimitStore => {
  const full = new Map<string, number>()
  const idOf = (ask: LimitAsk): string => JSON.stringify([ask.rule.id, ask.mark, ask.key])
  const usedUntil = (ask: LimitAsk): number => Math.max(full.get(idOf(ask)) ?? 0, now())
  const add = (ask: LimitAsk): void => void full.set(idOf(ask), usedUntil(ask) + ask.cost * stepMs(ask.rule))

  const decide = (asks: readonly LimitAsk[]): LimitOutcome => {
    const waits = asks.map(ask => {
      const { rule, cost } = ask
      if (cost > rule.burst) return Number.POSITIVE_INFINITY
      return Math.max(0, usedUntil(ask) + (cost - rule.burst) * stepMs(rule) - now())
    })
    const allowed = waits.every(wait => wait === 0)
    if (allowed) asks.forEach(add)
    return { allowed, verdicts: asks.map((ask, i) => verdictOf(ask.rule, usedUntil(ask) - now(), waits[i]!)) }
  }

  const store: FakeLimitStore = {
    taken: [],
    charged: [],
    failing: null,
    later: null,
    take(asks) {
      store.taken.push(asks)
      const answer = (): LimitOutcome =>
        store.failing === null ? decide(asks) : { allowed: store.failing === 'allow', verdicts: [] }
      return store.later === null ? answer() : store.later(answer)
    },
    charge(ask) {
      store.charged.push(ask)
      add(ask)
    },
  }
  return store
}

const stepMs = (rule: LimitRule): number => rule.perMs / rule.count

const verdictOf = (rule: LimitRule, usedMs: number, retryMs: number): LimitVerdict => {
  const used = usedMs / stepMs(rule)
  return {
    allowed: retryMs === 0,
    remaining: Math.max(0, Math.floor(rule.burst - used)),
    resetMs: usedMs - (Math.ceil(used) - 1) * stepMs(rule),
    retryMs,
  }
}

export interface FakeConcurrency extends ConcurrencyStore {
  /** Leases held now. */
  readonly held: Map<number, string>
  /** Leases given back that were not held: each is a bug. */
  wrong: number
}

export const fakeConcurrency = (): FakeConcurrency => {
  const held = new Map<number, string>()
  let next = 0
  const store: FakeConcurrency = {
    held,
    wrong: 0,
    enter(rule: ConcurrencyRule, key: string) {
      const id = `${rule.id} ${key}`
      if ([...held.values()].filter(other => other === id).length >= rule.max) return -1
      held.set(next, id)
      return next++
    },
    leave(lease) {
      if (!held.delete(lease)) store.wrong++
    },
  }
  return store
}

/** Counts by name and label values, e.g. `limit_requests orders perMinute allowed`. */
export const fakeMeter = () => {
  const counts: Record<string, number> = {}
  const meter: Meter = {
    counter(name: string, labels: Labels = {}) {
      const id = [name.replace(/^sallyport_|_total$/g, ''), ...Object.values(labels)].join(' ')
      const add = (n: number): void => {
        counts[id] = (counts[id] ?? 0) + n
      }
      return { add }
    },
    gauge: () => ({ add: () => {}, total: () => 0 }),
    histogram: () => ({ observe: () => {} }),
  }
  return { meter, counts }
}

/** Everything that limits are made with, all fake. */
export const limitWorld = (given: { params?: readonly string[]; consumers?: readonly string[] } = {}) => {
  const clock = fakeClock()
  const { meter, counts } = fakeMeter()
  const store = fakeLimitStore(() => clock.now())
  const concurrency = fakeConcurrency()
  const world: LimitWorld = {
    store,
    concurrency,
    meter,
    consumers: consumerMeter(meter, given.consumers ?? []),
    params: given.params ?? [],
  }
  return { world, clock, store, concurrency, counts }
}

export const identity = (given: Partial<Identity> = {}): Identity => ({
  way: 'main',
  consumer: '',
  subject: '',
  keyId: '',
  roles: new Set(),
  scopes: new Set(),
  tier: '',
  claims: null,
  headers: null,
  ...given,
})

interface WalkParts {
  /** Stands where authentication and access do. */
  readonly auth?: Gate
  /** Stands behind all limits. */
  readonly later?: Gate
  readonly call?: Call
}

/** Both places where a route's limits are asked. */
export const limitPolicies = (route: RouteSpec, world: LimitWorld) => ({
  before: limitsBefore(route, world),
  after: limitsAfter(route, world),
})

/** One request through a route's limits, as the gateway would run it; `finish` is when all is over. */
export const walk = (route: RouteSpec, world: LimitWorld, parts: WalkParts = {}, given: Partial<Exchange> = {}) => {
  const { before, after } = limitPolicies(route, world)
  const policies = [before, after].filter(policy => policy !== undefined)
  const gates = [before?.gate, parts.auth, after?.gate, parts.later].filter(gate => gate !== undefined)
  const taps = policies.flatMap(policy => policy.tap ?? [])
  const chain: Chain = {
    gates,
    call: parts.call ?? (() => new Reply(200)),
    shapes: policies.flatMap(policy => policy.shape ?? []),
    taps,
  }
  const x = Object.assign(new Exchange(), { clientAddress: '192.0.2.1' }, given)
  const sent: Reply[] = []
  const thrown: unknown[] = []
  const onThrow = (error: unknown): void => void thrown.push(error)
  new Flow(x, chain, { send: (_x, reply) => void sent.push(reply) }, onThrow).start()
  return {
    x,
    sent,
    thrown,
    finish: () => runTaps(taps, x, sent[0] ?? new Reply(0), onThrow),
    get reply(): Reply {
      const [reply] = sent
      if (reply === undefined) throw new Error('nothing was sent')
      return reply
    },
  }
}
