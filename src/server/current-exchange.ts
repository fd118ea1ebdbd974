import { Fault } from '../base/errors.ts'
import type { HeaderView } from '../base/headers.ts'
import type { Wire } from '../base/wire.ts'
import { Exchange } from '../core/exchange.ts'
import type { Responder } from '../core/flow.ts'
import { faultReply, Reply } from '../core/reply.ts'
import { MessageWriter, type WriterOwner } from '../http1/message-writer.ts'
import type { RequestHead } from '../http1/request-parser.ts'
import type { Front } from './front.ts'
import { judge, readRequest, tooLarge, upgradeOf } from './request.ts'
import { type Framed, frameReply, informationalHead, upgradeHead } from './response-head.ts'
import type { ExchangeHost, UploadOwner } from './roles.ts'
import { Upload } from './upload.ts'

const UNWANTED = new Fault('CLIENT_GONE', 'nobody reads this body')

const framed: Framed = { head: '', framing: 'none', length: 0, keepAlive: true }

/**
 * The exchange under way on a client connection, if one is: its request through the gateway, its answer onto the wire.
 * One per connection, for one Exchange after another: HTTP/1.1 answers in order.
 */
export class CurrentExchange implements Responder, UploadOwner, WriterOwner {
  readonly upload: Upload
  keepAlive = true
  /** The answer has begun, and not all of it is out. */
  sending = false
  private readonly host: ExchangeHost
  private readonly front: Front
  private readonly wire: Wire
  private readonly writer: MessageWriter
  private x: Exchange | null = null
  private head: RequestHead | null = null
  private reply: Reply | null = null

  constructor(host: ExchangeHost) {
    this.host = host
    this.front = host.front
    this.wire = host.wire
    this.upload = new Upload(host, this)
    this.writer = new MessageWriter(host.wire, this)
  }

  get isIdle(): boolean {
    return this.x === null
  }

  get isOpen(): boolean {
    return this.host.isOpen
  }

  /** The whole answer was handed to the kernel, which has not taken all of it yet. */
  get isFlushing(): boolean {
    return this.writer.isFlushing
  }

  // --- the request ---

  /** Runs one request. Returns the offset behind what it took of `buf`. */
  begin(head: RequestHead, buf: Buffer, start: number, end: number): number {
    const { front } = this
    const { gateway } = front
    const { peer } = this.host
    const x = new Exchange()
    this.open(x, head)
    const refused = readRequest(x, head, peer, gateway.plan) ?? tooLarge(head.contentLength, front.spec.limits)
    if (x.requestId === '') x.requestId = front.nextId()
    this.keepAlive = head.keepAlive && !front.draining
    if (refused !== null) {
      this.keepAlive = false
      gateway.refuse(x, refused, this)
      return end
    }
    if (head.chunked || head.contentLength > 0) {
      this.upload.begin(x, head)
      if (start < end) {
        start = this.upload.start(buf, start, end)
        // Broken and answered, though that answer may still be on its way.
        if (this.upload.body === null) return end
      }
    } else x.upgrade = upgradeOf(head)
    if (head.minor === 1) x.inform = this.inform
    gateway.handle(x, this)
    return start
  }

  /** What is no request: what follows it cannot be told from an attack, so the connection ends. `head` null: none came. */
  refuse(head: RequestHead | null, why: Fault): void {
    const { front } = this
    const { peer } = this.host
    const x = new Exchange()
    this.open(x, head)
    x.requestId = front.nextId()
    x.peerAddress = x.clientAddress = peer.address
    x.scheme = peer.scheme
    this.keepAlive = false
    front.gateway.refuse(x, why, this)
  }

  private open(x: Exchange, head: RequestHead | null): void {
    const { front } = this
    const { peer, deadline } = this.host
    judge(peer, front.gateway.plan)
    deadline.clear()
    x.listener = front.spec.name
    x.startedAt = front.clock.now()
    this.x = x
    this.head = head
    this.reply = null
    this.sending = false
  }

  // --- told by the upload ---

  feedSaved(): void {
    this.host.feedSaved()
  }

  uploadOver(): void {
    this.endIfOver()
  }

