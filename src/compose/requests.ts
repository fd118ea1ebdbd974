import type { Holding } from '../core/body-room.ts'
import type { Exchange } from '../core/exchange.ts'
import type { Reply } from '../core/reply.ts'
import type { Trace } from '../core/trace.ts'
import type { AggregatePlan } from './aggregate-plan.ts'
import { Allowance } from './allowance.ts'
import { keyOf } from './branch-ask.ts'
import type { BranchPlan } from './branch-plan.ts'
import { ALONE } from './same-request.ts'
import { type Asked, type Common, commonOf, subExchange } from './sub-exchange.ts'
import { type Asker, SubRequest } from './sub-request.ts'

export interface RequestsOwner {
  /** Some request is over. */
  advance(): void
  threw(error: unknown): void
}

const NONE: SubRequest[] = []

/** The requests of one aggregate; the same is asked once. */
export class Requests implements Asker {
  readonly allowance: Allowance
  private readonly x: Exchange
  private readonly plan: AggregatePlan
  private readonly owner: RequestsOwner
  private common: Common | null = null
  /** Those that may be asked again. */
  private shared = NONE

  constructor(x: Exchange, plan: AggregatePlan, holding: Holding, owner: RequestsOwner) {
    this.x = x
    this.plan = plan
    this.owner = owner
    this.allowance = new Allowance(plan.maxBytes, holding)
  }

  /**
   * One under way, or over; may be one that was asked before. `endsAt`: ms of the worker's clock. `trace`: where a new one
   * hangs.
   */
  ask({ twin, method, wanted }: BranchPlan, asked: Asked, endsAt: number, trace: Trace | null): SubRequest {
    const key = twin === ALONE ? '' : `${twin} ${keyOf(asked)}`
    const same = key === '' ? undefined : this.shared.find(each => each.key === key && !each.cancelled)
    if (same !== undefined) return same
    this.common ??= commonOf(this.x, this.plan.passHeaders)
    const request = new SubRequest(subExchange(this.x, method, asked, this.common, endsAt), key, wanted, this)
    request.x.trace = trace
    if (key !== '') this.shared = [...this.shared, request]
    request.start()
    return request
  }

  answered(): void {
    this.owner.advance()
  }

  threw(error: unknown): void {
    this.owner.threw(error)
  }

  discard(reply: Reply, x: Exchange): void {
    this.plan.world.discard(reply, x)
  }
}
