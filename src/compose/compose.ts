import type { Fault } from '../base/errors.ts'
import type { Exchange } from '../core/exchange.ts'
import type { Receiver } from '../core/maybe.ts'
import type { BranchResult } from './branch.ts'
import { conflictFault } from './missing.ts'
import type { Shape } from './shape/shaped.ts'

/** Makes the body of the answer, or what it is on its way with; throws a Fault. `endsAt`: ms of the worker's clock. */
export type Compose = (results: readonly BranchResult[], x: Exchange, endsAt: number) => Buffer | Composing

/** Tells its receiver once, in a later turn; nothing after `cancel`. */
export interface Composing {
  wait(receiver: Receiver<Buffer>): void
  cancel(why: Fault): void
}

export const composeShape =
  (shape: Shape): Compose =>
  results => {
    const shaped = shape(results)
    if ('conflict' in shaped) throw conflictFault(shaped.conflict)
    return shaped.body
  }
