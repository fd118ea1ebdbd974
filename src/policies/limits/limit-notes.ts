import type { Exchange, LimitNotes } from '../../core/exchange.ts'
import type { LimitAsk, LimitRule, LimitVerdict } from '../../core/limits.ts'
import { type ConcurrencyTier, type RatePlan, type RateTier, tierOf } from './limit-plan.ts'

/** What was asked of the store for one request, and what came of it. */
export class RateAsk implements LimitAsk {
  readonly plan: RatePlan
  readonly tier: RateTier
  readonly rule: LimitRule
  readonly cost: number
  mark = ''
  key = ''
  /** Null until the store has answered, and for good when it failed. */
  verdict: LimitVerdict | null = null
  /** Charged after the verdict, or, below 0, given back. */
  charged = 0
  /** The one asked after it for the same request. */
  next: RateAsk | null = null

  constructor(plan: RatePlan, x: Exchange) {
    const tier = tierOf(plan, x)
    this.plan = plan
    this.tier = tier
    this.rule = tier.rule
    this.cost = plan.cost
    plan.key(x, this)
  }
}

export const NO_ASKS: readonly RateAsk[] = Object.freeze([])

/** What the limits of one request leave for its answer's head and its end. */
export class LimitsTaken implements LimitNotes {
  readonly kind = 'limits'
  /** Of the rates, in a chain: nearly always it is one, for which a list would be two objects more. */
  first: RateAsk | null = null
  /** To be given back when all is over. */
  leases: number[] | null = null
  /** The concurrency limit that refused. */
  full: ConcurrencyTier | null = null
  refused = false
  /** Nothing may be entered any more: nobody would leave it. */
  over = false

  add(ask: RateAsk): void {
    let last = this.first
    if (last === null) this.first = ask
    else {
      while (last.next !== null) last = last.next
      last.next = ask
    }
  }
}

/** The notes of a request, made when it meets its first limit. */
export const notesOf = (x: Exchange): LimitsTaken => {
  const { limitNotes } = x
  if (limitNotes instanceof LimitsTaken) return limitNotes
  const notes = new LimitsTaken()
  x.limitNotes = notes
  return notes
}