  uploadBroken(why: Fault): void {
    const { x, upload } = this
    const { body } = upload
    this.keepAlive = false
    upload.body = null
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

  private readonly inform = (status: number, headers: HeaderView): void => {
    const { wire } = this
    if (this.sending || wire.pending || !this.isOpen) return
    wire.writeText(informationalHead(status, headers))
  }

  send(x: Exchange, reply: Reply): void {
    if (x !== this.x || this.reply !== null || !this.isOpen) {
      reply.cancel()
      return
    }
    this.reply = reply
    this.sending = true
    x.inform = null
    if (reply.fault !== null) x.fault ??= reply.fault
    // A reply that cannot be written, e.g. a policy's, costs its own connection and not the worker.
    try {
      if (reply.upgrade !== null) this.host.openTunnel(x, upgradeHead(x, reply), reply.upgrade)
      else this.answer(x, reply)
    } catch (error) {
      this.host.threw(error)
    }
  }

  private answer(x: Exchange, reply: Reply): void {
    // A body that nobody asked for is dropped now; what could not be dropped costs the connection.
    const { body } = this.upload
    if (body !== null && !body.isPiped) body.cancel(UNWANTED)
    const { head, framing, length, keepAlive } = frameReply(x, reply, this.front.dateLine(), this.keepAlive, framed)
    this.keepAlive = keepAlive
    this.writer.begin(head, framing, length)
    const content = reply.body
    if (content === null || framing === 'none') {
      if (content !== null && 'pipe' in content) content.cancel(UNWANTED)
      this.writer.sendHead()
    } else if ('pipe' in content) this.writer.pipe(content)
    else this.writer.sendBytes(content)
    if (this.sending && this.wire.pending) this.onPending()
  }

  onPending(): void {
    this.host.deadline.set(this.front.spec.timeouts.bodyMs)
  }

  onDrain(): void {
    this.writer.drained()
    if (this.x === null || !this.isOpen) return
    if (this.wire.pending) this.onPending()
    else if (this.sending) this.host.deadline.clear()
  }

  onWritten(): void {
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
    if (x === null) return
    x.fault = why
    x.bytesOut = this.writer.bytes
    if (headSent) return this.host.destroy(true)
    // Nothing went out yet: the client gets an honest error instead of a broken body.
    this.reply?.cancel()
    const reply = faultReply(why)
    this.front.gateway.explain(x, reply)
    this.reply = null
    this.keepAlive = false
    this.send(x, reply)
  }

  // --- ends ---

  /** The client took too long, to send its body or to read the answer. */
  expired(): void {
    const { x } = this
    if (!this.wire.pending) {
      return this.uploadBroken(new Fault('REQUEST_TIMEOUT', 'the request body came too slowly'))
    }
    if (x !== null) x.fault = new Fault('CLIENT_GONE', 'the client read too slowly')
    this.host.destroy(true)
  }

  /** The exchange is over when its answer is out and its body in. */
  private endIfOver(): void {
    if (this.x === null || this.reply === null || this.sending) return
    const { upload } = this
    if (upload.body !== null && this.keepAlive && !upload.body.complete) {
      if (upload.isDiscarded) return
      upload.body.cancel(UNWANTED)
      if (upload.body !== null && this.keepAlive) return
    }
    // An upstream that left in the middle of an upload does not give the slab back.
    if (upload.isLent) this.wire.resume()
    this.finish()
    this.host.exchangeOver(this.keepAlive)
  }

  /** Whatever it came to is counted and logged; what it held is given back. */
  finish(): void {
    const { x, reply, head, front } = this
    if (x === null) return
    this.x = null
    this.reply = null
    this.head = null
    this.upload.release()
    x.onCancel = null
    front.gateway.finish(x, reply ?? new Reply(0))
    // After a cancelled exchange a policy may still be waiting, with these headers in its hands.
    if (head !== null && x.cancelled === null) front.heads.give(head)
  }

  /** The connection is gone. */
  abandon(why: Fault): void {
    const { x, reply, upload, writer } = this
    if (x !== null && writer.isActive) x.bytesOut = writer.bytes
    writer.drop()
    if (x === null) return
    const { body } = upload
    x.fault ??= why
    reply?.cancel(why)
    x.cancel(why)
    body?.fail(why)
    this.finish()
  }
}
