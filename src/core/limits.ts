import type { Maybe } from './maybe.ts'

/** The ports through which limits are counted; what counts is in `store/`, what asks is in `policies/`. */

/** One limit with its numbers, made at load; the same object for every request. */
export interface LimitRule {
  /**
   * Tells rules apart, on all workers and machines and across reloads: holds everything that changes what a count
   * means (route, limit, tier, algorithm, rate).
   */
  readonly id: string
  readonly algorithm: 'gcra' | 'fixed-window' | 'sliding-window'
  readonly count: number
  readonly perMs: number
  /** Most at once (gcra only). */
  readonly burst: number
  readonly onStoreFailure: 'local' | 'allow' | 'deny'
}

/** A rule about one key. */
export interface LimitAsk {
  readonly rule: LimitRule
  /** What `key` is; one of few, by the configuration alone. The two are apart so that nobody has to join them. */
  readonly mark: string
  /** Whose requests are counted together; any text, from a stranger. */
  readonly key: string
  /** At least 0; 0 only looks. */
  readonly cost: number
}

/** What one rule says about one key. */
export interface LimitVerdict {
  readonly allowed: boolean
  /** What is left, whole requests of cost 1, at least 0. */
  readonly remaining: number
  /** Until more is available than now, ms; 0 when all is. */
  readonly resetMs: number
  /** Until the same ask may succeed, ms; 0 when allowed; Infinity when its cost is more than the rule ever gives. */
  readonly retryMs: number
}

export interface LimitOutcome {
  readonly allowed: boolean
  /** One for each ask, in order. Empty when the store failed and `onStoreFailure` decided. */
  readonly verdicts: readonly LimitVerdict[]
}

export interface LimitStore {
  /** Takes the cost of every ask, or of none when one of them is refused. Never rejects. */
  take(asks: readonly LimitAsk[]): Maybe<LimitOutcome>
  /** Takes (or, below 0, gives back) a cost whatever the rule says; what went before cannot be refused any more. */
  charge(ask: LimitAsk): void
}

export interface ConcurrencyRule {
  readonly id: string
  readonly max: number
}

/** Counts what is in flight, over all workers of this machine. */
export interface ConcurrencyStore {
  /** A lease to give back with `leave`, or -1: there are `max` already. */
  enter(rule: ConcurrencyRule, key: string): number
  leave(lease: number): void
}
