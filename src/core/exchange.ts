import type { Source } from '../base/body.ts'
import type { Fault } from '../base/errors.ts'
import { type HeaderEdits, type HeaderView, NO_HEADERS } from '../base/headers.ts'
import type { Holding } from './body-room.ts'
import type { Identity } from './identity.ts'
import type { Reply } from './reply.ts'
import type { Trace } from './trace.ts'

/** Something under way that can be given up. Safe to call more than once. */
export interface Cancellable {
  cancel(why: Fault): void
}

/** Left by limits that ran before the answer; opaque to everybody else. */
export interface LimitNotes {
  readonly kind: 'limits'
}

/** What plugins know of a request and leave for each other; opaque to everybody else. */
export interface PluginNotes {
  readonly kind: 'plugins'
}

/** How one branch of an aggregate fared, for the access log. */
export interface BranchFare {
  readonly name: string
  /** `ok`, `fallback`, `left out`, `cancelled`, or why it has no data. */
  readonly status: string
  /** Why the fallback stands in; empty where none does. */
  readonly reason: string
  /** Of the aggregate, until it was known. */
  readonly ms: number
  /** Of its answer; 0: there was none. */
  readonly httpStatus: number
  /** The target that was asked last; empty: none was. */
  readonly upstream: string
}

/**
 * One request on its way through the gateway, independent of the protocol it came by. Written by the server before the
 * pipeline runs; policies read it and may use the marked fields to leave something for others.
 *
 * `headers` are valid until the exchange is over: their table is reused for later requests.
 */
export class Exchange {
  // What the client asked.
  method = ''
  /** The raw target, for logs and signatures. */
  target = ''
  /** Normalised (RFC 3986 §6.2.2); what routing, access rules and forwarding use. */
  path = ''
  /** With its `?`, untouched; empty when there is none. */
  query = ''
  scheme: 'http' | 'https' = 'http'
  /** Lower case, without port; what routing uses. */
  host = ''
  /** As the client sent it, with port. */
  authority = ''
  httpVersion: '1.0' | '1.1' | '2' = '1.1'
  headers: HeaderView = NO_HEADERS
  /** Nothing when the request has no body. */
  body: Source | null = null
  /** The protocol the client wants to switch to (`websocket`), lower case, or empty. */
  upgrade = ''

  // Who asked.
  /** Of the socket, v4-mapped addresses shortened. */
  peerAddress = ''
  /** The client's, from `X-Forwarded-For` when the peer is a trusted proxy. */
  clientAddress = ''
  peerTrusted = false
  /** `forwardedLines` of this peer; empty: they were not made ahead. */
  forwarded = ''
  listener = ''

  // What was decided.
  requestId = ''
  /** The matched route's name, or empty. */
  route = ''
  /** Values of the pattern's parameters, in its order, still percent-encoded. */
  params: readonly string[] = []
  /** What they are called. */
  paramNames: readonly string[] = []
  /** Who it comes from, once that was proved. */
  identity: Identity | null = null
  /** What limits have to say in the answer's head and when all is over; belongs to the limit policies. */
  limitNotes: LimitNotes | null = null
  /** Belongs to the policies of plugins. */
  pluginNotes: PluginNotes | null = null
  /** Edits to the head that goes upstream; made by policies. */
  requestEdits: HeaderEdits | null = null
  /** Where it stands in a trace; null: there is none. */
  trace: Trace | null = null
  /** Which service and target answered or failed last, for log and metrics; empty when none was asked. */
  service = ''
  upstream = ''
  /** Room for the bodies that the answer is made of; null: it is not made here. Released once the answer is out. */
  holding: Holding | null = null
  /** How the branches fared; null: no aggregate was asked, or nobody wants to know. */
  fares: readonly BranchFare[] | null = null
  /** How the last try upstream ended, see upstream/watch.ts; empty while none has. */
  outcome = ''

  // Times, in ms of the worker's clock; 0: has not happened.
  startedAt = 0
  upstreamStartedAt = 0
  upstreamHeadAt = 0
  /** Absolute, 0: none. What is not answered by then is UPSTREAM_TIMEOUT. */
  deadlineAt = 0
  /** The same by the client's own word, where a service has a header for that; 0: it said none. */
  clientEndsAt = 0

  // What went over the wire.
  bytesIn = 0
  bytesOut = 0
  /** Why the exchange ended badly, when it did, even after the head was sent. */
  fault: Fault | null = null

  /** The one cancel slot: whoever is doing the waiting sets it; pulled when the client goes away. */
  onCancel: Cancellable | null = null
  cancelled: Fault | null = null
  /** What edits the head of whatever answer goes out; set with the route. */
  shapes: readonly ((x: Exchange, reply: Reply) => void)[] = []
  /** What runs when all is over; set with the route. */
  taps: readonly ((x: Exchange, reply: Reply) => void)[] = []
  /** Forwards an informational response (103) to the client; does nothing where the client cannot take one. */
  inform: ((status: number, headers: HeaderView) => void) | null = null

  cancel(why: Fault): void {
    if (this.cancelled !== null) return
    this.cancelled = why
    const pull = this.onCancel
    this.onCancel = null
    pull?.cancel(why)
  }
}

/** What a peer that is not trusted has told of upstream, whatever it said itself; the same from request to request. */
export const forwardedLines = (address: string, scheme: string, authority: string): string =>
  `X-Forwarded-For: ${address}\r\nX-Forwarded-Proto: ${scheme}\r\nX-Forwarded-Host: ${authority}\r\n`
