import type { Fault } from '../base/errors.ts'
import { giveSlab, SLAB_DATA, SLAB_HEAD, takeSlab } from '../base/slabs.ts'
import type { Wire } from '../base/wire.ts'
import type { Exchange } from '../core/exchange.ts'
import type { Upgrade } from '../core/reply.ts'
import { type BodyOwner, BodyReader } from '../http1/body-reader.ts'
import { DEFAULT_LIMITS } from '../http1/head.ts'
import { MessageWriter, type WriterOwner } from '../http1/message-writer.ts'
import type { Deadline } from './deadline.ts'
import type { Front } from './front.ts'
import type { ExchangeHost, TunnelOwner } from './roles.ts'

const IDLE_MS = 3_600_000

/**
 * A connection after an accepted upgrade (RFC 9110 §7.8): bytes in both directions, each until its own end. Made when
 * the upgrade is accepted; the connection hands it whatever the wire says from then on.
 *
 * Each direction is a body that ends with its connection, so that a slow reader holds back the other side as always.
 */
export class Tunnel implements BodyOwner, WriterOwner {
  private readonly x: Exchange
  private readonly upgrade: Upgrade
  private readonly front: Front
  private readonly wire: Wire
  private readonly deadline: Deadline
  private readonly owner: TunnelOwner
  private readonly reader: BodyReader
  private readonly writer: MessageWriter
  private slab: Buffer | null = null
  private slabLent = false
  /** Came before the upgrade was accepted, and is yet to be handed on. */
  private early: Buffer | null = null
  /** Directions that have ended. */
  private ended = 0
  private bytesSeen = 0

  constructor(x: Exchange, upgrade: Upgrade, host: ExchangeHost, owner: TunnelOwner) {
    this.x = x
    this.upgrade = upgrade
    this.front = host.front
    this.wire = host.wire
    this.deadline = host.deadline
    this.owner = owner
    this.reader = new BodyReader(this, 'close', -1, DEFAULT_LIMITS)
    this.writer = new MessageWriter(host.wire, this)
  }

  /** Answers with `head`, and joins both ends. `early` are the client's first bytes. */
  open(head: string, early: Buffer | null): void {
    this.early = early
    this.arm()
    this.writer.begin(head, 'close', 0)
    this.writer.pipe(this.upgrade.source)
    // Asks for the client's bytes, the early ones first.
    this.upgrade.feed(this.reader)
  }

  /** The time is up. False: not a byte went either way since it was last set. */
  renew(): boolean {
    const bytes = this.writer.bytes + this.reader.received
    if (bytes === this.bytesSeen) return false
    this.bytesSeen = bytes
    this.arm()
    return true
  }

  /** The connection is gone. */
  abandon(why: Fault): void {
    if (this.ended === 2) return
    this.x.bytesOut = this.writer.bytes
    this.writer.drop()
    this.upgrade.cancel()
    this.reader.fail(why)
    this.dropSlab()
  }

  // --- the wire ---

  /** Not while the slab is lent: the wire is paused then. */
  onData(buf: Buffer, start: number, end: number): void {
    this.feed(buf, start, end)
  }

  onDrain(): void {
    this.writer.drained()
  }

  onEnd(): void {
    this.reader.eof()
  }

  // --- from the client ---

  /** At most a slab: no read is larger. */
  private feed(buf: Buffer, start: number, end: number): void {
    this.slab ??= takeSlab()
    const { slab } = this
    buf.copy(slab, SLAB_HEAD, start, end)
    this.reader.take(slab, SLAB_HEAD, SLAB_HEAD + end - start)
    this.x.bytesIn = this.reader.received
    this.arm()
    this.reader.deliver()
  }

  pauseBody(): void {
    this.slabLent = true
    this.wire.pause()
  }

  holdBody(): void {
    this.pauseBody()
  }

  resumeBody(): void {
    this.slabLent = false
    while (this.early !== null && !this.slabLent) {
      const { early } = this
      this.early = early.length > SLAB_DATA ? early.subarray(SLAB_DATA) : null
      this.feed(early, 0, Math.min(early.length, SLAB_DATA))
    }
    if (!this.slabLent) this.wire.resume()
  }

  bodyDone(): void {
    this.slabLent = false
    this.dropSlab()
    this.endOne()
  }

  /** The target's connection broke, which ends the other direction too. */
  bodyCancelled(): void {}

  // --- to the client ---

  onWritten(): void {
    this.wire.end()
    this.endOne()
  }

  /** Who does not read holds back the other side, and whether anything moves at all is what `renew` asks. */
  onPending(): void {}

  onBroken(why: Fault): void {
    this.x.fault = why
    this.owner.tunnelBroken()
  }

  // --- ends ---

  /** With the second the exchange is over, and the sockets close by themselves. */
  private endOne(): void {
    if (++this.ended < 2) return this.arm()
    this.x.bytesOut = this.writer.bytes
    this.owner.tunnelOver()
  }

  /** Once one side has ended, what is left of the other is a body that has to make progress. */
  private arm(): void {
    this.deadline.set(this.ended === 0 ? IDLE_MS : this.front.spec.timeouts.bodyMs)
  }

  private dropSlab(): void {
    // A write that is still going out of it keeps it; it is then left to the collector.
    if (this.slab !== null && !this.slabLent) giveSlab(this.slab)
    this.slab = null
  }
}
