import type { Fault } from '../base/errors.ts'
import type { Exchange } from '../core/exchange.ts'
import { handOn } from '../core/hand-on.ts'
import type { Receiver } from '../core/maybe.ts'
import type { Call } from '../core/policy.ts'
import type { Reply } from '../core/reply.ts'
import type { Allowance } from './allowance.ts'
import { AnswerBody, type BodyTaker } from './answer-body.ts'
import { isBodiless, mayBeUtf8, valuesOf } from './answer-head.ts'
import { AnswerText } from './answer-text.ts'
import type { MissingReason } from './branch.ts'
import { reasonOf } from './missing.ts'

/** What is wanted of one request's answer. */
export interface Wanted {
  readonly call: Call
  expects(status: number): boolean
  /** Of the body, unpacked. */
  readonly maxBytes: number
  /** Headers of the answer; lower case. */
  readonly takes: readonly string[]
}

export interface Asker {
  /** For all bodies together. */
  readonly allowance: Allowance
  /** Once, unless it was cancelled: the answer is there, or there will be none. May come before `start` returns. */
  answered(): void
  /** Something is wrong with us. */
  threw(error: unknown): void
  /** Throws a reply away that came to nothing. */
  discard(reply: Reply, x: Exchange): void
}

const NULL = Buffer.from('null')
const NOTHING_TAKEN: readonly (readonly string[])[] = []

/** One request to one service and its whole answer, which may be that of several branches. */
export class SubRequest implements Receiver<Reply>, BodyTaker {
  readonly x: Exchange
  /** Tells requests apart that may be the same; empty where none may. */
  readonly key: string
  /** Of the answer; 0: there was none. */
  status = 0
  /** Why there is no body; null: there is one, or it is not over yet. */
  reason: MissingReason | null = null
  fault: Fault | null = null
  text: AnswerText | null = null
  /** Values of the headers that are wanted, in their order. */
  taken = NOTHING_TAKEN
  /** Nothing more comes of it. */
  over = false
  cancelled = false
  private readonly wanted: Wanted
  private readonly asker: Asker
  private body: AnswerBody | null = null

  constructor(x: Exchange, key: string, wanted: Wanted, asker: Asker) {
    this.x = x
    this.key = key
    this.wanted = wanted
    this.asker = asker
  }

  start(): void {
    try {
      handOn(this.wanted.call(this.x), this)
    } catch (error) {
      this.onError(error)
    }
  }

  /** Nobody wants the answer any more: what it comes over is cut off at once. */
  cancel(why: Fault): void {
    if (this.over) return
    this.over = true
    this.cancelled = true
    this.body?.cancel(why)
    this.x.cancel(why)
  }

  onValue(reply: Reply): void {
    if (this.over) return reply.cancel()
    const { fault, status } = reply
    if (fault !== null) {
      reply.cancel(fault)
      return this.hasNone(reasonOf(fault), fault)
    }
    this.status = status
    if (!this.wanted.expects(status)) return this.refuse(reply, 'status')
    if (!mayBeUtf8(reply.header('content-type'))) return this.refuse(reply, 'invalid')
    const { takes, maxBytes } = this.wanted
    if (takes.length > 0) this.taken = takes.map(name => valuesOf(reply, name))
    this.body = new AnswerBody(maxBytes, this.asker.allowance, this)
    this.body.read(reply)
  }

  onError(error: unknown): void {
    if (this.over) return
    this.over = true
    this.asker.threw(error)
  }

  private refuse(reply: Reply, reason: MissingReason): void {
    this.asker.discard(reply, this.x)
    this.hasNone(reason, null)
  }

  // --- told by the body ---

  hasBytes(bytes: Buffer): void {
    const isNull = bytes.length === 0 && (isBodiless(this.status) || this.x.method === 'HEAD')
    this.text = new AnswerText(isNull ? NULL : bytes)
    this.tell()
  }

  hasNone(reason: MissingReason, fault: Fault | null): void {
    this.reason = reason
    this.fault = fault
    this.tell()
  }

  threw(error: unknown): void {
    this.onError(error)
  }

  private tell(): void {
    this.over = true
    this.body = null
    this.asker.answered()
  }
}
