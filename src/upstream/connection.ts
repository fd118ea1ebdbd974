import type { Source } from '../base/body.ts'
import { Fault } from '../base/errors.ts'
import { giveSlab, SLAB_DATA, SLAB_HEAD, slabWindow, takeSlab } from '../base/slabs.ts'
import { Timer } from '../base/wheel.ts'
import { Wire, type WireOwner } from '../base/wire.ts'
import { Reply } from '../core/reply.ts'
import { type BodyOwner, BodyReader } from '../http1/body-reader.ts'
import { DEFAULT_LIMITS, type HeadLimits } from '../http1/head.ts'
import { MessageWriter, type WriterOwner } from '../http1/message-writer.ts'
import { ResponseHead } from '../http1/response-parser.ts'
import { dial } from './dial.ts'
import type { Carrier, Home, Passenger } from './roles.ts'

/** An upstream head may be larger than a client's: `Set-Cookie` adds up. */
const LIMITS: HeadLimits = { ...DEFAULT_LIMITS, headBytes: 65536, fields: 200 }
/** A flood of informational responses is an attack or a bug. */
const MAX_INFORMATIONAL = 32

/**
 * One connection to a target: connects, carries one exchange at a time, and goes back to its target in between. What it
 * reads goes into a slab of its own, so answers are passed on without a copy.
 */
export class UpstreamConnection implements WireOwner, WriterOwner, BodyOwner, Carrier {
  private readonly target: Home<UpstreamConnection>
  private readonly wire: Wire
  private readonly writer: MessageWriter
  private head = new ResponseHead()
  private readonly slab: Buffer
  private readonly timer: Timer
  private attempt: Passenger | null = null
  private reader: BodyReader | null = null
  private partial: Buffer | null = null
  /** Of the request that is being sent. */
  private body: Source | null = null
  private requestDone = false
  private responseDone = false
  private keepAlive = false
  private informational = 0
  private closed = false
  private connected = false
  private tunnel = false
  /** The socket is gone, and what it brought is still being read. */
  private lingers = false
  /** Somebody may still be reading the slab: it must not be given to anybody else. */
  private slabLent = false
  /** It has carried an exchange before: it may be dead without our knowing. */
  reused = false
  /** A byte of the current answer has come. */
  answered = false

  /** Its target has counted it. */
  constructor(target: Home<UpstreamConnection>, attempt: Passenger) {
    this.target = target
    this.attempt = attempt
    this.slab = takeSlab()
    this.timer = new Timer(() => this.expired())
    const window = slabWindow(this.slab)
    const socket = dial(target.options.endpoint, target.resolver, window, n =>
      this.wire.receive(this.slab, SLAB_HEAD, SLAB_HEAD + n),
    )
    this.wire = new Wire(socket, target.world.lean, this)
    this.writer = new MessageWriter(this.wire, this)
    const { endpoint, timeouts } = target.options
    socket.once(endpoint.tls ? 'secureConnect' : 'connect', () => this.onConnect())
    if (endpoint.tls) socket.once('connect', () => this.arm(timeouts.tlsMs))
    this.arm(timeouts.connectMs)
  }

  /** Sends the attempt's request; its answer comes back to the attempt. */
  begin(attempt: Passenger): void {
    const { x, head } = attempt
    this.attempt = attempt
    this.answered = false
    this.requestDone = false
    this.responseDone = false
    this.informational = 0
    if (this.head.kept) this.head = new ResponseHead()
    this.body = null
    if (x.body === null) {
      // `onWritten` arms the wait for the answer; until then the timer of the idle connection stands.
      this.writer.begin(head, 'none', 0)
      this.writer.sendHead()
    } else {
      this.writer.begin(head, x.body.length < 0 ? 'chunked' : 'length', x.body.length, attempt.dropField)
      // Whether the client sends is the client side's to watch; ours is whether the target takes it, see `onPending`.
      this.disarm()
      this.body = x.body
      this.writer.pipe(x.body)
    }
  }

  /** Whether it may carry another exchange right now. */
  get isUsable(): boolean {
    return !this.closed && this.connected && this.attempt === null
  }

  /** Waits in its target's pool, for at most as long as the target says it keeps idle connections. */
  idle(ms: number): void {
    this.attempt = null
    this.reused = true
    this.arm(ms)
  }

  /** Gives up whatever is going on, at once. */
  destroy(): void {
    if (this.closed) return
    this.closed = true
    this.target.world.wheel.remove(this.timer)
    this.writer.drop()
    this.wire.destroy()
  }

  // --- the wire ---

  private onConnect(): void {
    this.connected = true
    const attempt = this.attempt
    if (attempt === null) return this.target.put(this)
    this.begin(attempt)
  }

