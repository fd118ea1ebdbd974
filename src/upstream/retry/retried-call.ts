import type { Source } from '../../base/body.ts'
import { bytesSource } from '../../base/bytes-source.ts'
import { type Collected, type Collecting, collect } from '../../base/collect.ts'
import { Fault } from '../../base/errors.ts'
import type { HeaderView } from '../../base/headers.ts'
import { unread, watched } from '../../base/once-source.ts'
import type { Cancellable, Exchange } from '../../core/exchange.ts'
import { handOn } from '../../core/hand-on.ts'
import type { Receiver } from '../../core/maybe.ts'
import { faultReply, LaterReply, type Reply } from '../../core/reply.ts'
import { moment } from '../cells.ts'
import { discard } from '../discard.ts'
import { isRepeatable } from '../idempotent.ts'
import type { Member } from '../member.ts'
import { NO_MORE, pauseMs } from './retry-pause.ts'
import type { RetryPlan } from './retry-plan.ts'
import type { RetryReason } from './retry-reason.ts'

const LATE = new Fault('UPSTREAM_TIMEOUT', 'the request was not complete in time')

/**
 * One request and its tries, one after another. A reply is either passed on or thrown away, and once one is passed on
 * there are no more tries: so none begins after the client has seen anything.
 */
export class RetriedCall extends LaterReply implements Receiver<Reply>, Cancellable, Collected {
  private readonly x: Exchange
  private readonly plan: RetryPlan
  private readonly tried: Member[] = []
  private tries = 0
  /** While the body is read before the first try. */
  private collecting: Collecting | null = null
  private stopTimer: (() => void) | null = null
  /** When the budget allowed the try that is waited for; 0: it was not asked. */
  private allowedAt = 0

  constructor(x: Exchange, plan: RetryPlan) {
    super()
    this.x = x
    this.plan = plan
  }

  start(): this {
    const { x, plan } = this
    const { spec, world, maxBodyBytes } = plan
    world.budget?.request(moment(world.sharedNow()))
    if (x.body === null) this.ask()
    else if (maxBodyBytes > 0 && x.body.length <= maxBodyBytes && isRepeatable(x, spec.anyMethod)) this.collect(x.body)
    else {
      x.body = watched(x.body)
      this.ask()
    }
    return this
  }

  /** Pulled while this waits; while a try is under way the slot is its own. */
  cancel(why: Fault): void {
    const { collecting, allowedAt } = this
    this.wake()
    collecting?.cancel(why)
    if (allowedAt !== 0) this.plan.world.budget?.giveBack(allowedAt)
    this.resolve(faultReply(why))
  }

  // --- the request's body ---

  private collect(body: Source): void {
    const { x, plan } = this
    if (x.deadlineAt > 0) this.sleep(x.deadlineAt - plan.world.clock.now(), () => this.cancel(LATE))
    x.onCancel = this
    const collecting = collect(body, plan.maxBodyBytes, this)
    if (this.tries === 0 && !this.settled) this.collecting = collecting
  }

  whole(bytes: Buffer, trailers: HeaderView | null): void {
    // The head says how long it is only where the client did.
    this.begin(bytesSource(bytes, trailers, this.x.body?.length))
  }

  tooLarge(rest: Source): void {
    this.begin(watched(rest))
  }

  broken(why: Fault): void {
    this.wake()
    this.resolve(faultReply(why))
  }

  private begin(body: Source): void {
    this.wake()
    this.x.body = body
    this.ask()
  }

  // --- tries ---

  private ask(): void {
    const { x, plan } = this
    this.tries++
    x.outcome = ''
    try {
      handOn(plan.next(x, this.tried, plan.spec.perTryMs), this)
    } catch (error) {
      this.onError(error)
    }
  }

  onValue(reply: Reply): void {
    const { x, plan, tries } = this
    const reason = tries < plan.spec.attempts && x.cancelled === null ? plan.reasonOf(x, reply) : null
    const ms = reason === null ? NO_MORE : pauseMs(plan, x, this.tried, tries, reply)
    if (reason === null || ms === NO_MORE || plan.world.admits?.() === false || !this.isAllowed(reply)) {
      return this.resolve(reply)
    }
    discard(reply, x, plan.world.after)
    // At once only where no connection was made: one that answered may yet cancel the body that it was sending.
    if (ms === 0 && x.outcome === 'connect') return this.askAgain(reason)
    x.onCancel = this
    this.sleep(ms, () => this.askAgain(reason))
  }

  onError(error: unknown): void {
    this.reject(error)
  }

  private askAgain(reason: RetryReason): void {
    const { x, plan } = this
    this.wake()
    plan.world.onRetry(reason)
    x.upstreamHeadAt = 0
    if (x.body !== null) x.body = unread(x.body)
    this.ask()
  }

  /**
   * By the budget. What provably never reached a target was no load on one (DESIGN §5); a connection that was not made in
   * time may be one more that an overloaded target has yet to see.
   */
  private isAllowed({ fault }: Reply): boolean {
    const { world } = this.plan
    const unseen = this.x.outcome === 'connect' && fault?.code === 'UPSTREAM_CONNECT'
    if (world.budget === null || unseen) return true
    const now = moment(world.sharedNow())
    if (!world.budget.tryRetry(now)) {
      world.onBudgetExhausted()
      return false
    }
    this.allowedAt = now
    return true
  }

  // --- waiting ---

  private sleep(ms: number, then: () => void): void {
    this.stopTimer = this.plan.world.after(ms, then)
  }

  private wake(): void {
    const { stopTimer, x } = this
    this.stopTimer = null
    this.collecting = null
    this.allowedAt = 0
    stopTimer?.()
    if (x.onCancel === this) x.onCancel = null
  }
}
