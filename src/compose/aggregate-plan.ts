import type { Exchange } from '../core/exchange.ts'
import type { Clock } from '../core/ports.ts'
import type { Reply } from '../core/reply.ts'
import type { DropField } from '../http1/serialize.ts'
import type { Answer } from './answer.ts'
import type { BodyRoom } from './body-room.ts'
import type { MissingReason } from './branch.ts'
import type { BranchPlan } from './branch-plan.ts'
import type { Compose } from './compose.ts'

/** How a branch ended, for metrics. `cancelled`: the answer was decided, or not wanted any more, before it did. */
export type BranchOutcome = 'ok' | 'left out' | 'cancelled' | MissingReason

export interface AggregateWorld {
  readonly clock: Clock
  /** As the clock, but moving on while code runs: code of a configuration may take its time. */
  truly(): number
  /** Fields that only the gateway may send; undefined: those that carry identities by their names alone. */
  readonly dropField?: DropField
  /** Calls once after `ms`; returns what prevents it. */
  after(ms: number, callback: () => void): () => void
  /** Throws away a reply to `x` that came to nothing; its connection may be kept. */
  discard(reply: Reply, x: Exchange): void
  /** For all bodies that the worker holds. */
  readonly room: BodyRoom
  /** Whether how the branches fared is to be left in the exchange. */
  readonly wantsFares: boolean
  /** Once for each branch that was asked, or could not be. `ms`: since it was asked; 0: it was not. */
  onBranch(branch: string, outcome: BranchOutcome, ms: number): void
}

/** An aggregate as compiled. */
export interface AggregatePlan {
  readonly branches: readonly BranchPlan[]
  readonly deadlineMs: number
  /** Of the bodies of all branches together, and of the request's. */
  readonly maxBytes: number
  /** Some template looks into the request's body. */
  readonly readsBody: boolean
  /** Headers of the request that go to every branch besides; lower case. */
  readonly passHeaders: readonly string[]
  readonly answer: Answer
  /** Makes its body. */
  readonly compose: Compose
  readonly world: AggregateWorld
}
