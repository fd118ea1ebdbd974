import { BytesSource } from '../base/bytes-source.ts'
import { Fault } from '../base/errors.ts'
import type { Cancellable, Exchange } from '../core/exchange.ts'
import { faultReply, LaterReply, type Reply } from '../core/reply.ts'
import type { TracedSend } from '../core/trace.ts'
import type { DropField } from '../http1/serialize.ts'
import { isIdempotent } from './idempotent.ts'
import type { Member } from './member.ts'
import type { FailedOutcome, UpstreamWorld } from './options.ts'
import type { Carrier, Passenger } from './roles.ts'
import { unreachable } from './unreachable.ts'
import { type Outcome, REFUSED } from './watch.ts'

/** Who sends attempts on their way and wants to know what becomes of them. */
export interface Dispatcher {
  readonly world: UpstreamWorld
  /** Exactly once for each attempt, started or not, before its caller gets the reply. */
  ended(attempt: Attempt, outcome: Outcome, ms: number): void
  /** The target's answer, before its caller gets it. */
  answered(attempt: Attempt, reply: Reply): void
  /** A started attempt takes its target's time no more. */
  left(attempt: Attempt): void
}

/**
 * One request on its way to one target, and the promise-like thing its caller waits for. Resolves with a Reply in any
 * case: what goes wrong is a Reply with a fault.
 */
export class Attempt extends LaterReply implements Cancellable, Passenger {
  readonly x: Exchange
  readonly dropField: DropField
  head = ''
  connection: Carrier | null = null
  /** Where it goes; nothing while it waits for room. */
  member: Member | null = null
  /** What the breakers of the service and of the target gave it. */
  permit = REFUSED
  targetPermit = REFUSED
  /** When it entered a queue, ms; 0: it did not. */
  queuedAt = 0
  /** Its span; null: it has none. */
  span: TracedSend | null = null
  /** The deadline is the client's own. */
  hurried = false
  private readonly dispatcher: Dispatcher
  private reported = false
  private ended = false
  private retriedStale = false
  private perTryMs = 0
  /** Since when the target has the whole request, ms; null: the client is still sending it. */
  private sentAt: number | null = null
  private stopClock: (() => void) | null = null

  constructor(x: Exchange, dropField: DropField, dispatcher: Dispatcher) {
    super()
    this.x = x
    this.dropField = dropField
    this.dispatcher = dispatcher
  }

  /** At a target that counts it already. `perTryMs`: longest wait for the head of the answer once the request is sent; 0: no bound of its own. */
  start(member: Member, head: string, perTryMs: number): void {
    const { x, dispatcher } = this
    const { world } = dispatcher
    this.member = member
    this.head = head
    x.onCancel = this
    x.upstreamStartedAt = world.clock.now()
    member.state.meter.inFlight.add(1)
    this.perTryMs = perTryMs
    if (isWhole(x)) this.sent()
    member.state.start(this, false)
  }

  /** The client is gone, or nobody wants the answer. */
  cancel(why: Fault): void {
    if (this.ended) return
    const { connection } = this
    this.end(this.isOverdue(why) ? 'timeout' : 'cancelled', 'cancelled')
    this.over()
    connection?.destroy()
    this.resolve(faultReply(why))
  }

  // --- told by the connection ---

  /** From here on it is the target that is waited for: how slowly a client sends its body is not the target's fault. */
  sent(): void {
    if (this.sentAt !== null || this.reported) return
    const { world } = this.dispatcher
    this.sentAt = world.clock.now()
    if (this.perTryMs > 0) this.stopClock = world.after(this.perTryMs, () => this.tooSlow())
  }

  succeed(reply: Reply): void {
    const { x, dispatcher } = this
    const { state } = this.member!
    state.reached()
    x.upstreamHeadAt = dispatcher.world.clock.now()
    const ms = x.upstreamHeadAt - x.upstreamStartedAt
    state.meter.record(reply.status, ms)
    this.report(reply.status >= 500 ? 'error' : 'answered', this.waitedMs())
    dispatcher.answered(this, reply)
    this.resolve(reply)
  }

