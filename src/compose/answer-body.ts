import type { Source } from '../base/body.ts'
import { type Collected, type Collecting, collect } from '../base/collect.ts'
import { Fault } from '../base/errors.ts'
import type { Reply } from '../core/reply.ts'
import { valuesOf } from './answer-head.ts'
import type { MissingReason } from './branch.ts'
import { type Unpacked, unpack } from './json/unpack.ts'
import { reasonOf } from './missing.ts'

/** Bytes that several bodies may take together. */
export interface Allowance {
  bytesLeft: number
}

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

/** The body of an answer, read into memory and unpacked. What it takes of the allowance it gives back when it fails. */
export class AnswerBody implements Collected {
  private readonly most: number
  private readonly allowance: Allowance
  private readonly taker: BodyTaker
  private encoding = ''
  private reserved = 0
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
    this.encoding = valuesOf(reply, 'content-encoding').join(',')
    if (body === null) return this.whole(NOTHING)
    const room = this.room + (this.encoding === '' ? 0 : PACKED_ROOM)
    if (!('pipe' in body)) {
      if (body.length > room) return this.none('oversize')
      return this.whole(Buffer.from(body.buffer, body.byteOffset, body.length))
    }
    // One that says how long it is has its place, whatever comes until it is here.
    if (body.length > 0 && body.length <= room) this.reserve(body.length)
    const collecting = collect(body, room, this)
    if (!this.over) this.collecting = collecting
  }

  cancel(why: Fault): void {
    if (this.over) return
    this.over = true
    this.reserve(0)
    this.collecting?.cancel(why)
  }

  whole(bytes: Buffer): void {
    this.collecting = null
    if (this.encoding === '' || bytes.length === 0) return this.unpacked(bytes)
    unpack(this.encoding, bytes, Math.min(this.most, this.allowance.bytesLeft + this.reserved)).wait({
      onValue: content => this.unpacked(content),
      onError: error => this.taker.threw(error),
    })
  }

  tooLarge(rest: Source): void {
    rest.cancel(OVERSIZE)
    this.none('oversize')
  }

  broken(why: Fault): void {
    this.none(reasonOf(why), why)
  }

  private get room(): number {
    return Math.min(this.most, this.allowance.bytesLeft)
  }

  private unpacked(bytes: Unpacked): void {
    if (this.over) return
    if (typeof bytes === 'string') return this.none(bytes)
    this.reserve(bytes.length)
    // Those of unknown length were all let in.
    if (this.allowance.bytesLeft < 0) return this.none('oversize')
    this.over = true
    this.taker.hasBytes(bytes)
  }

  private none(reason: MissingReason, fault: Fault | null = null): void {
    this.over = true
    this.reserve(0)
    this.taker.hasNone(reason, fault)
  }

  private reserve(size: number): void {
    this.allowance.bytesLeft += this.reserved - size
    this.reserved = size
  }
}
