import type { BodyBytes, Source } from '../base/body.ts'
import { type ErrorCode, Fault } from '../base/errors.ts'
import { HeaderEdits, type HeaderView, headersOf, NO_HEADERS } from '../base/headers.ts'
import { Later } from './maybe.ts'

/**
 * An answer on its way to whoever asked: the client, a cache, an aggregate. Its head may be edited until the first
 * byte is sent. Its body is nothing, bytes, or a source that pipes into a sink.
 *
 * Whoever drops a Reply instead of passing it on calls `cancel`.
 */
export class Reply {
  status: number
  /** What came from upstream, unedited; hop-by-hop fields are still in it and are dropped when it is written. */
  headers: HeaderView
  edits: HeaderEdits | null = null
  body: null | BodyBytes | Source
  /** Set when the gateway made this answer because something went wrong. */
  fault: Fault | null = null
  /** Takes over the client's connection after a 101. */
  upgrade: Upgrade | null = null

  constructor(status: number, headers: HeaderView = NO_HEADERS, body: null | BodyBytes | Source = null) {
    this.status = status
    this.headers = headers
    this.body = body
  }

  /** Edits, made on first use: most replies pass unedited. */
  get edit(): HeaderEdits {
    this.edits ??= new HeaderEdits()
    return this.edits
  }

  /** The value the client will see, edits included. `name` in lower case. */
  header(name: string): string | undefined {
    const edits = this.edits
    if (edits !== null) {
      const added = edits.get(name)
      if (added !== undefined) return added
      if (edits.removes(name)) return undefined
    }
    return this.headers.get(name)
  }

  /**
   * Its fields stay readable for as long as somebody holds it. To be called before waiting for anything else: the
   * connection it came over may carry another answer by then.
   */
  keep(): this {
    this.headers.keep?.()
    return this
  }

  cancel(why: Fault = DROPPED): void {
    const body = this.body
    this.body = null
    if (body !== null && 'pipe' in body) body.cancel(why)
    this.upgrade?.cancel()
  }
}

/** A Reply that comes later. Whoever awaits it reads it in a later turn: it is kept for them. */
export class LaterReply extends Later<Reply> {
  /** Whoever asks for it only after it came may do so in a later turn. */
  override resolve(reply: Reply): void {
    if (!this.isAwaited) reply.keep()
    super.resolve(reply)
  }

  // biome-ignore lint/suspicious/noThenProperty: being awaitable is what a Later is for.
  override then<A = Reply, B = never>(
    onValue?: ((value: Reply) => A | PromiseLike<A>) | null,
    onError?: ((reason: unknown) => B | PromiseLike<B>) | null,
  ): Promise<A | B> {
    return new Promise<Reply>((resolve, reject) =>
      this.wait({ onValue: reply => resolve(reply.keep()), onError: reject }),
    ).then(onValue, onError)
  }
}

/** The upstream end of an accepted upgrade (RFC 9110 §7.8): bytes in both directions until each side has ended. */
export interface Upgrade {
  /** Bytes from upstream. */
  readonly source: Source
  /** Takes the bytes that go upstream; called once. */
  feed(fromClient: Source): void
  cancel(): void
}

const DROPPED = new Fault('CLIENT_GONE', 'the reply was dropped')
/** A Reply for a fault; its problem+json body is written by `problem.ts` once the request id is known. */
export const faultReply = (fault: Fault): Reply => {
  const reply = new Reply(fault.row.status, headersOf(fault.headers))
  reply.fault = fault
  return reply
}

export const fail = (code: ErrorCode, detail?: string): Reply => faultReply(new Fault(code, detail))
