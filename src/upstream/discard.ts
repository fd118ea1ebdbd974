import type { Sink, Source } from '../base/body.ts'
import { BytesSource } from '../base/bytes-source.ts'
import { Fault } from '../base/errors.ts'
import type { Exchange } from '../core/exchange.ts'
import type { Reply } from '../core/reply.ts'

/** Larger bodies cost more to read than a new connection. */
const MOST_BYTES = 65536
/** So does waiting for one that does not come. */
const MOST_MS = 1000

const TOO_SLOW = new Fault('UPSTREAM_TIMEOUT', 'the rest of an answer that nobody wants came too slowly')

/** Calls once after `ms`; returns what prevents it. */
export type After = (ms: number, callback: () => void) => () => void

/**
 * Throws a reply away. A small body is read to its end, so that its connection can carry the next request: with an
 * upstream that answers errors, each would cost a connection otherwise. Everything else is cancelled, and so is the
 * answer to a request whose body is still being sent: that connection cannot be kept.
 */
export const discard = (reply: Reply, x: Exchange, after: After): void => {
  const { body } = reply
  const sending = x.body instanceof BytesSource && !x.body.finished
  if (sending || reply.upgrade !== null || !isSmallSource(body)) return reply.cancel()
  reply.body = null
  new Drain(body).start(after)
}

const isSmallSource = (body: Reply['body']): body is Source =>
  body !== null && 'pipe' in body && body.length >= 0 && body.length <= MOST_BYTES

class Drain implements Sink {
  private readonly source: Source
  private over = false
  private stop: (() => void) | null = null

  constructor(source: Source) {
    this.source = source
  }

  start(after: After): void {
    this.source.pipe(this)
    // Nearly always all of it is here already.
    if (!this.over) this.stop = after(MOST_MS, () => this.source.cancel(TOO_SLOW))
  }

  write(_buf: Buffer, _start: number, _end: number, last: boolean): boolean {
    if (last) this.end()
    return true
  }

  end(): void {
    this.over = true
    this.stop?.()
  }

  abort(): void {
    this.end()
  }
}
