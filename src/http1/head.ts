import { type HeaderView, NAMES } from '../base/headers.ts'
import { COLON, CR, HTAB, LF, SP, TOKEN_LOWER } from './chars.ts'
import { identify, isNameAt, LONGEST_NAME, nameLengths } from './known-names.ts'
import { valueStop } from './value-stop.ts'

/** What a parse returns instead of the offset behind the head. */
export const MORE = 0
export const BAD = -1
export const TOO_LARGE = -2
export const TARGET_TOO_LONG = -3
export const BAD_VERSION = -4

export interface HeadLimits {
  /** Bytes from the first byte of the start line to the end of the empty line. */
  readonly headBytes: number
  readonly fields: number
  readonly targetBytes: number
}

export const DEFAULT_LIMITS: HeadLimits = { headBytes: 16384, fields: 100, targetBytes: 8192 }

/** Numbers a field: interned id, name start and end, value start and end. */
const STRIDE = 5

/** What a field name may hold besides letters, digits and `-` (RFC 9110 §5.6.2). */
const SIGN = new Uint8Array(256)
for (const sign of "!#$%&'*+.^_`|~") SIGN[sign.charCodeAt(0)] = 1

const NO_VIEW = new DataView(new ArrayBuffer(0))

/**
 * A parsed head: one latin1 string and a table of offsets into it. Values are sliced when asked for; most never are.
 * The table belongs to the object, which is reused from message to message.
 */
export class Head implements HeaderView {
  /** The head's bytes as latin1, from its first byte. */
  text = ''
  count = 0
  /** True when every line is `name: value CRLF` with one space and none behind: runs of lines can be copied as they are. */
  canonical = true
  /** Why the last parse failed; for people. */
  reason = ''
  /** Offset in `text` of the first field line. */
  protected fieldsStart = 0
  /** Offset in `text` of the empty line. */
  protected fieldsEnd = 0
  protected table = new Int32Array(STRIDE * 32)
  private viewed: Buffer | null = null
  private view: DataView = NO_VIEW

  idAt(i: number): number {
    return this.table[i * STRIDE]!
  }

  nameAt(i: number): string {
    return this.text.slice(this.table[i * STRIDE + 1]!, this.table[i * STRIDE + 2]!)
  }

  valueAt(i: number): string {
    return this.text.slice(this.table[i * STRIDE + 3]!, this.table[i * STRIDE + 4]!)
  }

  /** The line of field `i` from behind its name, white space included, without CRLF. */
  rawAfterName(i: number): string {
    return this.text.slice(this.table[i * STRIDE + 2]!, this.text.indexOf('\r', this.table[i * STRIDE + 4]!))
  }

  /** Offset in `text` of the line of field `i`. */
  lineStart(i: number): number {
    return this.table[i * STRIDE + 1]!
  }

  /** Offset in `text` behind the last field line. */
  get linesEnd(): number {
    return this.fieldsEnd
  }

  /** Whether field `i` has this value. A slice compared with `===` takes a call into the runtime. */
  isValue(i: number, text: string): boolean {
    const start = this.table[i * STRIDE + 3]!
    const { length } = text
    if (this.table[i * STRIDE + 4]! - start !== length) return false
    for (let at = 0; at < length; at++) if (this.text.charCodeAt(start + at) !== text.charCodeAt(at)) return false
    return true
  }

  /** Lower-case code of character `at` of the name of field `i`; 0 behind its end. */
  nameCode(i: number, at: number): number {
    const from = this.table[i * STRIDE + 1]! + at
    return from < this.table[i * STRIDE + 2]! ? TOKEN_LOWER[this.text.charCodeAt(from)]! : 0
  }

  nameLength(i: number): number {
    return this.table[i * STRIDE + 2]! - this.table[i * STRIDE + 1]!
  }

  /** Whether the name of field `i` holds anything but letters, digits and `-`. */
  nameHasSign(i: number): boolean {
    const end = this.table[i * STRIDE + 2]!
    for (let at = this.table[i * STRIDE + 1]!; at < end; at++) if (SIGN[this.text.charCodeAt(at)] === 1) return true
    return false
  }

  /** First value of the field with an interned id. */
  byId(id: number): string | undefined {
    const table = this.table
    for (let i = 0, at = 0; i < this.count; i++, at += STRIDE) {
      if (table[at] === id) return this.text.slice(table[at + 3]!, table[at + 4]!)
    }
    return undefined
  }

  get(name: string): string | undefined {
    for (let i = 0; i < this.count; i++) if (this.isNamed(i, name)) return this.valueAt(i)
    return undefined
  }

