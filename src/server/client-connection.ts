import { Fault } from '../base/errors.ts'
import type { HeaderView } from '../base/headers.ts'
import { giveSlab, SLAB_DATA, SLAB_HEAD, takeSlab } from '../base/slabs.ts'
import { Timer } from '../base/wheel.ts'
import type { Wire, WireOwner } from '../base/wire.ts'
import { Exchange } from '../core/exchange.ts'
import { faultReply, Reply } from '../core/reply.ts'
import { type BodyOwner, BodyReader } from '../http1/body-reader.ts'
import { LF } from '../http1/chars.ts'
import { MORE } from '../http1/head.ts'
import { MessageWriter, type WriterOwner } from '../http1/message-writer.ts'
import type { RequestHead } from '../http1/request-parser.ts'
import { ResponseHead } from '../http1/response-parser.ts'
import { fieldLines, HOP_BY_HOP, nameSet, statusLine } from '../http1/serialize.ts'
import type { Front } from './front.ts'
import { codeOf } from './head-fault.ts'
import { newPeer, type Peer, readRequest } from './request.ts'
import { type Framed, frameReply, upgradeHead } from './response-head.ts'

/** Pipelined bytes kept while an answer is awaited; beyond that the socket is not read. */
const MAX_SAVED = 65536
/** What is read and thrown away of a body nobody wants, before the connection is given up. */
const MAX_DISCARD = 1_048_576
/** How long a connection that is about to close waits for the other side, so that the answer is not lost to a reset. */
const LINGER_MS = 2000
const TUNNEL_IDLE_MS = 3_600_000

const CONTINUE = 'HTTP/1.1 100 Continue\r\n\r\n'
const DROP_INFORMATIONAL = nameSet(...HOP_BY_HOP, 'content-length', 'x-request-id')
const GONE = new Fault('CLIENT_GONE', 'the client closed the connection')

const framed: Framed = { head: '', framing: 'none', length: 0, keepAlive: true }

/**
 * One client connection: reads requests one after another, runs each through the gateway, writes its answer. HTTP/1.1
 * answers in order, so there is one Exchange at a time; pipelined requests wait as bytes.
 */
export class ClientConnection implements WireOwner, BodyOwner, WriterOwner {
  private readonly front: Front
  private readonly wire: Wire
  private readonly writer: MessageWriter
  private readonly timer: Timer
  private readonly peer: Peer
  private trustedBy: unknown = null
  private x: Exchange | null = null
  private head: RequestHead | null = null
  private reply: Reply | null = null
  /** The request's body, until its last byte was seen and handed on. */
  private body: BodyReader | null = null
  private slab: Buffer | null = null
  private slabLent = false
  private saved: Buffer | null = null
  private keepAlive = true
  private sending = false
  private expectsContinue = false
  private discarded = 0
  private state: 'open' | 'tunnel' | 'lingering' | 'closed' = 'open'
  private fresh = true
  private reading = false
  private drainTurns = 0
  private tunnelEnds = 0
  private tunnelBytes = 0

  constructor(front: Front, makeWire: (owner: WireOwner) => Wire, scheme: 'http' | 'https') {
    this.front = front
    this.wire = makeWire(this)
    this.writer = new MessageWriter(this.wire, this)
    this.timer = new Timer(() => this.expired())
    this.peer = newPeer(this.wire.socket.remoteAddress ?? '', scheme)
    front.connections.add(this)
    front.open.add(1)
    front.accepted.add(1)
    this.arm(front.spec.timeouts.headMs)
  }

  // --- bytes from the client ---

  onData(buf: Buffer, start: number, end: number): void {
    if (this.state === 'closed') return
    if (this.state === 'lingering') return this.discard(end - start)
    try {
      this.take(buf, start, end)
    } catch (error) {
      this.threw(error)
    }
  }

  private take(buf: Buffer, start: number, end: number): void {
    if (this.wantsBody && this.saved === null) start = this.feedBody(buf, start, end)
    if (start >= end) return
    if (this.x === null) return this.consume(buf, start, end)
    this.save(buf, start, end)
    this.feedSaved()
  }

