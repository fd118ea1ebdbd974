import type { LimitRule } from '../../core/limits.ts'

const shares = new WeakMap<LimitRule, { readonly instances: number; readonly rule: LimitRule }>()

/**
 * The part of a rule that one of `instances` gateways may admit by itself, rounded up. The same object as long as the
 * number stays the same; counted apart from the whole rule.
 */
export const scaleRule = (rule: LimitRule, instances: number): LimitRule => {
  const known = shares.get(rule)
  if (known?.instances === instances) return known.rule
  const part = (whole: number): number => Math.ceil(whole / instances)
  const scaled = { ...rule, id: `${rule.id}/${instances}`, count: part(rule.count), burst: part(rule.burst) }
  shares.set(rule, { instances, rule: scaled })
  return scaled
}