  onData(buf: Buffer, start: number, end: number): void {
    if (this.closed) return
    if (this.attempt === null) return this.destroy()
    this.answered = true
    try {
      if (this.reader !== null) this.feed(buf, start, end)
      else this.readHead(buf, start, end)
    } catch (error) {
      // Whoever reads the answer threw: that costs this exchange and not the worker.
      this.target.world.log.error('an answer could not be passed on', { error: String(error) })
      this.fail(new Fault('INTERNAL', 'the answer could not be passed on'))
    }
  }

  onDrain(): void {
    if (this.attempt !== null && !this.requestDone) {
      if (this.reader === null || this.tunnel) this.disarm()
      else this.arm(this.target.options.timeouts.idleMs)
    }
    this.writer.drained()
  }

  onEnd(): void {
    const { reader } = this
    if (reader !== null) {
      reader.eof()
      // A tunnel goes on in the other direction; a whole body is passed on before the connection goes.
      if (reader.broken === null) {
        this.keepAlive = false
        return
      }
    }
    this.lost('the upstream closed the connection before it answered')
  }

  onClose(error: Error | null): void {
    this.target.disconnected()
    if (!this.slabLent) giveSlab(this.slab)
    const code = (error as NodeJS.ErrnoException | null)?.code
    if (!this.connected) this.attempt?.connectFailed(code ?? 'closed')
    else this.lost(code === undefined ? 'the upstream closed the connection' : `the connection broke (${code})`)
    if (this.reader === null) this.target.forget(this)
    else this.lingers = true
    this.destroy()
  }

  /** The connection ended where it should not have. */
  private lost(what: string): void {
    const reader = this.reader
    if (reader?.complete) {
      // All of it is here; whoever reads it slowly still gets it, and `bodyDone` ends the exchange.
      this.keepAlive = false
      return
    }
    const attempt = this.attempt
    this.attempt = null
    this.reader = null
    this.destroy()
    if (reader !== null) reader.fail(new Fault('UPSTREAM_PROTOCOL', what))
    attempt?.connectionLost(this, what)
  }

  // --- the answer ---

  private readHead(buf: Buffer, start: number, end: number): void {
    if (this.partial !== null) {
      buf = Buffer.concat([this.partial, buf.subarray(start, end)])
      this.partial = null
      start = 0
      end = buf.length
    }
    const { head } = this
    for (;;) {
      const after = head.parse(buf, start, end, LIMITS)
      if (after < 0) return this.fail(new Fault('UPSTREAM_PROTOCOL', `the upstream sent ${head.reason}`))
      if (after === 0) {
        this.partial = Buffer.from(buf.subarray(start, end))
        return
      }
      if (head.status === 101) return this.switchProtocols(buf, after, end)
      if (head.status >= 200) return this.respond(buf, after, end)
      if (++this.informational > MAX_INFORMATIONAL) {
        return this.fail(new Fault('UPSTREAM_PROTOCOL', 'too many informational responses'))
      }
      // 100 is between the upstream and us; others are for the client (RFC 9110 §15.2).
      if (head.status !== 100) this.attempt!.x.inform?.(head.status, head)
      start = after
      if (start === end) return
    }
  }

  private respond(buf: Buffer, start: number, end: number): void {
    const { head } = this
    const attempt = this.attempt!
    const { status } = head
    this.keepAlive = head.keepAlive
    const bodiless = attempt.x.method === 'HEAD' || status === 204 || status === 304 || head.contentLength === 0
    if (bodiless) {
      // Bytes behind it belong to no message: whatever they are, this connection is not used again.
      if (start < end) this.keepAlive = false
      this.responseDone = true
      attempt.succeed(new Reply(status, head))
      return this.settle()
    }
    const mode = head.chunked ? 'chunked' : head.contentLength >= 0 ? 'length' : 'close'
    if (mode === 'close') this.keepAlive = false
    const reader = new BodyReader(this, mode, head.contentLength, LIMITS)
    if (head.connection !== null) reader.named = head.connection.others
    this.reader = reader
    if (start < end) {
      if (buf !== this.slab) {
        buf.copy(this.slab, SLAB_HEAD, start, end)
        end = SLAB_HEAD + end - start
        start = SLAB_HEAD
      }
      if (!this.takeBody(this.slab, start, end)) return
    }
    if (!reader.complete) this.arm(this.target.options.timeouts.idleMs)
    attempt.succeed(new Reply(status, head, reader))
    if (this.reader === reader && start < end) reader.deliver()
  }

  private feed(buf: Buffer, start: number, end: number): void {
    if (!this.tunnel) this.arm(this.target.options.timeouts.idleMs)
    if (this.takeBody(buf, start, end)) this.reader!.deliver()
  }

  private takeBody(buf: Buffer, start: number, end: number): boolean {
    const reader = this.reader!
    const next = reader.take(buf, start, end)
    if (next >= 0) {
      if (next < end) this.keepAlive = false
      return true
    }
    this.fail(new Fault('UPSTREAM_PROTOCOL', `the upstream sent ${reader.broken!.detail}`))
    return false
  }

