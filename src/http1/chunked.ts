import { type HeaderView, ID } from '../base/headers.ts'
import { CR, HEX, LF, VALUE_STOP } from './chars.ts'
import { BAD, Head, type HeadLimits } from './head.ts'

/** A chunk of 2^48 bytes is no chunk: twelve digits keep the number exact and far from overflow. */
const MAX_SIZE_DIGITS = 12
/** Extensions carry nothing anybody uses and have hidden attacks; a short one is read past, never passed on. */
const MAX_EXTENSION_BYTES = 256

const SIZE = 0
const EXTENSION = 1
const SIZE_LF = 2
const DATA = 3
const DATA_CR = 4
const DATA_LF = 5
const TRAILERS = 6
const DONE = 7

/** Trailer fields, parsed like a head without a start line. */
class Trailers extends Head {
  parse(buf: Buffer, limits: HeadLimits): number {
    const after = this.scanFields(buf, 0, buf.length, 0, limits)
    if (after > 0) this.text = buf.toString('latin1', 0, after)
    return after
  }
}

/**
 * Decoder of the chunked transfer coding (RFC 9112 §7.1). `decode` moves the data of a piece of wire bytes together, in
 * place, at `outStart`–`outEnd`, and says in `next` where it stopped: at the end of the piece, or behind the message
 * when `done`. Returns false when the coding is broken, with `reason`; never more lenient than llhttp: CRLF only, no
 * white space around sizes, extensions of the form `;name`, `;name=token` or `;name="quoted"`.
 */
export class ChunkedDecoder {
  outStart = 0
  outEnd = 0
  next = 0
  reason = ''
  trailers: HeaderView | null = null
  private state = SIZE
  private size = 0
  private digits = 0
  private extension = ''
  private trailerBytes: Buffer | null = null
  private readonly limits: HeadLimits

  constructor(limits: HeadLimits) {
    this.limits = limits
  }

  get done(): boolean {
    return this.state === DONE
  }

  decode(buf: Buffer, start: number, end: number): boolean {
    let p = start
    this.outStart = start
    this.outEnd = start
    while (p < end && this.state !== DONE) {
      if (this.state === DATA) p = this.takeData(buf, p, end)
      else if (this.state === TRAILERS) {
        p = this.takeTrailers(buf, p, end)
        if (p < 0) return false
      } else {
        if (!this.takeByte(buf[p]!)) return false
        p++
      }
    }
    this.next = p
    return true
  }

  private takeData(buf: Buffer, p: number, end: number): number {
    const n = Math.min(this.size, end - p)
    if (this.outEnd === this.outStart) {
      this.outStart = p
      this.outEnd = p + n
    } else {
      buf.copyWithin(this.outEnd, p, p + n)
      this.outEnd += n
    }
    this.size -= n
    if (this.size === 0) this.state = DATA_CR
    return p + n
  }

  private takeByte(byte: number): boolean {
    switch (this.state) {
      case SIZE: {
        const digit = HEX[byte]!
        if (digit !== 255) {
          if (++this.digits > MAX_SIZE_DIGITS) return this.no('a chunk size that is too large')
          this.size = this.size * 16 + digit
          return true
        }
        if (this.digits === 0) return this.no('a malformed chunk size')
        if (byte === CR) this.state = SIZE_LF
        else if (byte === 59) {
          this.state = EXTENSION
          this.extension = ';'
        } else return this.no('a malformed chunk size')
        return true
      }
      case EXTENSION:
        if (byte === CR) {
          if (!EXTENSIONS.test(this.extension)) return this.no('a malformed chunk extension')
          this.state = SIZE_LF
          return true
        }
        if (VALUE_STOP[byte] === 1) return this.no('a control byte in a chunk extension')
        this.extension += String.fromCharCode(byte)
        return this.extension.length <= MAX_EXTENSION_BYTES || this.no('a chunk extension that is too long')
      case SIZE_LF:
        if (byte !== LF) return this.no('a carriage return without a line feed')
        this.digits = 0
        this.state = this.size === 0 ? TRAILERS : DATA
        return true
      case DATA_CR:
        if (byte !== CR) return this.no('a chunk longer than its size')
        this.state = DATA_LF
        return true
      default:
        if (byte !== LF) return this.no('a carriage return without a line feed')
        this.state = SIZE
        return true
    }
  }

  private takeTrailers(buf: Buffer, p: number, end: number): number {
    // Without trailers, which is nearly always, the message ends with this CRLF.
    if (this.trailerBytes === null && end - p >= 2 && buf[p] === CR && buf[p + 1] === LF) {
      this.state = DONE
      return p + 2
    }
    const before = this.trailerBytes?.length ?? 0
    const bytes =
      before === 0 ? Buffer.from(buf.subarray(p, end)) : Buffer.concat([this.trailerBytes!, buf.subarray(p, end)])
    const trailers = new Trailers()
    const after = trailers.parse(bytes, this.limits)
    if (after < 0) {
      this.reason = trailers.reason
      return BAD
    }
    if (after === 0) {
      this.trailerBytes = bytes
      return end
    }
    for (let i = 0; i < trailers.count; i++) {
      const id = trailers.idAt(i)
      if (id === ID['content-length'] || id === ID['transfer-encoding']) {
        this.reason = 'a length in the trailers'
        return BAD
      }
    }
    this.state = DONE
    this.trailerBytes = null
    if (trailers.count > 0) this.trailers = trailers
    return p + after - before
  }

  private no(reason: string): boolean {
    this.reason = reason
    return false
  }
}

const TOKEN = "[!#$%&'*+\\-.^_`|~0-9A-Za-z]+"
/** Anchored and without nested repetition: linear on any input. */
const EXTENSIONS = new RegExp(`^(?:;${TOKEN}(?:=(?:${TOKEN}|"(?:[^"\\\\]|\\\\.)*"))?)+$`)
