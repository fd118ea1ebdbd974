import type { Fault } from '../base/errors.ts'
import type { Wire } from '../base/wire.ts'
import type { Upgrade } from '../core/reply.ts'
import { type BodyOwner, BodyReader } from '../http1/body-reader.ts'
import { MessageWriter, type WriterOwner } from '../http1/message-writer.ts'
import { LIMITS } from './response-reader.ts'
import type { Incoming } from './roles.ts'

/** The connection, as a tunnel through it sees it. */
export interface TunnelHost {
  readonly wire: Wire
  /** The socket is gone: no other direction is left. */
  readonly lingers: boolean
  /** Both directions have ended, or nobody wants what comes from the target. */
  tunnelOver(): void
  fail(why: Fault): void
  destroy(): void
}

/**
 * A connection after a target switched protocols (RFC 9110 §7.8): bytes in both directions, each until its own end. Made
 * with the 101. It has no timer: the client's side watches over both directions.
 */
export class UpstreamTunnel implements Incoming, BodyOwner, WriterOwner {
  slabLent = false
  private readonly host: TunnelHost
  private readonly writer: MessageWriter
  private reader: BodyReader | null
  private fromTargetDone = false
  private toTargetDone = false

  constructor(host: TunnelHost) {
    this.host = host
    this.writer = new MessageWriter(host.wire, this)
    this.reader = new BodyReader(this, 'close', -1, LIMITS)
    this.writer.begin('', 'close', 0)
  }

  /** Hands the tunnel over with `accept`, and then the bytes in `buf[start, end)` that came behind the 101. */
  open(buf: Buffer, start: number, end: number, accept: (upgrade: Upgrade) => void): void {
    const reader = this.reader!
    if (start < end) reader.take(buf, start, end)
    accept({
      source: reader,
      feed: fromClient => this.writer.pipe(fromClient),
      cancel: () => this.host.destroy(),
    })
    if (this.reader === reader && start < end) reader.deliver()
  }

  /** The connection is gone. */
  drop(): void {
    this.writer.drop()
  }

  // --- the wire ---

  get isReading(): boolean {
    return this.reader !== null
  }

  get isComplete(): boolean {
    return this.reader?.complete === true
  }

  onData(buf: Buffer, start: number, end: number): void {
    const { reader } = this
    reader?.take(buf, start, end)
    reader?.deliver()
  }

  onDrain(): void {
    this.writer.drained()
  }

  /** The other direction goes on. */
  onEnd(): boolean {
    this.reader?.eof()
    return true
  }

  detach(): BodyReader | null {
    const { reader } = this
    this.reader = null
    return reader
  }

  // --- from the target ---

  pauseBody(): void {
    this.slabLent = true
    this.host.wire.pause()
  }

  holdBody(): void {
    this.pauseBody()
  }

  resumeBody(): void {
    this.slabLent = false
    this.host.wire.resume()
  }

  bodyDone(): void {
    this.slabLent = false
    this.reader = null
    this.fromTargetDone = true
    if (this.toTargetDone || this.host.lingers) this.host.tunnelOver()
  }

  bodyCancelled(): void {
    this.reader = null
    this.host.tunnelOver()
  }

  // --- to the target ---

  onWritten(): void {
    this.toTargetDone = true
    this.host.wire.end()
    if (this.fromTargetDone) this.host.tunnelOver()
  }

  /** Who does not read holds back the other side. */
  onPending(): void {}

  onBroken(why: Fault): void {
    this.host.fail(why)
  }
}