  all(name: string): readonly string[] {
    const values: string[] = []
    for (let i = 0; i < this.count; i++) if (this.isNamed(i, name)) values.push(this.valueAt(i))
    return values
  }

  isNamed(i: number, name: string): boolean {
    const id = this.table[i * STRIDE]!
    if (id !== 0) return NAMES[id] === name
    const length = name.length
    if (this.nameLength(i) !== length) return false
    const start = this.table[i * STRIDE + 1]!
    for (let k = 0; k < length; k++) {
      if (TOKEN_LOWER[this.text.charCodeAt(start + k)] !== name.charCodeAt(k)) return false
    }
    return true
  }

  /**
   * Scans field lines from `p` to the empty line. Offsets are stored relative to `base`. Returns the offset behind the
   * empty line, MORE, BAD or TOO_LARGE. Rejected: bare CR or LF, obs-fold, controls, white space before the colon, an
   * empty name (RFC 9112 §5, §2.2).
   */
  protected scanFields(buf: Buffer, p: number, end: number, base: number, limits: HeadLimits): number {
    let table = this.table
    const view = this.viewOf(buf)
    const lastName = buf.length - LONGEST_NAME
    let room = Math.min(limits.fields, table.length / STRIDE)
    let at = 0
    let count = 0
    this.canonical = true
    this.fieldsStart = p - base
    for (;;) {
      if (p >= end) return this.more(end - base, limits)
      if (buf[p] === CR) {
        if (p + 1 >= end) return this.more(end - base, limits)
        if (buf[p + 1] !== LF) return this.bad('a carriage return without a line feed')
        this.count = count
        this.fieldsEnd = p - base
        if (p + 2 - base > limits.headBytes) return this.tooLarge('the head is too large')
        return p + 2
      }
      if (count === room) {
        if (count === limits.fields) return this.tooLarge('too many header fields')
        table = this.grow()
        room = Math.min(limits.fields, table.length / STRIDE)
      }
      const nameStart = p
      // The same field as last time in this place? Clients say the same things in the same order.
      let id = table[at]!
      const guess = p + nameLengths[id]!
      if (id > 0 && p <= lastName && buf[guess] === COLON && isNameAt(view, p, id) && guess < end) p = guess
      else {
        while (p < end && TOKEN_LOWER[buf[p]!] !== 0) p++
        if (p >= end) return this.more(end - base, limits)
        if (buf[p] !== COLON || p === nameStart) return this.bad('a malformed header field name')
        id = identify(buf, view, nameStart, p)
      }
      const nameEnd = p++
      while (p < end && (buf[p] === SP || buf[p] === HTAB)) p++
      const valueStart = p
      p = Math.min(valueStop(buf, view, p, end), end)
      if (p + 1 >= end) {
        if (p < end && buf[p] !== CR) return this.bad('a control byte in a header field value')
        return this.more(end - base, limits)
      }
      if (buf[p] !== CR || buf[p + 1] !== LF)
        return this.bad('a control byte or a bare line end in a header field value')
      let valueEnd = p
      while (valueEnd > valueStart && (buf[valueEnd - 1] === SP || buf[valueEnd - 1] === HTAB)) valueEnd--
      if (valueEnd !== p || valueStart !== nameEnd + 2 || buf[nameEnd + 1] !== SP) this.canonical = false
      table[at] = id
      table[at + 1] = nameStart - base
      table[at + 2] = nameEnd - base
      table[at + 3] = valueStart - base
      table[at + 4] = valueEnd - base
      at += STRIDE
      count++
      p += 2
    }
  }

  /** Reads the buffer by words, wherever they begin. A Head nearly always reads from the same one. */
  protected viewOf(buf: Buffer): DataView {
    if (buf === this.viewed) return this.view
    this.viewed = buf
    this.view = new DataView(buf.buffer, buf.byteOffset, buf.length)
    return this.view
  }

  protected bad(reason: string): number {
    this.reason = reason
    return BAD
  }

  protected tooLarge(reason: string): number {
    this.reason = reason
    return TOO_LARGE
  }

  /** More bytes are needed, unless there are too many already. */
  protected more(seen: number, limits: HeadLimits): number {
    return seen >= limits.headBytes ? this.tooLarge('the head is too large') : MORE
  }

  private grow(): Int32Array<ArrayBuffer> {
    const bigger = new Int32Array(this.table.length * 2)
    bigger.set(this.table)
    this.table = bigger
    return bigger
  }
}
