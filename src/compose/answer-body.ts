import type { Source } from '../base/body.ts'
import { type Budget, type Collected, type Collecting, collect } from '../base/collect.ts'
import { Fault } from '../base/errors.ts'
import type { Reply } from '../core/reply.ts'
import type { Allowance } from './allowance.ts'
import { valuesOf } from './answer-head.ts'
import type { MissingReason } from './branch.ts'
import { AT_ONCE_PACKED, type Unpacked, unpack } from './json/unpack.ts'
import { reasonOf } from './missing.ts'

/** One of these is called, once; not after `cancel`. */
export interface BodyTaker {
  hasBytes(bytes: Buffer): void
  hasNone(reason: MissingReason, fault: Fault | null): void
  threw(error: unknown): void
}

/** A small body may be larger packed than unpacked. */
const PACKED_ROOM = 1024
const OVERSIZE = new Fault('UPSTREAM_PROTOCOL', 'the body is larger than may be kept')
const NOTHING = Buffer.alloc(0)

/**
 * The body of an answer, read into memory and unpacked. It takes of the allowance what it holds, before it holds it: what
 * is packed counts besides what comes of it, for as long as there is both. Gives all of it back when it fails.
 */
export class AnswerBody implements Collected, Budget {
  private readonly most: number
  private readonly allowance: Allowance
  private readonly taker: BodyTaker
  private encoding = ''
  private taken = 0
  private arrived = 0
  /** Why there was no room, when there was none. */
  private refusal: Fault | null = null
  private collecting: Collecting | null = null
  private over = false

  constructor(most: number, allowance: Allowance, taker: BodyTaker) {
    this.most = most
    this.allowance = allowance
    this.taker = taker
  }

  /** Reads what it needs of the head at once: its table may hold another answer's later. */
  read(reply: Reply): void {
    const { body } = reply
    const encoding = valuesOf(reply, 'content-encoding').join(',')
    this.encoding = encoding.toLowerCase() === 'identity' ? '' : encoding
    if (body === null) return this.whole(NOTHING)
    const room = Math.min(this.most, this.allowance.bytesLeft) + this.overdraft
    if (!('pipe' in body)) {
      if (body.length > room || !this.take(body.length)) return this.none('oversize', this.refusal)
      return this.whole(Buffer.from(body.buffer, body.byteOffset, body.length))
    }
    // One that says how long it is has its place, whatever comes until it is here.
    if (body.length > 0 && body.length <= room && !this.takeMore(body.length)) {
      body.cancel(OVERSIZE)
      return this.none('oversize', this.refusal)
    }
    const collecting = collect(body, room, this, this)
    if (!this.over) this.collecting = collecting
  }

  cancel(why: Fault): void {
    if (this.over) return
    this.over = true
    this.keep(0)
    this.collecting?.cancel(why)
  }

  // --- what comes ---

  take(bytes: number): boolean {
    this.arrived += bytes
    return this.arrived <= this.taken || this.takeMore(this.arrived - this.taken)
  }

  whole(bytes: Buffer): void {
    this.collecting = null
    if (this.encoding === '' || bytes.length === 0) return this.unpacked(bytes)
    // So little may be held twice.
    if (bytes.length <= AT_ONCE_PACKED) this.keep(0)
    unpack(this.encoding, bytes, this.most, { take: size => !this.over && this.takeMore(size) }).wait({
      onValue: content => this.unpacked(content),
      onError: error => this.taker.threw(error),
    })
  }

  tooLarge(rest: Source): void {
    rest.cancel(this.refusal ?? OVERSIZE)
    this.none('oversize', this.refusal)
  }

  broken(why: Fault): void {
    this.none(reasonOf(why), why)
  }

  private unpacked(bytes: Unpacked): void {
    if (this.over) return
    if (typeof bytes === 'string') return this.none(bytes, this.refusal)
    this.over = true
    this.keep(bytes.length)
    this.taker.hasBytes(bytes)
  }

  private none(reason: MissingReason, fault: Fault | null): void {
    this.over = true
    this.keep(0)
    this.taker.hasNone(reason, fault)
  }

  // --- what it takes ---

  private get overdraft(): number {
    return this.encoding === '' ? 0 : PACKED_ROOM
  }

  private takeMore(bytes: number): boolean {
    const refusal = this.allowance.take(bytes, this.overdraft)
    if (refusal !== null) {
      this.refusal = refusal ?? null
      return false
    }
    this.taken += bytes
    return true
  }

  /** Of what it has taken. */
  private keep(bytes: number): void {
    this.allowance.give(this.taken - bytes)
    this.taken = bytes
  }
}