  /** Reads requests until bytes are missing or an answer is awaited. */
  private consume(buf: Buffer, start: number, end: number, ours = false): void {
    if (this.saved !== null) {
      const more = buf.subarray(start, end)
      buf = Buffer.concat([this.saved, more])
      // A head ends with a line feed: without one, bytes that drip in are not worth another look at all before them.
      if (buf.length < this.front.spec.limits.headBytes && !more.includes(LF)) {
        this.saved = buf
        return
      }
      this.saved = null
      start = 0
      end = buf.length
      ours = true
    }
    this.reading = true
    while (start < end && this.x === null && this.state === 'open') {
      const head = this.front.heads.take()
      const after = head.parse(buf, start, end, this.front.spec.limits)
      if (after <= 0) {
        if (after === MORE) {
          this.front.heads.give(head)
          break
        }
        this.reading = false
        return this.refuse(head, after)
      }
      this.fresh = false
      start = this.begin(head, buf, after, end)
    }
    this.reading = false
    if (this.state !== 'open' || start >= end) return
    if (this.x === null) this.awaitHead()
    this.save(buf, start, end, ours)
    this.feedSaved()
  }

  /**
   * Keeps bytes for later; stops reading when there are too many of them. Memory of our own is kept while half of it is
   * wanted: with a copy of the rest behind each request, a burst of pipelined ones took quadratic time.
   */
  private save(buf: Buffer, start: number, end: number, ours = false): void {
    const more = buf.subarray(start, end)
    if (this.saved !== null) this.saved = Buffer.concat([this.saved, more])
    else this.saved = ours && more.length * 2 > buf.buffer.byteLength ? more : Buffer.from(more)
    if (this.x !== null && this.saved.length >= MAX_SAVED) this.wire.pause()
  }

  /** The first byte of a head starts its clock; later ones do not wind it up again. */
  private awaitHead(): void {
    if (this.saved !== null || this.fresh) return
    this.fresh = true
    this.arm(this.front.spec.timeouts.headMs)
  }

  // --- a request ---

  /** Runs one request. Returns the offset behind what it took of `buf`. */
  private begin(head: RequestHead, buf: Buffer, start: number, end: number): number {
    const { front } = this
    const x = new Exchange()
    this.open(x, head)
    const refused = readRequest(x, head, this.peer, front.gateway.plan)
    if (x.requestId === '') x.requestId = front.nextId()
    this.keepAlive = head.keepAlive && !front.draining
    if (refused !== null) {
      this.keepAlive = false
      front.gateway.refuse(x, refused, this)
      return end
    }
    const { limits } = front.spec
    if (limits.bodyBytes > 0 && head.contentLength > limits.bodyBytes) {
      this.keepAlive = false
      front.gateway.refuse(x, new Fault('BODY_TOO_LARGE', 'the body is larger than the limit'), this)
      return end
    }
    if (head.chunked || head.contentLength > 0) {
      const mode = head.chunked ? 'chunked' : 'length'
      this.body = new BodyReader(this, mode, head.contentLength, limits, limits.bodyBytes)
      if (head.connection !== null) this.body.named = head.connection.others
      x.body = this.body
      this.expectsContinue = head.expectContinue
      this.discarded = 0
      if (start < end) {
        this.expectsContinue = false
        start = this.feedBody(buf, start, end)
        // Broken and answered, though that answer may still be on its way.
        if (this.body === null) return end
      }
    } else if (head.connection?.upgrade && head.method === 'GET' && head.minor === 1) {
      x.upgrade = head.get('upgrade')?.toLowerCase() === 'websocket' ? 'websocket' : ''
    }
    if (head.minor === 1) x.inform = this.inform
    front.gateway.handle(x, this)
    return start
  }

  private open(x: Exchange, head: RequestHead | null): void {
    const { front } = this
    const { plan } = front.gateway
    if (this.trustedBy !== plan) {
      this.trustedBy = plan
      this.peer.trusted = plan.isTrusted(this.peer.address)
    }
    front.wheel.clear(this.timer)
    x.listener = front.spec.name
    x.startedAt = front.clock.now()
    this.x = x
    this.head = head
    this.reply = null
    this.body = null
    this.sending = false
  }

  /** A head that cannot be read: what follows it cannot be told from an attack, so the connection ends. */
  private refuse(head: RequestHead, why: number): void {
    const x = new Exchange()
    this.open(x, head)
    x.requestId = this.front.nextId()
    x.peerAddress = x.clientAddress = this.peer.address
    x.scheme = this.peer.scheme
    this.keepAlive = false
    this.front.gateway.refuse(x, new Fault(codeOf(why), head.reason), this)
  }

