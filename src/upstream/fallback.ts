import { BytesSource } from '../base/bytes-source.ts'
import type { ErrorCode } from '../base/errors.ts'
import { unread, watched } from '../base/once-source.ts'
import type { Exchange } from '../core/exchange.ts'
import { handOn } from '../core/hand-on.ts'
import type { Receiver } from '../core/maybe.ts'
import type { Call } from '../core/policy.ts'
import { LaterReply, type Reply } from '../core/reply.ts'
import type { FallbackOn, FallbackSpec } from '../spec/spec-resilience.ts'
import { type After, discard } from './discard.ts'
import { isRepeatable } from './idempotent.ts'

/** Says in the answer that it is a fallback's, and what made it so. */
const HEADER = 'sallyport-fallback'

const OF_FAULT: Readonly<Partial<Record<ErrorCode, FallbackOn>>> = {
  CIRCUIT_OPEN: 'open',
  NO_HEALTHY_TARGET: 'unhealthy',
  OVERLOADED: 'overloaded',
  UPSTREAM_CONNECT: 'connect',
  UPSTREAM_PROTOCOL: 'connect',
  UPSTREAM_TIMEOUT: 'timeout',
}

interface FallbackPlan {
  readonly on: ReadonlySet<FallbackOn>
  readonly next: Call
  readonly answer: Call
  /** The fallback is a service: it needs the request's body. */
  readonly resends: boolean
  readonly onFallback: (on: FallbackOn) => void
  readonly after: After
}

/**
 * `answer` stands in for `next` where that fails in one of the ways the spec names. Another service is asked only while
 * it can be sent the whole request (its body was not begun, or is kept by retries) and may be: a target that may have
 * done it already must not be followed by another, see `isRepeatable`.
 */
export const withFallback = (
  spec: FallbackSpec,
  next: Call,
  answer: Call,
  onFallback: (on: FallbackOn) => void,
  after: After,
): Call => {
  const resends = spec.answer.kind === 'service'
  const plan: FallbackPlan = { on: new Set(spec.on), next, answer, resends, onFallback, after }
  return x => new FallbackCall(x, plan).start()
}

class FallbackCall extends LaterReply implements Receiver<Reply> {
  private readonly x: Exchange
  private readonly plan: FallbackPlan
  /** As it was before the service set its own: that one is not the fallback's. */
  private readonly deadlineAt: number
  /** Why the fallback was asked; null: it was not. */
  private why: FallbackOn | null = null

  constructor(x: Exchange, plan: FallbackPlan) {
    super()
    this.x = x
    this.plan = plan
    this.deadlineAt = x.deadlineAt
  }

  start(): this {
    const { x, plan } = this
    if (plan.resends && x.body !== null) x.body = watched(x.body)
    this.ask(plan.next)
    return this
  }

  onValue(reply: Reply): void {
    if (this.why !== null) reply.edit.set(HEADER, this.why)
    else if (this.falls(reply)) return this.fall(reply)
    this.resolve(reply)
  }

  onError(error: unknown): void {
    this.reject(error)
  }

  private ask(call: Call): void {
    try {
      handOn(call(this.x), this)
    } catch (error) {
      this.reject(error)
    }
  }

  /** Whether the fallback is to answer; `why` says so from then on. */
  private falls(reply: Reply): boolean {
    const { x, plan } = this
    const why = reasonOf(reply)
    if (why === undefined || !plan.on.has(why) || x.cancelled !== null) return false
    if (plan.resends && !canResend(x, reply)) return false
    this.why = why
    return true
  }

  private fall(reply: Reply): void {
    const { x, plan } = this
    discard(reply, x, plan.after)
    plan.onFallback(this.why!)
    if (plan.resends) {
      if (x.body !== null) x.body = unread(x.body)
      x.deadlineAt = this.deadlineAt
      x.upstreamHeadAt = 0
    }
    this.ask(plan.answer)
  }
}

const reasonOf = ({ fault, status }: Reply): FallbackOn | undefined =>
  fault !== null ? OF_FAULT[fault.code] : status >= 500 ? '5xx' : undefined

const canResend = (x: Exchange, { fault }: Reply): boolean => {
  const { body, outcome } = x
  // A target may have done what it was asked, and only its answer be lost.
  if (outcome !== '' && outcome !== 'connect' && outcome !== 'unsent' && !isRepeatable(x, false)) return false
  if (body === null) return true
  // Who answered before it had the whole body is about to cancel it: the exchange must not hold the next one yet.
  if (fault === null && body instanceof BytesSource && !body.finished) return false
  return unread(body) !== null
}
