import type { Exchange } from '../../core/exchange.ts'
import type { Maybe } from '../../core/maybe.ts'
import type { Clock } from '../../core/ports.ts'
import type { Reply } from '../../core/reply.ts'
import type { RetrySpec } from '../../spec/spec-resilience.ts'
import type { After } from '../discard.ts'
import type { Member } from '../member.ts'
import type { ReasonOf, RetryReason } from './retry-reason.ts'

/**
 * One try: adds the target it asks to `tried`, and sets `x.outcome` before it answers. `perTryMs`: longest wait for the
 * head of the answer; 0: no bound of its own.
 */
export type TryCall = (x: Exchange, tried: Member[], perTryMs: number) => Maybe<Reply>

/** Keeps retries a small share of what there is to do. `now`: a moment of cells.ts. */
export interface RetryBudget {
  request(now: number): void
  tryRetry(now: number): boolean
  /** A retry that was allowed at `at` is not sent after all. */
  giveBack(at: number): void
}

export interface RetryWorld {
  /** `wall` is for dates in `Retry-After`. */
  readonly clock: Clock
  /** Milliseconds of the clock that all threads share. */
  sharedNow(): number
  /** Never calls before it returns, even after 0 ms. */
  readonly after: After
  /** 0 ≤ r < 1 */
  random(): number
  /** Null: retries are bounded by their number alone. */
  readonly budget: RetryBudget | null
  /** Whether a target could be asked that is not in `tried`; absent: there always is one. */
  hasOther?(tried: readonly Member[]): boolean
  /** Whether the service's breaker lets in one more now; absent: it does. A try may have opened it itself. */
  admits?(): boolean
  onRetry(reason: RetryReason): void
  onBudgetExhausted(): void
}

/** What the retries of one route or service have in common. */
export interface RetryPlan {
  readonly spec: RetrySpec
  readonly next: TryCall
  readonly world: RetryWorld
  readonly reasonOf: ReasonOf
  /** Largest request body that is kept; 0: none is, as no retry could send one that was sent before. */
  readonly maxBodyBytes: number
}