  private readonly inform = (status: number, headers: HeaderView): void => {
    if (this.sending || this.wire.pending || this.state !== 'open') return
    const named = headers instanceof ResponseHead ? (headers.connection?.others ?? []) : []
    this.wire.writeText(`${statusLine(status)}${fieldLines(headers, DROP_INFORMATIONAL, named, null, null)}\r\n`)
  }

  // --- its body ---

  /** Hands wire bytes to the body, by way of the slab. Returns the offset where the body stopped. */
  private feedBody(buf: Buffer, start: number, end: number): number {
    const { body } = this
    if (body === null) return start
    this.slab ??= takeSlab()
    const { slab } = this
    const n = Math.min(end - start, SLAB_DATA)
    buf.copy(slab, SLAB_HEAD, start, start + n)
    const next = body.take(slab, SLAB_HEAD, SLAB_HEAD + n)
    this.x!.bytesIn = body.received
    if (next < 0) {
      this.bodyBroken(body.broken!)
      return end
    }
    this.armBody()
    if (this.discarded > 0) this.discarded += n
    if (this.discarded > MAX_DISCARD) {
      this.body = null
      this.keepAlive = false
      this.endIfOver()
      return end
    }
    body.deliver()
    if (body.complete && this.discarded > 0) this.bodyDone()
    return start + (next - SLAB_HEAD)
  }

  /** Bytes of the body are missing, and the slab is free for them. */
  private get wantsBody(): boolean {
    return this.body !== null && !this.body.complete && !this.slabLent
  }

  /** Hands on what was read ahead of the body's reader; it may be more than a slab, and more than the body. */
  private feedSaved(): void {
    while (this.wantsBody && this.saved !== null) {
      const { saved } = this
      this.saved = null
      const rest = this.feedBody(saved, 0, saved.length)
      if (rest >= saved.length) continue
      if (this.x === null) return this.consume(saved, rest, saved.length, true)
      this.save(saved, rest, saved.length, true)
    }
    // `save` may have stopped the reading; what it kept is used up.
    if (this.saved === null && this.wantsBody) this.wire.resume()
  }

  pauseBody(): void {
    this.slabLent = true
    this.front.wheel.clear(this.timer)
    this.wire.pause()
  }

  /** Bytes that follow are saved, within bounds: a socket that is not read does not tell that the client left. */
  holdBody(): void {
    this.slabLent = true
    this.front.wheel.clear(this.timer)
  }

  resumeBody(): void {
    this.slabLent = false
    if (this.state === 'tunnel') return this.wire.resume()
    if (this.expectsContinue) {
      this.expectsContinue = false
      if (!this.sending) this.wire.writeText(CONTINUE)
    }
    this.feedSaved()
    if (!this.wantsBody) return
    this.armBody()
    this.wire.resume()
  }

  bodyDone(): void {
    this.slabLent = false
    this.dropSlab()
    this.body = null
    if (this.state === 'tunnel') return this.tunnelEnd()
    this.front.wheel.clear(this.timer)
    // Read on even while the answer is awaited: a socket that is not read does not tell that the client left.
    this.wire.resume()
    this.endIfOver()
  }

  /** Nobody reads the rest of the body: throw it away, within bounds, so that the connection can go on. */
  bodyCancelled(): void {
    if (this.state !== 'open' || this.body === null) return
    if (this.expectsContinue || this.body.length > MAX_DISCARD) {
      this.body = null
      this.keepAlive = false
      return
    }
    this.discarded = 1
    // Whoever has the slab may still be writing out of it.
    if (this.slabLent) this.slab = null
    this.slabLent = false
    if (this.body.complete) return this.bodyDone()
    this.armBody()
    this.wire.resume()
    this.feedSaved()
  }

  /** The request broke off in its body; nothing after it can be trusted. */
  private bodyBroken(why: Fault): void {
    const { body, x } = this
    this.keepAlive = false
    this.body = null
    if (x === null || body === null) return
    x.fault ??= why
    if (this.reply === null && x.onCancel === null) {
      x.cancel(why)
      return this.front.gateway.refuse(x, why, this)
    }
    body.fail(why)
    this.endIfOver()
  }

  // --- the answer ---

