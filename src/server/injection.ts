import type { BodyBytes } from '../base/body.ts'
import { bytesSource } from '../base/bytes-source.ts'
import { type Collecting, collect } from '../base/collect.ts'
import { Fault } from '../base/errors.ts'
import type { HeaderView } from '../base/headers.ts'
import { Exchange } from '../core/exchange.ts'
import type { Responder } from '../core/flow.ts'
import type { Clock } from '../core/ports.ts'
import { Reply } from '../core/reply.ts'
import { RequestHead } from '../http1/request-parser.ts'
import type { Gateway } from '../runtime/gateway.ts'
import type { ListenerSpec } from '../spec/spec.ts'
import type { Front } from './front.ts'
import { codeOf } from './head-fault.ts'
import { judge, newPeer, type Peer, readRequest, tooLarge } from './request.ts'
import { type Framed, frameReply } from './response-head.ts'

/** A request that no socket brought. */
export interface InjectedRequest {
  /** As it would come over the wire, the empty line included: it is parsed by the same rules. */
  readonly head: Buffer
  /** Null: none. Its length stands in the head. */
  readonly body: Buffer | null
  /** What the socket's address would be. */
  readonly clientAddress: string
  /** Whose limits and name count. */
  readonly listener: ListenerSpec
  /** Longest answer that is kept. */
  readonly maxBytes: number
  /** The client leaves when it is aborted. */
  readonly signal: AbortSignal | undefined
}

export interface InjectedAnswer {
  readonly status: number
  /** In wire order, names in lower case. */
  readonly headers: readonly (readonly [name: string, value: string])[]
  readonly body: Buffer
}

/** What an injected request shares with connections. */
export interface InjectionWorld {
  readonly gateway: Gateway
  readonly clock: Clock
  readonly connections: Front['connections']
  nextId(): string
  dateLine(): string
}

const GONE = new Fault('CLIENT_GONE', 'the client gave up')
const NOTHING = Buffer.alloc(0)

/**
 * One request on its way without a client's connection, and the answer as that client would see it. Its end is that of a
 * connection: it counts as one while the gateway drains, and is cut off with them.
 */
export class Injection implements Responder {
  private readonly world: InjectionWorld
  private readonly request: InjectedRequest
  private readonly x = new Exchange()
  private readonly outcome = Promise.withResolvers<InjectedAnswer>()
  private readonly framed: Framed = { head: '', framing: 'none', length: 0, keepAlive: true }
  private reply: Reply | null = null
  private collecting: Collecting | null = null
  private over = false

  constructor(world: InjectionWorld, request: InjectedRequest) {
    this.world = world
    this.request = request
  }

  run(): Promise<InjectedAnswer> {
    const { connections } = this.world
    const { signal } = this.request
    if (signal?.aborted) return Promise.reject(gaveUp())
    connections.add(this)
    signal?.addEventListener('abort', this.onAbort, { once: true })
    try {
      this.begin()
    } catch (error) {
      this.threw(error)
    }
    return this.outcome.promise
  }

  // --- the request ---

  private begin(): void {
    const { x, world, request } = this
    const { gateway } = world
    const { listener } = request
    const peer = this.peer()
    x.listener = listener.name
    x.startedAt = world.clock.now()
    // Nobody else uses this table, so it is never given back.
    const head = new RequestHead()
    const after = head.parse(request.head, 0, request.head.length, listener.limits)
    if (after <= 0) {
      x.requestId = world.nextId()
      x.peerAddress = x.clientAddress = peer.address
      x.scheme = peer.scheme
      return gateway.refuse(x, new Fault(codeOf(after), head.reason), this)
    }
    const { body } = request
    const refused =
      readRequest(x, head, peer, gateway.plan) ?? tooLarge(body === null ? 0 : body.length, listener.limits)
    if (x.requestId === '') x.requestId = world.nextId()
    if (refused !== null) return gateway.refuse(x, refused, this)
    if (body !== null && body.length > 0) {
      x.body = bytesSource(body)
      x.bytesIn = body.length
    }
    gateway.handle(x, this)
  }

