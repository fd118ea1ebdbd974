import { Fault } from '../base/errors.ts'
import type { Cancellable, Exchange } from '../core/exchange.ts'
import { Later } from '../core/maybe.ts'
import { faultReply, type Reply } from '../core/reply.ts'
import type { DropField } from '../http1/serialize.ts'
import type { FailedOutcome } from './options.ts'
import type { Carrier, Passenger } from './roles.ts'
import type { TargetState } from './target.ts'
import { unreachable } from './unreachable.ts'

/** Methods that mean the same said twice (RFC 9110 §9.2.2). */
const IDEMPOTENT = new Set(['GET', 'HEAD', 'OPTIONS', 'TRACE', 'PUT', 'DELETE'])

/**
 * One request on its way to one target, and the promise-like thing its caller waits for. Resolves with a Reply in any
 * case: what goes wrong is a Reply with a fault.
 */
export class Attempt extends Later<Reply> implements Cancellable, Passenger {
  readonly x: Exchange
  readonly target: TargetState
  readonly head: string
  readonly dropField: DropField
  connection: Carrier | null = null
  /** When it entered a queue, ms; 0: it did not. */
  queuedAt = 0
  private counted = false
  private ended = false
  private retriedStale = false

  constructor(x: Exchange, target: TargetState, head: string, dropField: DropField) {
    super()
    this.x = x
    this.target = target
    this.head = head
    this.dropField = dropField
  }

  start(): void {
    const { x, target } = this
    x.onCancel = this
    x.upstreamStartedAt = target.world.clock.now()
    target.meter.inFlight.add(1)
    this.counted = true
    target.start(this, false)
  }

  /** The client is gone, or nobody wants the answer. */
  cancel(why: Fault): void {
    if (this.ended) return
    const { connection } = this
    this.count('cancelled')
    this.over()
    connection?.destroy()
    this.resolve(faultReply(why))
  }

  // --- told by the connection ---

  succeed(reply: Reply): void {
    const { x, target } = this
    target.reached()
    x.upstreamHeadAt = target.world.clock.now()
    target.meter.record(reply.status, x.upstreamHeadAt - x.upstreamStartedAt)
    this.resolve(reply)
  }

  connectFailed(code: string): void {
    if (this.ended) return
    this.target.refused()
    this.fail(new Fault('UPSTREAM_CONNECT', unreachable(code)))
  }

  connectionLost(connection: Carrier, what: string): void {
    if (this.ended) return
    // It was idle too long and died as we reached for it: nobody saw the request, so it is sent once more. Only where
    // that is safe even if somebody did (RFC 9112 §9.3.1).
    const { x } = this
    if (
      connection.reused &&
      !connection.answered &&
      !this.retriedStale &&
      x.body === null &&
      IDEMPOTENT.has(x.method)
    ) {
      this.retriedStale = true
      return this.target.start(this, true)
    }
    this.fail(new Fault('UPSTREAM_CONNECT', what))
  }

  fail(why: Fault): void {
    if (this.ended) return
    if (!this.settled) this.count(outcomeOf(why))
    this.over()
    this.resolve(faultReply(why))
  }

  over(): void {
    if (this.ended) return
    this.ended = true
    if (this.x.onCancel === this) this.x.onCancel = null
    if (this.counted) this.target.meter.inFlight.add(-1)
  }

  private count(outcome: FailedOutcome): void {
    if (!this.counted || this.settled) return
    const { target, x } = this
    target.meter.fail(outcome, target.world.clock.now() - x.upstreamStartedAt)
  }
}

const outcomeOf = (why: Fault): FailedOutcome => {
  if (why.code === 'UPSTREAM_TIMEOUT') return 'timeout'
  if (why.code === 'UPSTREAM_PROTOCOL') return 'protocol'
  return why.code === 'UPSTREAM_CONNECT' ? 'connect' : 'cancelled'
}