  send(x: Exchange, reply: Reply): void {
    if (x !== this.x || this.reply !== null || this.state === 'closed') {
      reply.cancel()
      return
    }
    this.reply = reply
    this.sending = true
    x.inform = null
    if (reply.fault !== null) x.fault ??= reply.fault
    // A reply that cannot be written, e.g. a policy's, costs its own connection and not the worker.
    try {
      if (reply.upgrade !== null) this.openTunnel(x, reply)
      else this.answer(x, reply)
    } catch (error) {
      this.threw(error)
    }
  }

  private answer(x: Exchange, reply: Reply): void {
    // A body that nobody asked for is dropped now; what could not be dropped costs the connection.
    const { body } = this
    if (body !== null && !body.isPiped) body.cancel(GONE)
    const { head, framing, length, keepAlive } = frameReply(x, reply, this.front.dateLine(), this.keepAlive, framed)
    this.keepAlive = keepAlive
    this.writer.begin(head, framing, length)
    const content = reply.body
    if (content === null || framing === 'none') {
      if (content !== null && 'pipe' in content) content.cancel(GONE)
      this.writer.sendHead()
    } else if ('pipe' in content) this.writer.pipe(content)
    else this.writer.sendBytes(content)
    if (this.sending && this.wire.pending) this.armWrite()
  }

  onDrain(): void {
    if (this.state === 'closed') return
    this.writer.drained()
    if (this.state === 'tunnel' || this.x === null) return
    if (this.wire.pending) this.armWrite()
    else if (this.sending) this.front.wheel.clear(this.timer)
  }

  onPending(): void {
    if (this.state === 'open') this.armWrite()
  }

  onWritten(): void {
    if (this.state === 'tunnel') {
      this.wire.end()
      return this.tunnelEnd()
    }
    this.sending = false
    if (this.x !== null) this.isOut(this.x)
    this.endIfOver()
  }

  /** The client may go on sending a body that nobody reads, as slowly as it likes: nothing is held for it meanwhile. */
  private isOut(x: Exchange): void {
    x.bytesOut = this.writer.bytes
    if (x.holding === null) return
    x.holding.release()
    if (this.reply !== null) this.reply.body = null
  }

  onBroken(why: Fault, headSent: boolean): void {
    const { x } = this
    if (x === null || this.state === 'closed') return
    x.fault = why
    x.bytesOut = this.writer.bytes
    if (headSent || this.state === 'tunnel') return this.destroy(true)
    // Nothing went out yet: the client gets an honest error instead of a broken body.
    this.reply?.cancel()
    const reply = faultReply(why)
    this.front.gateway.explain(x, reply)
    this.reply = null
    this.keepAlive = false
    this.send(x, reply)
  }

  /** The exchange is over when its answer is out and its body in. */
  private endIfOver(): void {
    if (this.x === null || this.reply === null || this.sending) return
    if (this.body !== null && this.keepAlive && !this.body.complete) {
      if (this.discarded > 0) return
      this.body.cancel(GONE)
      if (this.body !== null && this.keepAlive) return
    }
    // An upstream that left in the middle of an upload does not give the slab back.
    if (this.slabLent) this.wire.resume()
    this.finish()
    if (!this.keepAlive) return this.linger()
    this.arm(this.front.spec.timeouts.idleMs)
    if (this.reading || this.saved === null) return
    const { saved } = this
    this.saved = null
    this.wire.resume()
    this.consume(saved, 0, saved.length, true)
  }

  private finish(): void {
    const { x, reply, head } = this
    if (x === null) return
    this.x = null
    this.reply = null
    this.head = null
    this.body = null
    this.dropSlab()
    x.onCancel = null
    this.front.gateway.finish(x, reply ?? new Reply(0))
    // After a cancelled exchange a policy may still be waiting, with these headers in its hands.
    if (head !== null && x.cancelled === null) this.front.heads.give(head)
  }

  // --- tunnel ---

  private openTunnel(x: Exchange, reply: Reply): void {
    const upgrade = reply.upgrade!
    this.state = 'tunnel'
    this.keepAlive = false
    this.arm(TUNNEL_IDLE_MS)
    const body = new BodyReader(this, 'close', -1, this.front.spec.limits)
    this.body = body
    this.writer.begin(upgradeHead(x, reply), 'close', 0)
    this.writer.pipe(upgrade.source)
    upgrade.feed(body)
    const { saved } = this
    this.saved = null
    if (saved !== null) this.feedBody(saved, 0, saved.length)
  }

