import type { Source } from '../base/body.ts'
import { Fault } from '../base/errors.ts'
import { giveSlab, SLAB_HEAD, slabWindow, takeSlab } from '../base/slabs.ts'
import { Wire, type WireOwner } from '../base/wire.ts'
import { Reply } from '../core/reply.ts'
import { MessageWriter, type WriterOwner } from '../http1/message-writer.ts'
import type { ResponseHead } from '../http1/response-parser.ts'
import { ConnectionDeadline, type Timed } from './connection-deadline.ts'
import { dial } from './dial.ts'
import { type ResponseHost, ResponseReader } from './response-reader.ts'
import type { Carrier, Home, Incoming, Passenger } from './roles.ts'
import { type TunnelHost, UpstreamTunnel } from './upstream-tunnel.ts'

/**
 * One connection to a target: connects, carries one exchange at a time, and goes back to its target in between. It sends
 * the request; `ResponseReader` reads the answer, or `UpstreamTunnel` takes over after a 101. What it reads goes into a slab
 * of its own, so answers are passed on without a copy.
 */
export class UpstreamConnection implements WireOwner, WriterOwner, Carrier, Timed, ResponseHost, TunnelHost {
  readonly wire: Wire
  readonly deadline: ConnectionDeadline
  readonly slab: Buffer
  attempt: Passenger | null = null
  /** It has carried an exchange before: it may be dead without our knowing. */
  reused = false
  /** A byte of the current answer has come. */
  answered = false
  /** It came while the request still waited to be sent: it is no answer to it. */
  private isUnasked = false
  /** The socket is gone, and what it brought is still being read. */
  lingers = false
  private readonly target: Home<UpstreamConnection>
  private readonly writer: MessageWriter
  private readonly response: ResponseReader
  private tunnel: UpstreamTunnel | null = null
  /** Of the request that is being sent. */
  private body: Source | null = null
  private requestDone = false
  private connected = false
  private closed = false

  /** Its target has counted it. */
  constructor(target: Home<UpstreamConnection>, attempt: Passenger) {
    this.target = target
    this.attempt = attempt
    this.slab = takeSlab()
    this.deadline = new ConnectionDeadline(target.world, this, () => this.expired())
    const window = slabWindow(this.slab)
    const socket = dial(target.options.endpoint, target.resolver, window, n =>
      this.wire.receive(this.slab, SLAB_HEAD, SLAB_HEAD + n),
    )
    this.wire = new Wire(socket, target.world.lean, this)
    this.writer = new MessageWriter(this.wire, this)
    this.response = new ResponseReader(this)
    const { endpoint, timeouts } = target.options
    socket.once(endpoint.tls ? 'secureConnect' : 'connect', () => this.onConnect())
    if (endpoint.tls) socket.once('connect', () => this.deadline.set(timeouts.tlsMs))
    this.deadline.set(timeouts.connectMs)
  }

  /** Sends the attempt's request; its answer comes back to the attempt. */
  begin(attempt: Passenger): void {
    const { x, head } = attempt
    this.attempt = attempt
    this.answered = false
    this.isUnasked = false
    this.requestDone = false
    this.response.begin()
    this.body = null
    if (x.body === null) {
      // `onWritten` arms the wait for the answer; until then the timer of the idle connection stands.
      this.writer.begin(head, 'none', 0)
      this.writer.sendHead()
    } else {
      this.writer.begin(head, x.body.length < 0 ? 'chunked' : 'length', x.body.length, attempt.dropField)
      // Whether the client sends is the client side's to watch; ours is whether the target takes it, see `onPending`.
      this.deadline.release()
      this.body = x.body
      this.writer.pipe(x.body)
    }
  }

  get bodyIdleMs(): number {
    return this.target.options.timeouts.idleMs
  }

  /** Whether it may carry another exchange right now. */
  get isUsable(): boolean {
    return !this.closed && this.connected && this.attempt === null
  }

  /** Waits in its target's pool, for at most as long as the target says it keeps idle connections. */
  idle(ms: number): void {
    this.attempt = null
    this.reused = true
    this.deadline.set(ms)
  }

  /** Gives up whatever is going on, at once. */
  destroy(): void {
    if (this.closed) return
    this.closed = true
    this.deadline.remove()
    this.writer.drop()
    this.tunnel?.drop()
    this.wire.dropWaiting()
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
    if (!this.answered) this.isUnasked = this.wire.isWaiting
    this.answered = true
    try {
      this.incoming.onData(buf, start, end)
    } catch (error) {
      // Whoever reads the answer threw: that costs this exchange and not the worker.
      this.target.world.log.error('an answer could not be passed on', { error: String(error) })
      this.fail(new Fault('INTERNAL', 'the answer could not be passed on'))
    }
  }

