import type { Collecting } from '../base/collect.ts'
import { Fault } from '../base/errors.ts'
import type { Json } from '../base/json.ts'
import type { Holding } from '../core/body-room.ts'
import type { Cancellable, Exchange } from '../core/exchange.ts'
import { faultReply, LaterReply, type Reply } from '../core/reply.ts'
import type { AggregatePlan } from './aggregate-plan.ts'
import { Allowance } from './allowance.ts'
import { NO_ROOM } from './body-room.ts'
import type { BranchMissing, BranchResult } from './branch.ts'
import type { BranchRun } from './branch-run.ts'
import type { Composing } from './compose.ts'
import { requiredFault } from './missing.ts'
import { type BodyReceiver, readBody } from './request-body.ts'
import { Schedule, type ScheduleOwner } from './schedule.ts'

const UNREAD = new Fault('CLIENT_GONE', 'nobody reads the body')
const BODY_LATE = new Fault('UPSTREAM_TIMEOUT', 'the request was not complete in time')
const DECIDED = new Fault('CLIENT_GONE', 'the answer was decided without this branch')

/** One request: its body, where a template looks into it, then its branches until the deadline, then the answer. */
export class AggregateCall extends LaterReply implements BodyReceiver, Cancellable, ScheduleOwner {
  private readonly x: Exchange
  private readonly plan: AggregatePlan
  private collecting: Collecting | null = null
  private schedule: Schedule | null = null
  private composing: Composing | null = null
  private holding: Holding | null = null
  private endsAt = 0
  private stopTimer: (() => void) | null = null

  constructor(x: Exchange, plan: AggregatePlan) {
    super()
    this.x = x
    this.plan = plan
  }

  start(): this {
    const { x, plan } = this
    const holding = plan.world.room.holdingOf(x)
    if (holding === null) {
      x.body?.cancel(NO_ROOM)
      this.resolve(faultReply(NO_ROOM))
      return this
    }
    this.holding = holding
    x.onCancel = this
    if (x.body === null || !plan.readsBody) {
      // A client whose body waits to be read cannot be seen to leave.
      x.body?.cancel(UNREAD)
      this.begin(undefined)
      return this
    }
    const { clock, after } = plan.world
    if (x.deadlineAt > 0) this.stopTimer = after(Math.max(0, x.deadlineAt - clock.now()), () => this.bodyLate())
    const collecting = readBody(x, x.body, new Allowance(plan.maxBytes, holding), this)
    if (this.schedule === null && !this.settled) this.collecting = collecting
    return this
  }

  /** The client is gone. */
  cancel(why: Fault): void {
    this.collecting?.cancel(why)
    this.end(faultReply(why), why)
  }

  // --- the request's body ---

  hasBody(body: Json | undefined): void {
    this.collecting = null
    this.stopTimer?.()
    this.begin(body)
  }

  hasNone(why: Fault): void {
    this.end(faultReply(why), why)
  }

  private bodyLate(): void {
    this.collecting?.cancel(BODY_LATE)
    this.end(faultReply(BODY_LATE), BODY_LATE)
  }

  // --- the branches ---

  /** Counted from here: how slowly a client sends its body is not the services' fault. */
  private begin(body: Json | undefined): void {
    const { x, plan } = this
    const { clock, after } = plan.world
    const now = clock.now()
    const own = now + plan.deadlineMs
    const endsAt = x.deadlineAt > 0 ? Math.min(own, x.deadlineAt) : own
    this.endsAt = endsAt
    x.upstreamStartedAt = now
    const schedule = new Schedule({ x, body, plan, holding: this.holding!, endsAt }, this)
    this.schedule = schedule
    this.stopTimer = after(endsAt - now, () => schedule.expire())
    schedule.advance()
  }

  complete(results: readonly BranchResult[]): void {
    const { x, plan, endsAt } = this
    x.upstreamHeadAt = plan.world.clock.now()
    try {
      const refused = plan.answer.refuse(results, this.runs)
      if (refused !== null) return this.end(refused, DECIDED)
      const body = plan.compose(results, x, endsAt)
      if (body instanceof Uint8Array) return this.composed(results, body)
      this.composing = body
      body.wait({ onValue: later => this.composed(results, later), onError: error => this.fail(error) })
    } catch (error) {
      this.fail(error)
    }
  }

  private composed(results: readonly BranchResult[], body: Buffer): void {
    // It may be much larger than all that it was made of.
    if (!this.holding!.answer(body.length)) return this.hasNoRoom()
    try {
      this.end(this.plan.answer.make(results, this.runs, body), DECIDED)
    } catch (error) {
      this.fail(error)
    }
  }

  private get runs(): readonly BranchRun[] {
    return this.schedule?.runs ?? []
  }

  private fail(error: unknown): void {
    if (error instanceof Fault) this.end(faultReply(error), DECIDED)
    else this.threw(error)
  }

  failed({ plan, request }: BranchRun, missing: BranchMissing): void {
    const { x } = this
    if (request !== null) {
      x.service = request.x.service
      x.upstream = request.x.upstream
      x.outcome = request.x.outcome
    }
    this.end(faultReply(requiredFault(plan.name, missing)), DECIDED)
  }

  /** At once, and all of it: what it holds is room for others. */
  hasNoRoom(): void {
    this.end(faultReply(NO_ROOM), NO_ROOM)
  }

  threw(error: unknown): void {
    this.close(DECIDED)
    this.reject(error)
  }

  private end(reply: Reply, why: Fault): void {
    if (this.settled) return reply.cancel()
    this.close(why)
    this.resolve(reply)
  }

  private close(why: Fault): void {
    const { x } = this
    this.stopTimer?.()
    this.stopTimer = null
    this.collecting = null
    if (this.plan.world.wantsFares) x.fares = this.schedule === null ? [] : this.schedule.fares()
    this.schedule?.close(why)
    this.composing?.cancel(why)
    if (x.onCancel === this) x.onCancel = null
  }
}
