import type { Sink, Source } from '../base/body.ts'
import { Fault } from '../base/errors.ts'
import type { HeaderView } from '../base/headers.ts'
import type { Wire } from '../base/wire.ts'
import { type DropField, isIdentityField, trailerLines } from './serialize.ts'

/** How the end of a message is told (RFC 9112 §6.3). `none`: it has no body, whatever is written. */
export type Framing = 'none' | 'length' | 'chunked' | 'close'

export interface WriterOwner {
  /** The message is complete, and the wire has all of it. */
  onWritten(): void
  /** A write was not taken whole: somebody has to watch the time. `drained` follows, or the end of the connection. */
  onPending(): void
  /** The body broke. `headSent` false: nothing of the message is on the wire yet, something else may be sent instead. */
  onBroken(why: Fault, headSent: boolean): void
}

/** The part of a wire that messages are written to. */
export type Outlet = Pick<Wire, 'pending' | 'write' | 'writeText' | 'writeSoon' | 'writeTextSoon'>

const LAST_CHUNK = '0\r\n\r\n'

/**
 * Writes one message at a time: head and whatever body is there in one write, framed in place (DESIGN §4). Never writes
 * a body longer than announced, and never lets a shorter one look whole.
 */
export class MessageWriter implements Sink {
  bytes = 0
  private readonly wire: Outlet
  private readonly owner: WriterOwner
  private head = ''
  private framing: Framing = 'none'
  private remaining = 0
  private active = false
  private last = false
  private source: Source | null = null
  /** A write that found the wire busy, e.g. with a head sent alone to a slow reader; at most one, as sources wait. */
  private waiting: { buf: Buffer; start: number; end: number } | null = null
  private waitingText = ''
  private dropTrailer: DropField = isIdentityField

  constructor(wire: Outlet, owner: WriterOwner) {
    this.wire = wire
    this.owner = owner
  }

  /** Starts a message; nothing is sent yet. `length` counts for framing `length` only. */
  begin(head: string, framing: Framing, length: number, dropTrailer: DropField = isIdentityField): void {
    this.dropTrailer = dropTrailer
    this.head = head
    this.framing = framing
    this.remaining = length
    this.active = true
    this.last = false
    this.source = null
    this.bytes = 0
    this.waiting = null
    this.waitingText = ''
  }

  /** Sends the body of `source`, and the head with its first bytes or alone. */
  pipe(source: Source): void {
    this.source = source
    source.pipe(this)
    if (this.active && this.head !== '') this.flushHead()
  }

  /** Sends head and body in one write and ends the message. The bytes are copied. */
  sendBytes(body: Uint8Array): void {
    const head = this.head
    this.head = ''
    const whole = Buffer.allocUnsafe(head.length + body.length)
    whole.write(head, 0, 'latin1')
    whole.set(body, head.length)
    this.bytes = body.length
    this.last = true
    if (this.wire.writeSoon(whole, 0, whole.length)) this.finish()
  }

  /** Sends the head and ends the message. */
  sendHead(): void {
    this.last = true
    const head = this.head
    this.head = ''
    if (this.wire.writeTextSoon(head)) this.finish()
  }

  write(buf: Buffer, start: number, end: number, last: boolean): boolean {
    if (!this.active) return true
    if (this.framing === 'none') {
      if (last) this.end(null)
      return true
    }
    this.bytes += end - start
    if (this.framing === 'length') {
      this.remaining -= end - start
      if (this.remaining < 0 || (last && this.remaining !== 0)) {
        this.abort(new Fault('UPSTREAM_PROTOCOL', 'the body does not have its announced length'))
        return true
      }
    }
    let from = start
    let to = end
    if (this.framing === 'chunked') {
      if (end > start) {
        const size = (end - start).toString(16) + '\r\n'
        from -= size.length
        buf.write(size, from, 'latin1')
        buf[to++] = 13
        buf[to++] = 10
      }
      if (last) to += buf.write(LAST_CHUNK, to, 'latin1')
    }
    this.last = last
    return this.put(buf, from, to)
  }

  end(trailers: HeaderView | null): void {
    if (!this.active) return
    if (this.framing === 'length' && this.remaining !== 0) {
      return this.abort(new Fault('UPSTREAM_PROTOCOL', 'the body is shorter than announced'))
    }
    this.last = true
    const tail =
      this.framing === 'chunked'
        ? trailers === null
          ? LAST_CHUNK
          : `0\r\n${trailerLines(trailers, this.dropTrailer)}\r\n`
        : ''
    const text = this.head + tail
    this.head = ''
    if (text !== '' && this.wire.pending) this.waitingText = text
    else if (this.wire.pending) return
    else if (text === '' || this.wire.writeText(text)) this.finish()
  }

  abort(why: Fault): void {
    if (!this.active) return
    const sent = this.head === ''
    this.active = false
    this.head = ''
    this.owner.onBroken(why, sent)
  }

  /** The wire took what was pending. */
  drained(): void {
    if (!this.active) {
      // The message was broken off; its source still wants its buffer back.
      return this.source?.resume()
    }
    const { waiting, waitingText } = this
    if (waiting !== null) {
      this.waiting = null
      if (!this.wire.write(waiting.buf, waiting.start, waiting.end)) return
    } else if (waitingText !== '') {
      this.waitingText = ''
      if (!this.wire.writeText(waitingText)) return
    }
    const source = this.source
    if (this.last) this.finish()
    source?.resume()
  }

  get isActive(): boolean {
    return this.active
  }

  /** The whole message was handed to the kernel, which has not taken all of it yet. */
  get isFlushing(): boolean {
    return this.active && this.last
  }

  get headSent(): boolean {
    return this.head === ''
  }

  /** Forgets the message, e.g. because its connection is gone. */
  drop(): void {
    this.active = false
    this.head = ''
  }

  private put(buf: Buffer, start: number, end: number): boolean {
    if (this.wire.pending) {
      this.waiting = { buf, start, end }
      this.owner.onPending()
      return false
    }
    const head = this.head
    let taken: boolean
    if (head === '') taken = this.wire.write(buf, start, end)
    else {
      this.head = ''
      if (start >= head.length) {
        const from = start - head.length
        buf.write(head, from, 'latin1')
        taken = this.last ? this.wire.writeSoon(buf, from, end) : this.wire.write(buf, from, end)
      } else {
        const whole = Buffer.allocUnsafe(head.length + end - start)
        whole.write(head, 0, 'latin1')
        buf.copy(whole, head.length, start, end)
        taken = this.wire.write(whole, 0, whole.length)
      }
    }
    if (!taken) this.owner.onPending()
    else if (this.last) this.finish()
    return taken
  }

  private flushHead(): void {
    const head = this.head
    this.head = ''
    // Not taken whole: `drained` resumes a source that was never told to stop, which does nothing.
    this.wire.writeText(head)
  }

  private finish(): void {
    if (!this.active) return
    this.active = false
    // Nothing of it waits to be drained any more, though the wire may.
    this.source = null
    this.owner.onWritten()
  }
}
