import { Fault } from '../base/errors.ts'
import { SLAB_HEAD } from '../base/slabs.ts'
import type { Wire } from '../base/wire.ts'
import { Reply } from '../core/reply.ts'
import { type BodyOwner, BodyReader } from '../http1/body-reader.ts'
import { DEFAULT_LIMITS, type HeadLimits } from '../http1/head.ts'
import { ResponseHead } from '../http1/response-parser.ts'
import type { ConnectionDeadline } from './connection-deadline.ts'
import type { Incoming, Passenger } from './roles.ts'

/** An upstream head may be larger than a client's: `Set-Cookie` adds up. */
export const LIMITS: HeadLimits = { ...DEFAULT_LIMITS, headBytes: 65536, fields: 200 }
/** A flood of informational responses is an attack or a bug. */
const MAX_INFORMATIONAL = 32

/** The connection, as the reader of its answers sees it. */
export interface ResponseHost {
  /** Whose answer it is; not null while one is read. */
  readonly attempt: Passenger | null
  readonly wire: Wire
  readonly deadline: ConnectionDeadline
  /** Longest wait for the next bytes of a body, ms. */
  readonly bodyIdleMs: number
  /** What is read comes in here, behind `SLAB_HEAD`. */
  readonly slab: Buffer
  /** A 101 was read; `buf[start, end)`, in the slab, is what came behind it. */
  switchProtocols(head: ResponseHead, start: number, end: number): void
  /** The last byte is handed on. */
  answerOver(): void
  /** Nobody wants the rest of it. */
  answerUnwanted(): void
  fail(why: Fault): void
}

/**
 * Reads the answers on an upstream connection, one after another: head, informational heads before it, body. What is
 * read lies in the connection's slab, so bodies are passed on without a copy.
 */
export class ResponseReader implements Incoming, BodyOwner {
  head = new ResponseHead()
  /** The last byte was handed on, or nobody wants it. */
  done = false
  /** By what its head and its end say, the connection can be used again. */
  keepAlive = false
  slabLent = false
  private readonly host: ResponseHost
  private body: BodyReader | null = null
  private partial: Buffer | null = null
  private informational = 0

  constructor(host: ResponseHost) {
    this.host = host
  }

  /** Another request goes out. */
  begin(): void {
    this.done = false
    this.informational = 0
    if (this.head.kept) this.head = new ResponseHead()
  }

  get isReading(): boolean {
    return this.body !== null
  }

  get isComplete(): boolean {
    return this.body?.complete === true
  }

  onData(buf: Buffer, start: number, end: number): void {
    const { body } = this
    if (body === null) return this.readHead(buf, start, end)
    this.host.deadline.set(this.host.bodyIdleMs)
    if (this.take(body, buf, start, end)) body.deliver()
  }

  /** The wire ended. False: in the middle of something. */
  onEnd(): boolean {
    const { body } = this
    if (body === null) return false
    body.eof()
    if (body.broken !== null) return false
    // All of it is here, and is passed on before the connection goes.
    this.keepAlive = false
    return true
  }

  detach(): BodyReader | null {
    const { body } = this
    this.body = null
    return body
  }

  // --- the head ---

  private readHead(buf: Buffer, start: number, end: number): void {
    if (this.partial !== null) {
      buf = Buffer.concat([this.partial, buf.subarray(start, end)])
      this.partial = null
      start = 0
      end = buf.length
    }
    const { head, host } = this
    for (;;) {
      const after = head.parse(buf, start, end, LIMITS)
      if (after < 0) return host.fail(new Fault('UPSTREAM_PROTOCOL', `the upstream sent ${head.reason}`))
      if (after === 0) {
        this.partial = Buffer.from(buf.subarray(start, end))
        return
      }
      if (head.status === 101 || head.status >= 200) return this.readOn(buf, after, end)
      if (++this.informational > MAX_INFORMATIONAL) {
        return host.fail(new Fault('UPSTREAM_PROTOCOL', 'too many informational responses'))
      }
      // 100 is between the upstream and us; others are for the client (RFC 9110 §15.2).
      if (head.status !== 100) host.attempt!.x.inform?.(head.status, head)
      start = after
      if (start === end) return
    }
  }

  /** What lies behind the head goes where all else is read: it came with the last read, so there is room for it. */
  private readOn(buf: Buffer, start: number, end: number): void {
    const { head, host } = this
    if (buf !== host.slab && start < end) {
      buf.copy(host.slab, SLAB_HEAD, start, end)
      end = SLAB_HEAD + end - start
      start = SLAB_HEAD
    }
    if (head.status === 101) host.switchProtocols(head, start, end)
    else this.respond(start, end)
  }

  private respond(start: number, end: number): void {
    const { head, host } = this
    const attempt = host.attempt!
    const { status } = head
    this.keepAlive = head.keepAlive
    const bodiless = attempt.x.method === 'HEAD' || status === 204 || status === 304 || head.contentLength === 0
    if (bodiless) {
      // Bytes behind it belong to no message: whatever they are, this connection is not used again.
      if (start < end) this.keepAlive = false
      this.done = true
      attempt.succeed(new Reply(status, head))
      return host.answerOver()
    }
    const mode = head.chunked ? 'chunked' : head.contentLength >= 0 ? 'length' : 'close'
    if (mode === 'close') this.keepAlive = false
    const body = new BodyReader(this, mode, head.contentLength, LIMITS)
    if (head.connection !== null) body.named = head.connection.others
    this.body = body
    if (start < end && !this.take(body, host.slab, start, end)) return
    if (!body.complete) host.deadline.set(host.bodyIdleMs)
    attempt.succeed(new Reply(status, head, body))
    if (this.body === body && start < end) body.deliver()
  }

  // --- the body ---

  private take(body: BodyReader, buf: Buffer, start: number, end: number): boolean {
    const next = body.take(buf, start, end)
    if (next >= 0) {
      if (next < end) this.keepAlive = false
      return true
    }
    this.host.fail(new Fault('UPSTREAM_PROTOCOL', `the upstream sent ${body.broken!.detail}`))
    return false
  }

  pauseBody(): void {
    this.slabLent = true
    this.host.wire.pause()
    this.host.deadline.release()
  }

  holdBody(): void {
    this.pauseBody()
  }

  resumeBody(): void {
    this.slabLent = false
    this.host.deadline.set(this.host.bodyIdleMs)
    this.host.wire.resume()
  }

  bodyDone(): void {
    this.slabLent = false
    this.body = null
    this.done = true
    this.host.answerOver()
  }

  bodyCancelled(): void {
    this.body = null
    this.done = true
    this.keepAlive = false
    this.host.answerUnwanted()
  }
}
