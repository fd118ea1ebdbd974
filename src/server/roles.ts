import type { Fault } from '../base/errors.ts'
import type { Wire } from '../base/wire.ts'
import type { Exchange } from '../core/exchange.ts'
import type { Upgrade } from '../core/reply.ts'
import type { Deadline } from './deadline.ts'
import type { Front } from './front.ts'
import type { Peer } from './request.ts'

/** What the parts of a client connection know of each other. */

/** The connection, as the exchange on it and the reader of its requests see it. */
export interface ExchangeHost {
  readonly front: Front
  readonly wire: Wire
  readonly deadline: Deadline
  readonly peer: Peer
  /** It reads requests and writes answers: no tunnel, and not about to close. */
  readonly isOpen: boolean
  /** The body has room for bytes that were read ahead. */
  feedSaved(): void
  /** The client may send its next request, unless `keepAlive` is false. */
  exchangeOver(keepAlive: boolean): void
  /** HTTP ends here: `head` is the last of it. */
  openTunnel(x: Exchange, head: string, upgrade: Upgrade): void
  /** Code that must not throw did: this costs the connection and not the worker. */
  threw(error: unknown): void
  destroy(reset: boolean): void
}

/** The exchange, as the upload that belongs to it sees it. */
export interface UploadOwner {
  /** False: the connection is to be closed after this exchange. */
  keepAlive: boolean
  readonly isOpen: boolean
  /** The answer has begun. */
  readonly sending: boolean
  feedSaved(): void
  /** Its last byte is handed on, or nobody waits for it any longer. */
  uploadOver(): void
  /** It broke off, or broke a rule: nothing after it can be trusted. */
  uploadBroken(why: Fault): void
}

/** The connection, as a tunnel through it sees it. */
export interface TunnelOwner {
  /** Both directions have ended, each in its own time. */
  tunnelOver(): void
  /** One direction broke; the exchange has its fault. */
  tunnelBroken(): void
}