  onDrain(): void {
    if (this.tunnel !== null) return this.tunnel.onDrain()
    if (this.attempt !== null && !this.requestDone) {
      if (this.response.isReading) this.deadline.set(this.bodyIdleMs)
      else this.deadline.release()
    }
    this.writer.drained()
  }

  /** The answer does not come either then, which is watched. */
  onHeldUp(): void {}

  onEnd(): void {
    if (!this.incoming.onEnd()) this.lost('the upstream closed the connection before it answered')
  }

  onClose(error: Error | null): void {
    this.target.disconnected()
    if (!this.incoming.slabLent) giveSlab(this.slab)
    const code = (error as NodeJS.ErrnoException | null)?.code
    if (!this.connected) this.attempt?.connectFailed(code ?? 'closed')
    else this.lost(code === undefined ? 'the upstream closed the connection' : `the connection broke (${code})`)
    if (this.incoming.isReading) this.lingers = true
    else this.target.forget(this)
    this.destroy()
  }

  /** The connection ended where it should not have. */
  private lost(what: string): void {
    if (this.incoming.isComplete) {
      // All of it is here; whoever reads it slowly still gets it, and `bodyDone` ends the exchange.
      this.response.keepAlive = false
      return
    }
    const { attempt } = this
    const reader = this.incoming.detach()
    this.attempt = null
    this.destroy()
    reader?.fail(new Fault('UPSTREAM_PROTOCOL', what))
    attempt?.connectionLost(this, what)
  }

  private get incoming(): Incoming {
    return this.tunnel ?? this.response
  }

  // --- the answer ---

  switchProtocols(head: ResponseHead, start: number, end: number): void {
    const attempt = this.attempt!
    const { upgrade } = attempt.x
    if (upgrade === '' || head.get('upgrade')?.toLowerCase() !== upgrade) {
      return this.fail(new Fault('UPSTREAM_PROTOCOL', 'the upstream switched protocols unasked'))
    }
    this.response.keepAlive = false
    this.deadline.stop()
    this.tunnel = new UpstreamTunnel(this)
    this.tunnel.open(this.slab, start, end, joined => {
      const reply = new Reply(101, head)
      reply.upgrade = joined
      attempt.succeed(reply)
    })
  }

  tunnelOver(): void {
    this.finish()
  }

  /** The request may not be over, or not be out (RFC 9110 §9.2.2: an early answer): what follows is no other's answer. */
  answerOver(): void {
    if (!this.requestDone || !this.wire.isOut || this.isUnasked) {
      this.response.keepAlive = false
      this.writer.drop()
      this.body?.cancel(new Fault('UPSTREAM_PROTOCOL', 'the upstream answered before the body ended'))
    }
    this.finish()
  }

  answerUnwanted(): void {
    this.finish()
  }

  // --- the request ---

  onWritten(): void {
    this.requestDone = true
    this.attempt?.sent()
    if (this.response.done) this.answerOver()
    else if (!this.response.isReading) this.deadline.set(this.target.options.timeouts.headMs)
  }

  onPending(): void {
    this.deadline.set(this.bodyIdleMs)
  }

  onBroken(why: Fault): void {
    this.fail(why)
  }

  // --- ends ---

  private finish(): void {
    const { attempt } = this
    this.attempt = null
    attempt?.over()
    if (this.lingers) this.target.forget(this)
    if (this.closed) return
    if (!this.response.keepAlive) return this.destroy()
    this.wire.resume()
    const { idleMs } = this.target.options.connections
    const hint = this.response.head.keepAliveSeconds
    this.idle(hint < 0 ? idleMs : Math.min(idleMs, Math.max(0, hint - 1) * 1000))
    this.target.put(this)
  }

  /** `sent` false: the target has seen nothing of the request. */
  fail(why: Fault, sent = true): void {
    const { attempt } = this
    const reader = this.incoming.detach()
    this.attempt = null
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
    const what = this.response.isReading
      ? 'the upstream stopped in the middle of its answer'
      : 'the upstream did not answer in time'
    this.fail(new Fault('UPSTREAM_TIMEOUT', what))
  }
}
