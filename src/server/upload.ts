import { giveSlab, SLAB_DATA, SLAB_HEAD, takeSlab } from '../base/slabs.ts'
import type { Wire } from '../base/wire.ts'
import type { Exchange } from '../core/exchange.ts'
import { type BodyOwner, BodyReader } from '../http1/body-reader.ts'
import type { RequestHead } from '../http1/request-parser.ts'
import type { Deadline } from './deadline.ts'
import type { Front } from './front.ts'
import type { ExchangeHost, UploadOwner } from './roles.ts'

/** What is read and thrown away of a body nobody wants, before the connection is given up. */
const MAX_DISCARD = 1_048_576

const CONTINUE = 'HTTP/1.1 100 Continue\r\n\r\n'

/**
 * The request body that is coming in on a client connection, if one is: from the wire by way of a slab to whoever reads
 * it. One per connection, for one body after another.
 */
export class Upload implements BodyOwner {
  /** Until its last byte was seen and handed on. */
  body: BodyReader | null = null
  private readonly front: Front
  private readonly wire: Wire
  private readonly deadline: Deadline
  private readonly owner: UploadOwner
  private x: Exchange | null = null
  private slab: Buffer | null = null
  private slabLent = false
  private expectsContinue = false
  /** Bytes thrown away, and one; 0: somebody may still want them. */
  private discarded = 0

  constructor(host: ExchangeHost, owner: UploadOwner) {
    this.front = host.front
    this.wire = host.wire
    this.deadline = host.deadline
    this.owner = owner
  }

  /** `head` announced a body. */
  begin(x: Exchange, head: RequestHead): void {
    const { limits } = this.front.spec
    const body = new BodyReader(this, head.chunked ? 'chunked' : 'length', head.contentLength, limits, limits.bodyBytes)
    if (head.connection !== null) body.named = head.connection.others
    x.body = body
    this.x = x
    this.body = body
    this.expectsContinue = head.expectContinue
    this.discarded = 0
  }

  /** Bytes are missing, and the slab is free for them. */
  get isHungry(): boolean {
    return this.body !== null && !this.body.complete && !this.slabLent
  }

  /** Nobody reads it, and what is left of it is thrown away. */
  get isDiscarded(): boolean {
    return this.discarded > 0
  }

  /** Somebody still writes out of the slab. */
  get isLent(): boolean {
    return this.slabLent
  }

  /** The first bytes, if they came with the head: nobody waits for a 100 then. Returns like `feed`. */
  start(buf: Buffer, start: number, end: number): number {
    this.expectsContinue = false
    return this.feed(buf, start, end)
  }

  /** Hands on wire bytes, at most a slab of them. Returns the offset where it stopped. */
  feed(buf: Buffer, start: number, end: number): number {
    const { body } = this
    if (body === null) return start
    this.slab ??= takeSlab()
    const { slab } = this
    const n = Math.min(end - start, SLAB_DATA)
    buf.copy(slab, SLAB_HEAD, start, start + n)
    const next = body.take(slab, SLAB_HEAD, SLAB_HEAD + n)
    this.x!.bytesIn = body.received
    if (next < 0) {
      this.owner.uploadBroken(body.broken!)
      return end
    }
    this.arm()
    if (this.discarded > 0) this.discarded += n
    if (this.discarded > MAX_DISCARD) {
      this.giveUp()
      this.owner.uploadOver()
      return end
    }
    body.deliver()
    if (body.complete && this.discarded > 0) this.bodyDone()
    return start + (next - SLAB_HEAD)
  }

  /** The exchange is over. */
  release(): void {
    this.body = null
    this.x = null
    this.dropSlab()
  }

  // --- told by the body ---

  pauseBody(): void {
    this.slabLent = true
    this.deadline.clear()
    this.wire.pause()
  }

  /** Bytes that follow are saved, within bounds: a socket that is not read does not tell that the client left. */
  holdBody(): void {
    this.slabLent = true
    this.deadline.clear()
  }

  resumeBody(): void {
    this.slabLent = false
    if (this.expectsContinue) {
      this.expectsContinue = false
      if (!this.owner.sending) this.wire.writeText(CONTINUE)
    }
    this.owner.feedSaved()
    if (!this.isHungry) return
    this.arm()
    this.wire.resume()
  }

  bodyDone(): void {
    this.slabLent = false
    this.dropSlab()
    this.body = null
    this.deadline.clear()
    // Read on even while the answer is awaited: a socket that is not read does not tell that the client left.
    this.wire.resume()
    this.owner.uploadOver()
  }

  /** Nobody reads the rest of the body: throw it away, within bounds, so that the connection can go on. */
  bodyCancelled(): void {
    const { body } = this
    if (body === null || !this.owner.isOpen) return
    if (this.expectsContinue || body.length > MAX_DISCARD) return this.giveUp()
    this.discarded = 1
    // Whoever has the slab may still be writing out of it.
    if (this.slabLent) this.slab = null
    this.slabLent = false
    if (body.complete) return this.bodyDone()
    this.arm()
    this.wire.resume()
    this.owner.feedSaved()
  }

  /** What follows cannot be told from the body's rest, so the connection is not used again. */
  private giveUp(): void {
    this.body = null
    this.owner.keepAlive = false
  }

  private arm(): void {
    if (this.body !== null && !this.body.complete) this.deadline.set(this.front.spec.timeouts.bodyMs)
    else this.deadline.clear()
  }

  private dropSlab(): void {
    const { slab } = this
    if (slab === null) return
    this.slab = null
    // A write that is still going out of it keeps it; it is then left to the collector.
    if (!this.slabLent) giveSlab(slab)
    this.slabLent = false
  }
}