  /** Whether a byte went either way since this was last asked. */
  private tunnelMoved(): boolean {
    const moved = this.writer.bytes + (this.body?.received ?? 0)
    if (moved === this.tunnelBytes) return false
    this.tunnelBytes = moved
    return true
  }

  /** One direction ended. With the second the exchange is over, and the sockets close by themselves. */
  private tunnelEnd(): void {
    if (++this.tunnelEnds === 2) this.finish()
    else this.armTunnel()
  }

  // --- ends ---

  onEnd(): void {
    if (this.state === 'closed') return
    if (this.state === 'tunnel') return this.body?.eof()
    if (this.state === 'lingering' || this.x === null) return this.destroy(false)
    // Who closes before the answer is out is gone, half-closed or not: a socket says no more than this (as in nginx).
    this.keepAlive = false
    if (!this.writer.isFlushing) this.destroy(false)
  }

  onClose(): void {
    this.destroy(false)
  }

  /** After the last answer: FIN, then wait for the other side's, reading what it still sends. */
  private linger(): void {
    if (this.state !== 'open') return
    this.state = 'lingering'
    this.saved = null
    this.discarded = 0
    this.wire.end()
    this.wire.resume()
    this.arm(LINGER_MS)
  }

  private discard(n: number): void {
    this.discarded += n
    if (this.discarded > MAX_DISCARD) this.destroy(false)
  }

  private expired(): void {
    const { x } = this
    if (this.state === 'tunnel' && this.tunnelMoved()) return this.armTunnel()
    if (this.state !== 'open') return this.destroy(false)
    if (x === null) {
      if (this.saved === null) return this.linger()
      const late = new Exchange()
      this.open(late, null)
      late.requestId = this.front.nextId()
      late.peerAddress = late.clientAddress = this.peer.address
      this.keepAlive = false
      this.saved = null
      return this.front.gateway.refuse(late, new Fault('REQUEST_TIMEOUT', 'the request head came too slowly'), this)
    }
    if (this.wire.pending) {
      x.fault = new Fault('CLIENT_GONE', 'the client read too slowly')
      return this.destroy(true)
    }
    this.bodyBroken(new Fault('REQUEST_TIMEOUT', 'the request body came too slowly'))
  }

  /** Idle connections end after one more read turn, busy ones with their answer. */
  drain(): void {
    if (this.state === 'tunnel') return
    this.keepAlive = false
    if (this.x !== null || this.saved !== null) return
    if (this.drainTurns++ > 0) this.linger()
  }

  private threw(error: unknown): void {
    this.front.gateway.onThrow(error)
    this.destroy(true)
  }

  destroy(reset = false): void {
    if (this.state === 'closed') return
    this.state = 'closed'
    const { x, front } = this
    front.wheel.remove(this.timer)
    front.connections.delete(this)
    front.open.add(-1)
    this.writer.drop()
    if (reset) this.wire.reset()
    else this.wire.destroy()
    if (x === null) return
    const { body, reply } = this
    x.fault ??= GONE
    x.bytesOut = this.writer.bytes
    reply?.cancel(GONE)
    x.cancel(GONE)
    body?.fail(GONE)
    this.finish()
  }

  private dropSlab(): void {
    const { slab } = this
    if (slab === null) return
    this.slab = null
    // A write that is still going out of it keeps it; it is then left to the collector.
    if (!this.slabLent) giveSlab(slab)
    this.slabLent = false
  }

  private arm(ms: number): void {
    this.front.wheel.setAt(this.timer, this.front.clock.now() + ms)
  }

  /** Once one side has ended, what is left of the other is a body that has to make progress. */
  private armTunnel(): void {
    this.arm(this.tunnelEnds === 0 ? TUNNEL_IDLE_MS : this.front.spec.timeouts.bodyMs)
  }

  private armBody(): void {
    if (this.state === 'tunnel') return this.armTunnel()
    if (this.body !== null && !this.body.complete) this.arm(this.front.spec.timeouts.bodyMs)
    else this.front.wheel.clear(this.timer)
  }

  private armWrite(): void {
    this.arm(this.front.spec.timeouts.bodyMs)
  }
}
