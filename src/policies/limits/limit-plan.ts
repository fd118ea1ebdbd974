import { HeaderEdits } from '../../base/headers.ts'
import type { Exchange } from '../../core/exchange.ts'
import type { ConcurrencyRule, LimitRule } from '../../core/limits.ts'
import type { Meter } from '../../core/ports.ts'
import type { RouteSpec } from '../../spec/spec.ts'
import type {
  ConcurrencyLimitSpec,
  LimitKeySpec,
  LimitSpec,
  RateLimitSpec,
  RateSpec,
} from '../../spec/spec-policies.ts'
import { compileLimitKey, type LimitKey } from './limit-key.ts'
import { type LimitMeter, limitMeter } from './limit-meter.ts'

/** The limits of a route, compiled; those in dry run apart, since they are asked one by one and refuse nothing. */
export interface LimitPlans {
  readonly rates: readonly RatePlan[]
  readonly dryRates: readonly RatePlan[]
  readonly concurrency: readonly ConcurrencyPlan[]
}

interface LimitPlan {
  readonly name: string
  readonly key: LimitKey
  readonly dryRun: boolean
  readonly count: LimitMeter
}

export interface RatePlan extends LimitPlan {
  readonly base: RateTier
  /** By name; null: everybody has the same. */
  readonly tiers: ReadonlyMap<string, RateTier> | null
  readonly cost: number
  /** Lower case, or empty. */
  readonly costField: string
  readonly ietf: boolean
  readonly legacy: boolean
}

/** The numbers for one class of consumers, and what is said of them in every answer. */
export interface RateTier {
  readonly rule: LimitRule
  /** Its item of `RateLimit-Policy`. */
  readonly policy: string
  /** Its item of `RateLimit` up to the number. */
  readonly item: string
  /** Both fields where no other limit is told of: the first whole, of the second what it replaces. */
  readonly alone: HeaderEdits
  /** The line of the second up to the number. */
  readonly line: string
  /** Of the older fields the one that is always the same, and what the others replace. */
  readonly older: HeaderEdits
}

export interface ConcurrencyPlan extends LimitPlan {
  readonly base: ConcurrencyTier
  readonly tiers: ReadonlyMap<string, ConcurrencyTier> | null
}

export interface ConcurrencyTier {
  readonly rule: ConcurrencyRule
  readonly policy: string
  readonly item: string
}

/** `params`: names of the parameters of the route's pattern, in order. */
export const compileLimits = (
  route: RouteSpec,
  limits: readonly LimitSpec[],
  params: readonly string[],
  meter: Meter,
): LimitPlans => {
  const rates: RatePlan[] = []
  const dryRates: RatePlan[] = []
  const concurrency: ConcurrencyPlan[] = []
  for (const limit of limits) {
    const plan = {
      name: limit.name,
      key: compileLimitKey(limit.by, params),
      dryRun: limit.dryRun,
      count: limitMeter(meter, route.name, limit.name),
    }
    if (limit.kind === 'concurrency') concurrency.push({ ...plan, ...concurrencyTiers(route.name, limit) })
    else (limit.dryRun ? dryRates : rates).push({ ...plan, ...ratePlan(route.name, limit) })
  }
  return { rates, dryRates, concurrency }
}

const ratePlan = (route: string, limit: RateLimitSpec): Omit<RatePlan, keyof LimitPlan> => {
  const { headers, cost } = limit
  // Clients are not told of a limit that refuses nothing.
  const tells = (form: 'ietf' | 'legacy'): boolean => !limit.dryRun && (headers === form || headers === 'both')
  return {
    base: rateTier(route, limit, '', limit.rate),
    tiers: byTier(limit.tiers, ({ tier, rate }) => rateTier(route, limit, tier, rate)),
    cost: cost.fixed,
    costField: cost.responseHeader,
    ietf: tells('ietf'),
    legacy: tells('legacy'),
  }
}

const rateTier = (route: string, limit: RateLimitSpec, tier: string, rate: RateSpec): RateTier => {
  const { algorithm, onStoreFailure } = limit
  const { count, perMs, burst } = rate
  const id = idOf(route, limit.name, tier, byText(limit.by), algorithm, `${count}/${perMs}`, burst)
  const name = structuredString(limit.name)
  // `w` is whole seconds. Rounded up it promises less than there is: whoever keeps to it is not refused.
  const policy = `${name};q=${Math.floor(count)};w=${Math.ceil(perMs / 1000)}`
  return {
    rule: Object.freeze({ id, algorithm, count, perMs, burst, onStoreFailure }),
    policy,
    item: `${name};r=`,
    line: `ratelimit: ${name};r=`,
    alone: new HeaderEdits().remove('ratelimit').remove('ratelimit-policy').appendClean('ratelimit-policy', policy),
    older: new HeaderEdits()
      .remove('ratelimit-remaining')
      .remove('ratelimit-reset')
      .set('ratelimit-limit', `${Math.floor(count)}`),
  }
}

const concurrencyTiers = (route: string, limit: ConcurrencyLimitSpec): Omit<ConcurrencyPlan, keyof LimitPlan> => ({
  base: concurrencyTier(route, limit, '', limit.max),
  tiers: byTier(limit.tiers, ({ tier, max }) => concurrencyTier(route, limit, tier, max)),
})

/** Without `max` in the id: what is in flight when a reload changes it is still in flight. */
const concurrencyTier = (route: string, limit: ConcurrencyLimitSpec, tier: string, max: number): ConcurrencyTier => {
  const name = structuredString(limit.name)
  return {
    rule: Object.freeze({ id: idOf(route, limit.name, tier, byText(limit.by), 'concurrency'), max }),
    policy: `${name};q=${max};qu="concurrent-requests"`,
    item: `${name};r=`,
  }
}

const byTier = <S extends { readonly tier: string }, T>(
  tiers: readonly S[],
  make: (tier: S) => T,
): ReadonlyMap<string, T> | null =>
  tiers.length === 0 ? null : new Map(tiers.map(tier => [tier.tier, make(tier)] as const))

/** The numbers that count for whoever sent this request. */
export const tierOf = <T>(plan: { readonly base: T; readonly tiers: ReadonlyMap<string, T> | null }, x: Exchange): T =>
  plan.tiers === null || x.identity === null ? plan.base : (plan.tiers.get(x.identity.tier) ?? plan.base)

const byText = (by: readonly LimitKeySpec[]): string =>
  by
    .map(part => ('name' in part ? `${part.kind}:${part.name.replace(/[%+]/g, encodeURIComponent)}` : part.kind))
    .join('+')

/** Parts joined so that no others give the same text. */
const idOf = (...parts: readonly (string | number)[]): string =>
  parts.map(part => `${part}`.replace(/[%|]/g, encodeURIComponent)).join('|')

/** RFC 9651 §3.3.3: printable ASCII, `"` and `\` escaped. */
export const structuredString = (text: string): string =>
  `"${text.replace(/[^\x20-\x7e]/g, '?').replace(/["\\]/g, '\\$&')}"`
