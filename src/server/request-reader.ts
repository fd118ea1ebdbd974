import { Fault } from '../base/errors.ts'
import { LF } from '../http1/chars.ts'
import { MORE } from '../http1/head.ts'
import type { CurrentExchange } from './current-exchange.ts'
import { codeOf } from './head-fault.ts'
import type { ExchangeHost } from './roles.ts'
import type { Upload } from './upload.ts'

/** Pipelined bytes kept while an answer is awaited; beyond that the socket is not read. */
const MAX_SAVED = 65536

/**
 * Bytes from the client, in order, to whom they belong: a head begins the next exchange, a body goes to the exchange that
 * is under way. What belongs to neither yet is saved: a part of a head, requests that wait for the answer before them,
 * a body ahead of its reader.
 */
export class RequestReader {
  private readonly host: ExchangeHost
  private readonly exchange: CurrentExchange
  private readonly upload: Upload
  private saved: Buffer | null = null
  /** The time for the next head runs. A new connection's does from the start. */
  private timed = true
  private parsing = false

  constructor(host: ExchangeHost, exchange: CurrentExchange) {
    this.host = host
    this.exchange = exchange
    this.upload = exchange.upload
  }

  /** Nothing was read ahead, not even a part of a head. */
  get isEmpty(): boolean {
    return this.saved === null
  }

  /** What was read ahead; it is the caller's from here on. */
  takeSaved(): Buffer | null {
    const { saved } = this
    this.saved = null
    return saved
  }

  read(buf: Buffer, start: number, end: number): void {
    if (this.upload.isHungry && this.saved === null) start = this.upload.feed(buf, start, end)
    if (start >= end) return
    if (this.exchange.isIdle) return this.readHeads(buf, start, end)
    this.save(buf, start, end)
    this.feedSaved()
  }

  /** The exchange is over: goes on with the request behind it, if that was read already. */
  next(): void {
    // The loop in `readHeads` goes on by itself.
    if (this.parsing || this.saved === null) return
    const { saved } = this
    this.saved = null
    this.host.wire.resume()
    this.readHeads(saved, 0, saved.length, true)
  }

  /** Hands on what was read ahead of the body's reader; it may be more than a slab, and more than the body. */
  feedSaved(): void {
    const { upload } = this
    while (upload.isHungry && this.saved !== null) {
      const { saved } = this
      this.saved = null
      const rest = upload.feed(saved, 0, saved.length)
      if (rest >= saved.length) continue
      if (this.exchange.isIdle) return this.readHeads(saved, rest, saved.length, true)
      this.save(saved, rest, saved.length, true)
    }
    // `save` may have stopped the reading; what it kept is used up.
    if (this.saved === null && upload.isHungry) this.host.wire.resume()
  }

  /** Reads requests until bytes are missing or an answer is awaited. `ours`: nobody else writes to the memory of `buf`. */
  private readHeads(buf: Buffer, start: number, end: number, ours = false): void {
    const { exchange, host } = this
    const { heads, spec } = host.front
    if (this.saved !== null) {
      const more = buf.subarray(start, end)
      buf = Buffer.concat([this.saved, more])
      // A head ends with a line feed: without one, bytes that drip in are not worth another look at all before them.
      if (buf.length < spec.limits.headBytes && !more.includes(LF)) {
        this.saved = buf
        return
      }
      this.saved = null
      start = 0
      end = buf.length
      ours = true
    }
    this.parsing = true
    while (start < end && exchange.isIdle && host.isOpen) {
      const head = heads.take()
      const after = head.parse(buf, start, end, spec.limits)
      if (after <= 0) {
        if (after === MORE) {
          heads.give(head)
          break
        }
        this.parsing = false
        return exchange.refuse(head, new Fault(codeOf(after), head.reason))
      }
      this.timed = false
      start = exchange.begin(head, buf, after, end)
    }
    this.parsing = false
    if (!host.isOpen || start >= end) return
    if (exchange.isIdle) this.awaitHead()
    this.save(buf, start, end, ours)
    this.feedSaved()
  }

  /**
   * Keeps bytes for later; stops reading when there are too many of them. Memory of our own is kept while half of it is
   * wanted: with a copy of the rest behind each request, a burst of pipelined ones took quadratic time.
   */
  private save(buf: Buffer, start: number, end: number, ours = false): void {
    const more = buf.subarray(start, end)
    if (this.saved !== null) this.saved = Buffer.concat([this.saved, more])
    else this.saved = ours && more.length * 2 > buf.buffer.byteLength ? more : Buffer.from(more)
    if (!this.exchange.isIdle && this.saved.length >= MAX_SAVED) this.host.wire.pause()
  }

  /** The first byte of a head starts its time; later ones do not wind it up again. */
  private awaitHead(): void {
    if (this.saved !== null || this.timed) return
    this.timed = true
    this.host.deadline.set(this.host.front.spec.timeouts.headMs)
  }
}