  private peer(): Peer {
    const { clientAddress, listener } = this.request
    const peer = newPeer(clientAddress, listener.tls === undefined ? 'http' : 'https')
    judge(peer, this.world.gateway.plan)
    return peer
  }

  // --- the answer ---

  send(x: Exchange, reply: Reply): void {
    if (this.reply !== null || this.over) return reply.cancel()
    this.reply = reply
    if (reply.fault !== null) x.fault ??= reply.fault
    try {
      this.answer(reply)
    } catch (error) {
      this.threw(error)
    }
  }

  private answer(reply: Reply): void {
    const { x, framed, request } = this
    frameReply(x, reply, this.world.dateLine(), true, framed)
    // Edits and fields may not outlive this turn: the head is text by now.
    const { head, framing } = framed
    const { body } = reply
    if (body === null || framing === 'none') {
      if (body !== null && 'pipe' in body) body.cancel(GONE)
      return this.succeed(head, NOTHING, null)
    }
    if (!('pipe' in body)) return this.succeed(head, copyOf(body), null)
    const collecting = collect(body, request.maxBytes, {
      whole: (bytes, trailers) => this.succeed(head, bytes, trailers),
      tooLarge: rest => {
        rest.cancel(GONE)
        this.fail(GONE, `the answer is larger than ${request.maxBytes} bytes`)
      },
      broken: why => this.fail(why, `the answer broke off: ${why.detail || why.code}`),
    })
    if (!this.over) this.collecting = collecting
  }

  private succeed(head: string, body: Buffer, trailers: HeaderView | null): void {
    const { x, reply } = this
    x.bytesOut = body.length
    this.finish(reply ?? new Reply(0))
    this.outcome.resolve({
      status: reply?.status ?? 0,
      headers: [...fieldsIn(head), ...fieldsOf(trailers)],
      body,
    })
  }

  // --- ends ---

  private readonly onAbort = (): void => this.giveUp(gaveUp())

  /** An injected request is busy until it is answered: there is no idle time to end. */
  drain(): void {}

  destroy(): void {
    this.giveUp(new Error('the gateway was stopped before the answer was there'))
  }

  private giveUp(error: Error): void {
    if (this.over) return
    const { x, reply } = this
    x.fault ??= GONE
    this.over = true
    this.collecting?.cancel(GONE)
    reply?.cancel(GONE)
    x.cancel(GONE)
    this.finish(reply ?? new Reply(0))
    this.outcome.reject(error)
  }

  private fail(why: Fault, message: string): void {
    if (this.over) return
    this.x.fault = why
    this.finish(this.reply ?? new Reply(0))
    this.outcome.reject(new Error(message))
  }

  private threw(error: unknown): void {
    this.world.gateway.onThrow(error)
    this.giveUp(new Error('the answer could not be made; the log says why'))
  }

  private finish(reply: Reply): void {
    this.over = true
    const { x, world, request } = this
    world.connections.delete(this)
    request.signal?.removeEventListener('abort', this.onAbort)
    x.onCancel = null
    x.body?.cancel(GONE)
    world.gateway.finish(x, reply)
  }
}

const gaveUp = (): Error => new DOMException('the request was given up', 'AbortError')

/** What is shared between answers must not be changed by whoever asked. */
const copyOf = (body: BodyBytes): Buffer => Buffer.from(body)

/** How the body was framed is no news: it is there, whole. */
function* fieldsIn(head: string): Generator<readonly [string, string]> {
  for (const line of head.split('\r\n').slice(1, -2)) {
    const colon = line.indexOf(':')
    const name = line.slice(0, colon).toLowerCase()
    if (name !== 'transfer-encoding') yield [name, line.slice(colon + 1).trim()]
  }
}

function* fieldsOf(view: HeaderView | null): Generator<readonly [string, string]> {
  for (let i = 0; view !== null && i < view.count; i++) yield [view.nameAt(i).toLowerCase(), view.valueAt(i)]
}
