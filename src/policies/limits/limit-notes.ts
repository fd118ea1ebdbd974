import type { Exchange, LimitNotes } from '../../core/exchange.ts'
import type { LimitAsk, LimitVerdict } from '../../core/limits.ts'
import type { ConcurrencyTier, RatePlan, RateTier } from './limit-plan.ts'

/** What was asked of the store for one request, and what came of it. */
export interface RateAsk extends LimitAsk {
  readonly plan: RatePlan
  readonly tier: RateTier
  /** Null until the store has answered, and for good when it failed. */
  verdict: LimitVerdict | null
  /** Charged after the verdict, or, below 0, given back. */
  charged: number
}

export const NO_ASKS: readonly RateAsk[] = Object.freeze([])

/** What the limits of one request leave for its answer's head and its end. */
export class LimitsTaken implements LimitNotes {
  readonly kind = 'limits'
  asks: readonly RateAsk[] = NO_ASKS
  /** To be given back when all is over. */
  leases: number[] | null = null
  /** The concurrency limit that refused. */
  full: ConcurrencyTier | null = null
  refused = false
  /** Nothing may be entered any more: nobody would leave it. */
  over = false

  add(asks: readonly RateAsk[]): void {
    this.asks = this.asks.length === 0 ? asks : [...this.asks, ...asks]
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
