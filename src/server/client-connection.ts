import { Fault } from '../base/errors.ts'
import type { Wire, WireOwner } from '../base/wire.ts'
import type { Exchange } from '../core/exchange.ts'
import type { Upgrade } from '../core/reply.ts'
import { CurrentExchange } from './current-exchange.ts'
import { Deadline } from './deadline.ts'
import type { Front } from './front.ts'
import { newPeer, type Peer } from './request.ts'
import { RequestReader } from './request-reader.ts'
import type { ExchangeHost, TunnelOwner } from './roles.ts'
import { Tunnel } from './tunnel.ts'

/** How long a connection that is about to close waits for the other side, so that the answer is not lost to a reset. */
const LINGER_MS = 2000
/** What is read and thrown away meanwhile. */
const MAX_LINGER_BYTES = 1_048_576

const GONE = new Fault('CLIENT_GONE', 'the client closed the connection')

/**
 * One client connection, from its accept to its close: what the wire tells goes to the part it is for. `RequestReader`
 * reads requests one after another, `CurrentExchange` runs each and writes its answer, `Upload` is the body of one,
 * `Tunnel` takes over after an upgrade. Here is what all of them share: the wire, the timer, and how it ends.
 */
export class ClientConnection implements WireOwner, ExchangeHost, TunnelOwner {
  readonly front: Front
  readonly wire: Wire
  readonly deadline: Deadline
  readonly peer: Peer
  private readonly exchange: CurrentExchange
  private readonly requests: RequestReader
  private state: 'open' | 'tunnel' | 'lingering' | 'closed' = 'open'
  /** Not null in a tunnel, and after one. */
  private tunnel: Tunnel | null = null
  private lingerBytes = 0
  private drainTurns = 0

  constructor(front: Front, makeWire: (owner: WireOwner) => Wire, scheme: 'http' | 'https') {
    this.front = front
    this.wire = makeWire(this)
    this.deadline = new Deadline(front, () => this.expired())
    this.peer = newPeer(this.wire.socket.remoteAddress ?? '', scheme)
    this.exchange = new CurrentExchange(this)
    this.requests = new RequestReader(this, this.exchange)
    front.connections.add(this)
    front.open.add(1)
    front.accepted.add(1)
    this.deadline.set(front.spec.timeouts.headMs)
  }

  get isOpen(): boolean {
    return this.state === 'open'
  }

  // --- told by the wire ---

  onData(buf: Buffer, start: number, end: number): void {
    if (this.state === 'closed') return
    if (this.state === 'lingering') return this.discard(end - start)
    try {
      if (this.tunnel !== null) this.tunnel.onData(buf, start, end)
      else this.requests.read(buf, start, end)
    } catch (error) {
      this.threw(error)
    }
  }

  onDrain(): void {
    if (this.state === 'closed') return
    if (this.tunnel !== null) this.tunnel.onDrain()
    else this.exchange.onDrain()
    if (this.isWaiting) this.deadline.set(this.front.spec.timeouts.idleMs)
    else if (this.state === 'lingering') this.deadline.set(LINGER_MS)
  }

  /** The answer counts as given, but the client has not read what came before it. */
  onHeldUp(): void {
    if (this.isWaiting) this.deadline.set(this.front.spec.timeouts.bodyMs)
  }

  /** For the first byte of the next request. */
  private get isWaiting(): boolean {
    return this.state === 'open' && this.exchange.isIdle && this.requests.isEmpty
  }

  onEnd(): void {
    if (this.state === 'closed') return
    if (this.tunnel !== null) return this.tunnel.onEnd()
    if (this.state === 'lingering' || this.exchange.isIdle) return this.leave()
    // Who closes before the answer is out is gone, half-closed or not: a socket says no more than this (as in nginx).
    this.exchange.keepAlive = false
    if (!this.exchange.isFlushing) this.leave()
  }

  /** An answer that is over may not be out yet: then the socket closes by itself behind it. */
  private leave(): void {
    if (this.wire.isOut) this.destroy(false)
    else this.linger()
  }

  onClose(): void {
    this.destroy(false)
  }

  // --- told by the exchange ---

  feedSaved(): void {
    this.requests.feedSaved()
  }

  exchangeOver(keepAlive: boolean): void {
    if (!keepAlive) return this.linger()
    this.deadline.set(this.front.spec.timeouts.idleMs)
    this.requests.next()
  }

  openTunnel(x: Exchange, head: string, upgrade: Upgrade): void {
    this.state = 'tunnel'
    this.tunnel = new Tunnel(x, upgrade, this, this)
    this.tunnel.open(head, this.requests.takeSaved())
  }

  tunnelOver(): void {
    this.exchange.finish()
  }

  tunnelBroken(): void {
    this.destroy(true)
  }

  // --- ends ---

  /** After the last answer: FIN, then wait for the other side's, reading what it still sends. */
  private linger(): void {
    if (this.state !== 'open') return
    this.state = 'lingering'
    this.requests.takeSaved()
    this.wire.end()
    this.wire.resume()
    this.deadline.set(this.wire.pending ? this.front.spec.timeouts.bodyMs : LINGER_MS)
  }

  private discard(n: number): void {
    this.lingerBytes += n
    if (this.lingerBytes > MAX_LINGER_BYTES) this.destroy(false)
  }

  private expired(): void {
    const { exchange, requests } = this
    if (this.state === 'tunnel' && this.tunnel?.renew()) return
    if (this.state !== 'open') return this.destroy(false)
    if (!exchange.isIdle) return exchange.expired()
    // Its answer is over, and not read.
    if (this.wire.pending) return this.destroy(true)
    if (requests.isEmpty) return this.linger()
    requests.takeSaved()
    exchange.refuse(null, new Fault('REQUEST_TIMEOUT', 'the request head came too slowly'))
  }

  /** Idle connections end after one more read turn, busy ones with their answer. */
  drain(): void {
    if (this.state === 'tunnel') return
    this.exchange.keepAlive = false
    if (!this.exchange.isIdle || !this.requests.isEmpty) return
    if (this.drainTurns++ > 0) this.linger()
  }

  threw(error: unknown): void {
    this.front.gateway.onThrow(error)
    this.destroy(true)
  }

  destroy(reset = false): void {
    if (this.state === 'closed') return
    this.state = 'closed'
    const { front } = this
    this.deadline.remove()
    front.connections.delete(this)
    front.open.add(-1)
    if (reset) this.wire.reset()
    else this.wire.destroy()
    this.tunnel?.abandon(GONE)
    this.exchange.abandon(GONE)
  }
}