  connectFailed(code: string): void {
    if (this.ended) return
    this.member!.state.refused()
    this.fail(new Fault('UPSTREAM_CONNECT', unreachable(code)), false)
  }

  connectionLost(connection: Carrier, what: string): void {
    if (this.ended) return
    // It was idle too long and died as we reached for it: nobody saw the request, so it is sent once more. Only where
    // that is safe even if somebody did (RFC 9112 §9.3.1).
    const { x } = this
    if (connection.reused && !connection.answered && !this.retriedStale && x.body === null && isIdempotent(x.method)) {
      this.retriedStale = true
      return this.member!.state.start(this, true)
    }
    this.fail(new Fault('UPSTREAM_CONNECT', what))
  }

  fail(why: Fault, sent = true): void {
    if (this.ended) return
    this.end(this.isCutShort(why) ? 'cancelled' : sent ? outcomeOf(why) : 'connect', countedAs(why))
    this.over()
    this.resolve(faultReply(why))
  }

  over(): void {
    if (this.ended) return
    this.ended = true
    const { member } = this
    if (this.x.onCancel === this) this.x.onCancel = null
    if (member === null) return
    member.load.leave()
    member.state.meter.inFlight.add(-1)
    this.dispatcher.left(this)
  }

  /**
   * The client's body was still on its way at the deadline, or the deadline was its own: that says as little about the
   * target as a client that leaves. Else strangers could open a breaker by being slow, or by giving it no time.
   */
  private isCutShort({ code }: Fault): boolean {
    const { deadlineAt } = this.x
    if (code !== 'UPSTREAM_TIMEOUT' || deadlineAt === 0 || this.dispatcher.world.clock.now() < deadlineAt) return false
    return this.hurried || this.sentAt === null
  }

  /**
   * An aggregate gives up what has not come by its deadline. Of a target that had most of the time that says as much as
   * a timeout of its own; of one that was asked late, since it waited for another, it says nothing.
   */
  private isOverdue({ code }: Fault): boolean {
    const { deadlineAt, startedAt } = this.x
    return code === 'UPSTREAM_TIMEOUT' && !this.hurried && this.waitedMs() * 2 > deadlineAt - startedAt
  }

  /** For the target, ms. */
  private waitedMs(): number {
    return this.sentAt === null ? 0 : this.dispatcher.world.clock.now() - this.sentAt
  }

  private tooSlow(): void {
    const { connection } = this
    // First told, then cut off: what the connection says of its end is no news then.
    this.fail(new Fault('UPSTREAM_TIMEOUT', 'the upstream did not answer within the time for one try'))
    connection?.destroy()
  }

  private end(outcome: Outcome, counted: FailedOutcome): void {
    const { member, x } = this
    if (this.settled || member === null) return this.report('unsent', 0)
    const ms = this.dispatcher.world.clock.now() - x.upstreamStartedAt
    member.state.meter.fail(counted, ms)
    this.report(outcome, this.waitedMs())
  }

  private report(outcome: Outcome, ms: number): void {
    if (this.reported) return
    this.reported = true
    this.stopClock?.()
    this.stopClock = null
    this.x.outcome = outcome
    this.dispatcher.ended(this, outcome, ms)
  }
}

/** Nothing of the request has yet to come from the client. */
export const isWhole = ({ body }: Exchange): boolean => body === null || body instanceof BytesSource

const outcomeOf = (why: Fault): Outcome => {
  const counted = countedAs(why)
  return counted === 'connect' ? 'reset' : counted
}

const countedAs = (why: Fault): FailedOutcome => {
  if (why.code === 'UPSTREAM_TIMEOUT') return 'timeout'
  if (why.code === 'UPSTREAM_PROTOCOL') return 'protocol'
  return why.code === 'UPSTREAM_CONNECT' ? 'connect' : 'cancelled'
}
