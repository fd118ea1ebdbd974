import type { Sink, Source } from '../base/body.ts'
import { Fault } from '../base/errors.ts'
import { type HeaderView, headersOf } from '../base/headers.ts'
import { ChunkedDecoder } from './chunked.ts'
import type { HeadLimits } from './head.ts'

/** The connection a body comes from. */
export interface BodyOwner {
  /** Read no more: the buffer is lent. */
  pauseBody(): void
  /** Nobody has asked for the body yet: its first bytes stay in the buffer. */
  holdBody(): void
  /** The buffer is free and somebody is listening. */
  resumeBody(): void
  /** The whole body was handed on and the buffer is free. */
  bodyDone(): void
  /** Nobody wants the rest. */
  bodyCancelled(why: Fault): void
}

const NOBODY: readonly string[] = []

export type BodyMode = 'length' | 'chunked' | 'close'

/**
 * The body of one message (RFC 9112 §6.3) as a `Source`: takes wire bytes, hands decoded ones to its sink. A fresh one
 * per body, so that whoever holds an old one cannot disturb a later message.
 *
 * Feeding is two steps, `take` and `deliver`, because the sink frames in place: whatever lies behind the message in the
 * buffer must be saved by the owner in between.
 */
export class BodyReader implements Source {
  readonly length: number
  /** Decoded bytes so far. */
  received = 0
  /** Set when `take` returned -1, or the body outgrew its limit. */
  broken: Fault | null = null
  /** Names that the sender's `Connection` listed: trailers so named end at this hop (RFC 9110 §7.6.1). */
  named: readonly string[] = NOBODY
  /** The last byte was seen; it may still be on its way to the sink. */
  complete = false
  private readonly owner: BodyOwner
  private readonly limit: number
  private readonly decoder: ChunkedDecoder | null
  private remaining: number
  private sink: Sink | null = null
  private lent = false
  /** The end came while the buffer was lent, after a write that did not tell of it. */
  private endOwed = false
  private over = false
  private buf: Buffer | null = null
  private outStart = 0
  private outEnd = 0

  constructor(owner: BodyOwner, mode: BodyMode, length: number, limits: HeadLimits, maxBytes = 0) {
    this.owner = owner
    this.length = mode === 'length' ? length : -1
    this.remaining = mode === 'length' ? length : Number.POSITIVE_INFINITY
    this.decoder = mode === 'chunked' ? new ChunkedDecoder(limits) : null
    this.limit = maxBytes === 0 ? Number.POSITIVE_INFINITY : maxBytes
  }

  /** Somebody has asked for it. */
  get isPiped(): boolean {
    return this.sink !== null
  }

  /** Decodes `buf[start, end)`, which needs slab room on both sides. Returns where the message stops, or -1. */
  take(buf: Buffer, start: number, end: number): number {
    this.buf = buf
    let next: number
    if (this.decoder !== null) {
      if (!this.decoder.decode(buf, start, end)) {
        this.broken = new Fault('BAD_REQUEST', this.decoder.reason)
        return -1
      }
      this.outStart = this.decoder.outStart
      this.outEnd = this.decoder.outEnd
      this.complete = this.decoder.done
      next = this.decoder.next
    } else {
      const n = Math.min(this.remaining, end - start)
      this.remaining -= n
      this.outStart = start
      this.outEnd = start + n
      this.complete = this.remaining === 0
      next = start + n
    }
    this.received += this.outEnd - this.outStart
    if (this.received > this.limit) {
      this.broken = new Fault('BODY_TOO_LARGE', 'the body is larger than the limit')
      return -1
    }
    return next
  }

  /** Passes on what the last `take` found, or holds it until somebody asks. */
  deliver(): void {
    if (this.over || this.lent) return
    if (this.sink === null) this.owner.holdBody()
    else this.push(this.sink)
  }

  pipe(sink: Sink): void {
    this.sink = sink
    if (this.over) return
    if (this.broken !== null) return sink.abort(this.broken)
    if (this.outEnd > this.outStart || this.complete) this.push(sink)
    if (!this.lent && !this.complete && !this.over) this.owner.resumeBody()
  }

  resume(): void {
    if (!this.lent || this.over) return
    this.lent = false
    if (!this.complete) return this.owner.resumeBody()
    const { trailers } = this
    if (trailers !== null || this.endOwed) this.sink!.end(trailers)
    this.finish()
  }

  cancel(why: Fault): void {
    if (this.over) return
    this.over = true
    this.owner.bodyCancelled(why)
  }

  /** The wire ended: the end of a body that has no other, a broken body otherwise. */
  eof(): void {
    if (this.over || this.complete) return
    if (this.decoder !== null || this.remaining !== Number.POSITIVE_INFINITY) {
      return this.fail(new Fault('UPSTREAM_PROTOCOL', 'the connection ended before the body did'))
    }
    this.complete = true
    if (this.sink === null) return
    if (this.lent) {
      this.endOwed = true
      return
    }
    this.sink.end(null)
    this.finish()
  }

  fail(why: Fault): void {
    if (this.over) return
    this.broken = why
    if (this.sink === null) return
    this.over = true
    this.sink.abort(why)
  }

  private get trailers(): HeaderView | null {
    const trailers = this.decoder?.trailers ?? null
    if (trailers === null || this.named.length === 0) return trailers
    const pairs: [string, string][] = []
    for (let i = 0; i < trailers.count; i++) {
      const name = trailers.nameAt(i).toLowerCase()
      if (!this.named.includes(name)) pairs.push([name, trailers.valueAt(i)])
    }
    return pairs.length === 0 ? null : headersOf(pairs)
  }

  private push(sink: Sink): void {
    const { buf, outStart, outEnd, complete } = this
    const trailers = complete ? this.trailers : null
    this.outStart = this.outEnd = 0
    let taken = true
    if (outEnd > outStart) taken = sink.write(buf!, outStart, outEnd, complete && trailers === null)
    else if (complete && trailers === null) sink.end(null)
    if (this.over) return
    if (!taken) {
      this.lent = true
      this.owner.pauseBody()
      return
    }
    if (!complete) return
    if (trailers !== null) sink.end(trailers)
    this.finish()
  }

  private finish(): void {
    if (this.over) return
    this.over = true
    this.owner.bodyDone()
  }
}
