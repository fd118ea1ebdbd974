import type { Path } from './problem.ts'
import type { Draft } from './salvage.ts'
import type { LimitOutput } from './schema/limits.ts'
import type { RateSpec } from './spec-policies.ts'

export type LimitDraft = Draft<LimitOutput>

/** The limits of a route with their places: `rateLimit` holds one or a list. */
export const limitsAt = (
  path: Path,
  written: LimitDraft | readonly (LimitDraft | undefined)[] | undefined,
): { readonly path: Path; readonly limit: LimitDraft }[] => {
  if (written === undefined) return []
  if (!isList(written)) return [{ path, limit: written }]
  return written.flatMap((limit, i) => (limit === undefined ? [] : [{ path: [...path, i], limit }]))
}

const isList = (
  value: LimitDraft | readonly (LimitDraft | undefined)[],
): value is readonly (LimitDraft | undefined)[] => Array.isArray(value)

/** A limit's name: as given, or `default`, `default-2`, ... for those without. */
export const limitNames = (limits: readonly LimitDraft[]): string[] => {
  const taken = new Set(limits.flatMap(({ name }) => name ?? []))
  return limits.map(({ name }) => {
    if (name !== undefined) return name
    let free = 'default'
    for (let i = 2; taken.has(free); i++) free = `default-${i}`
    taken.add(free)
    return free
  })
}

type TierDraft = NonNullable<NonNullable<LimitDraft['tiers']>[string]>

/** Undefined for a number, and where something is missing. */
export const tierRate = (tier: TierDraft): RateSpec | undefined => {
  if (typeof tier === 'number') return undefined
  return 'limit' in tier ? rateOf(tier.limit, tier.burst) : 'count' in tier ? rateOf(tier) : undefined
}

export const rateOf = (
  rate: { readonly count?: number | undefined; readonly perMs?: number | undefined } | undefined,
  burst?: number,
): RateSpec | undefined => {
  if (rate?.count === undefined || rate.perMs === undefined) return undefined
  return { count: rate.count, perMs: rate.perMs, burst: burst ?? rate.count }
}