  private switchProtocols(buf: Buffer, start: number, end: number): void {
    const attempt = this.attempt!
    const { head } = this
    if (attempt.x.upgrade === '' || head.get('upgrade')?.toLowerCase() !== attempt.x.upgrade) {
      return this.fail(new Fault('UPSTREAM_PROTOCOL', 'the upstream switched protocols unasked'))
    }
    this.tunnel = true
    this.keepAlive = false
    const reader = new BodyReader(this, 'close', -1, LIMITS)
    this.reader = reader
    // The client's side watches over both directions.
    this.disarm()
    if (start < end) {
      if (buf !== this.slab) {
        buf.copy(this.slab, SLAB_HEAD, start, Math.min(end, start + SLAB_DATA))
        end = SLAB_HEAD + end - start
        start = SLAB_HEAD
      }
      reader.take(this.slab, start, end)
    }
    this.requestDone = false
    this.writer.begin('', 'close', 0)
    const reply = new Reply(101, head)
    reply.upgrade = {
      source: reader,
      feed: fromClient => this.writer.pipe(fromClient),
      cancel: () => this.destroy(),
    }
    attempt.succeed(reply)
    if (this.reader === reader && start < end) reader.deliver()
  }

  // --- body of the answer ---

  pauseBody(): void {
    this.slabLent = true
    this.wire.pause()
    this.disarm()
  }

  holdBody(): void {
    this.pauseBody()
  }

  resumeBody(): void {
    this.slabLent = false
    if (!this.tunnel) this.arm(this.target.options.timeouts.idleMs)
    this.wire.resume()
  }

  bodyDone(): void {
    this.slabLent = false
    this.reader = null
    this.responseDone = true
    if (this.tunnel) {
      if (this.requestDone || this.lingers) this.finish()
      return
    }
    this.settle()
  }

  bodyCancelled(): void {
    this.reader = null
    this.responseDone = true
    this.keepAlive = false
    this.finish()
  }

  // --- the request ---

  onWritten(): void {
    this.requestDone = true
    if (this.tunnel) {
      this.wire.end()
      if (this.responseDone) this.finish()
      return
    }
    this.attempt?.sent()
    if (this.responseDone) this.settle()
    else if (this.reader === null) this.arm(this.headWait())
  }

  onPending(): void {
    if (!this.tunnel) this.arm(this.target.options.timeouts.idleMs)
  }

  onBroken(why: Fault): void {
    this.fail(why)
  }

  // --- ends ---

  /** The answer is over; the request may not be (RFC 9110 §9.2.2: an early answer). */
  private settle(): void {
    if (!this.requestDone) {
      this.keepAlive = false
      this.writer.drop()
      this.body?.cancel(new Fault('UPSTREAM_PROTOCOL', 'the upstream answered before the body ended'))
    }
    this.finish()
  }

  private finish(): void {
    const attempt = this.attempt
    this.attempt = null
    attempt?.over()
    if (this.lingers) this.target.forget(this)
    if (this.closed) return
    if (!this.keepAlive) return this.destroy()
    this.wire.resume()
    const { idleMs } = this.target.options.connections
    const hint = this.head.keepAliveSeconds
    this.idle(hint < 0 ? idleMs : Math.min(idleMs, Math.max(0, hint - 1) * 1000))
    this.target.put(this)
  }

  /** `sent` false: the target has seen nothing of the request. */
  private fail(why: Fault, sent = true): void {
    const attempt = this.attempt
    const reader = this.reader
    this.attempt = null
    this.reader = null
    this.destroy()
    reader?.fail(why)
    attempt?.fail(why, sent)
    if (this.lingers) this.target.forget(this)
  }

  private expired(): void {
    if (this.attempt === null) return this.destroy()
    if (!this.connected) {
      return this.fail(new Fault('UPSTREAM_TIMEOUT', 'connecting to the upstream took too long'), false)
    }
    const what =
      this.reader !== null ? 'the upstream stopped in the middle of its answer' : 'the upstream did not answer in time'
    this.fail(new Fault('UPSTREAM_TIMEOUT', what))
  }

  private headWait(): number {
    return this.target.options.timeouts.headMs
  }

  /** Only the request's own deadline counts. */
  private disarm(): void {
    const { wheel } = this.target.world
    const deadlineAt = this.attempt?.x.deadlineAt ?? 0
    if (deadlineAt > 0 && !this.tunnel) wheel.setAt(this.timer, deadlineAt)
    else wheel.clear(this.timer)
  }

  private arm(ms: number): void {
    const { wheel, clock } = this.target.world
    const now = clock.now()
    const deadlineAt = this.attempt?.x.deadlineAt ?? 0
    wheel.setAt(this.timer, deadlineAt > 0 ? Math.min(now + ms, deadlineAt) : now + ms)
  }
}
