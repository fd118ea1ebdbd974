import type { Collecting } from '../../base/collect.ts'
import { Fault } from '../../base/errors.ts'
import type { Json } from '../../base/json.ts'
import type { Cancellable, Exchange } from '../../core/exchange.ts'
import { isThenable } from '../../core/maybe.ts'
import type { Clock } from '../../core/ports.ts'
import { faultReply, LaterReply, type Reply } from '../../core/reply.ts'
import type { DropField } from '../../http1/serialize.ts'
import { Allowance } from '../allowance.ts'
import { AT_ONCE, type BodyRoom, NO_ROOM } from '../body-room.ts'
import { type BodyReceiver, readBody } from '../request-body.ts'
import { type Budget, budgetUntil } from './budget.ts'
import { HandlerFacts } from './handler-facts.ts'
import { ReplyRun } from './reply-run.ts'

/** What is the same for all requests to a handler. */
export interface HandlerPlan {
  readonly deadlineMs: number
  /** Of the request's body. */
  readonly maxBytes: number
  readonly handle: (request: HandlerFacts) => unknown
  /** Throws where it is no answer. */
  readonly write: (value: unknown) => Reply
  /** Tells what went wrong, and gives what the client is told. */
  readonly failed: (error: unknown, x: Exchange) => Fault
  /** For the bodies that are read. */
  readonly room: BodyRoom
  readonly clock: Clock
  /** Ms, as the clock, but moving on while code runs. */
  readonly truly: () => number
  readonly after: (ms: number, callback: () => void) => () => void
  readonly dropField: DropField
}

const BODY_LATE = new Fault('UPSTREAM_TIMEOUT', 'the request was not complete in time')

/** One request: its body, where there is one, then the function until its deadline. */
export class HandlerCall extends LaterReply implements BodyReceiver, Cancellable {
  private readonly x: Exchange
  private readonly plan: HandlerPlan
  private collecting: Collecting | null = null
  private running: ReplyRun<Reply> | null = null
  private stopTimer: (() => void) | null = null
  private begun = false

  constructor(x: Exchange, plan: HandlerPlan) {
    super()
    this.x = x
    this.plan = plan
  }

  start(): this {
    const { x, plan } = this
    x.onCancel = this
    if (x.body === null) {
      this.begin(undefined)
      return this
    }
    const holding = plan.room.holdingOf(x)
    if (holding === null) {
      x.body.cancel(NO_ROOM)
      this.end(faultReply(NO_ROOM))
      return this
    }
    const { clock, after } = plan
    if (x.deadlineAt > 0) this.stopTimer = after(Math.max(0, x.deadlineAt - clock.now()), () => this.bodyLate())
    const collecting = readBody(x, x.body, new Allowance(plan.maxBytes, holding), this)
    if (!this.begun && !this.settled) this.collecting = collecting
    return this
  }

  /** The client is gone. */
  cancel(why: Fault): void {
    this.collecting?.cancel(why)
    this.running?.cancel()
    this.end(faultReply(why))
  }

  hasBody(body: Json | undefined): void {
    this.collecting = null
    this.stopTimer?.()
    this.stopTimer = null
    this.begin(body)
  }

  hasNone(why: Fault): void {
    this.end(faultReply(why))
  }

  private bodyLate(): void {
    this.collecting?.cancel(BODY_LATE)
    this.end(faultReply(BODY_LATE))
  }

  /** Its time counts from here: how slowly a client sends its body is not the function's fault. */
  private begin(body: Json | undefined): void {
    this.begun = true
    const { x, plan } = this
    const now = plan.clock.now()
    const own = now + plan.deadlineMs
    const budget = budgetUntil(x.deadlineAt > 0 ? Math.min(own, x.deadlineAt) : own, plan.truly)
    const request = new HandlerFacts(x, plan.dropField, body)
    try {
      const value = plan.handle(request)
      if (isThenable(value)) return this.await(value, request, budget)
      const reply = plan.write(value)
      budget.check()
      request.close()
      this.answer(reply)
    } catch (error) {
      request.close()
      this.end(faultReply(plan.failed(error, x)))
    }
  }

  private await(value: PromiseLike<unknown>, request: HandlerFacts, budget: Budget): void {
    const { after, write, failed } = this.plan
    const run = new ReplyRun(value, { request, budget, after, write, failed: error => failed(error, this.x) })
    this.running = run
    run.wait({
      onValue: reply => this.answer(reply),
      onError: error => (error instanceof Fault ? this.end(faultReply(error)) : this.threw(error)),
    })
  }

  /** A large one is held until the client has read it. */
  private answer(reply: Reply): void {
    const { x, plan } = this
    const bytes = reply.body?.length ?? 0
    if (bytes <= AT_ONCE || plan.room.holdingOf(x)?.answer(bytes)) return this.end(reply)
    this.end(faultReply(NO_ROOM))
  }

  private threw(error: unknown): void {
    this.close()
    this.reject(error)
  }

  private end(reply: Reply): void {
    if (this.settled) return reply.cancel()
    this.close()
    this.resolve(reply)
  }

  private close(): void {
    const { x } = this
    this.stopTimer?.()
    this.stopTimer = null
    this.collecting = null
    this.running = null
    if (x.onCancel === this) x.onCancel = null
  }
}
