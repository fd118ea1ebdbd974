import { type HeaderView, NAMES, nameId } from '../base/headers.ts'
import { COLON, CR, HTAB, LF, SP, TOKEN_LOWER, VALUE_STOP } from './chars.ts'

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

// Open-addressed table from a hash of a name's length and four of its bytes to its interned id. Ids are verified by
// comparing bytes, so a collision costs time and never correctness; no stranger can add an entry.
const SLOTS = 1024
const slotId = new Uint8Array(SLOTS)

const slotOf = (buf: Uint8Array, start: number, end: number): number => {
  const length = end - start
  const middle = start + (length >> 1)
  return (
    (length * 61 + (buf[start]! | 0x20) * 17 + (buf[middle]! | 0x20) * 7 + (buf[end - 1]! | 0x20) * 113) & (SLOTS - 1)
  )
}

// All names, four bytes a word, one behind the other; the words of name `id` are `wordStarts[id]` to `wordStarts[id + 1]`.
const nameLengths = Uint8Array.from(NAMES, name => name.length)
const wordStarts = new Int32Array(NAMES.length + 1)
for (let id = 0; id < NAMES.length; id++) wordStarts[id + 1] = wordStarts[id]! + Math.ceil(nameLengths[id]! / 4)
const wordCount = wordStarts[NAMES.length]!
const nameWords = new Int32Array(wordCount)
/** 0x20 where a capital letter is the same, 0 where the byte must be exact. */
const caseWords = new Int32Array(wordCount)
/** Zeros behind the end of the name. */
const maskWords = new Int32Array(wordCount)

for (let id = 1; id < NAMES.length; id++) {
  const name = Buffer.from(NAMES[id]!, 'latin1')
  const padded = Buffer.alloc((wordStarts[id + 1]! - wordStarts[id]!) * 4)
  const word = (byteAt: (at: number) => number, i: number): number => {
    for (let at = 4 * i; at < 4 * i + 4; at++) padded[at] = at < name.length ? byteAt(at) : 0
    return padded.readInt32LE(4 * i)
  }
  for (let i = 0; i * 4 < name.length; i++) {
    const at = wordStarts[id]! + i
    nameWords[at] = word(k => name[k]!, i)
    caseWords[at] = word(k => (/[a-z]/.test(NAMES[id]![k]!) ? 0x20 : 0), i)
    maskWords[at] = word(() => 0xff, i)
  }
  let slot = slotOf(name, 0, name.length)
  while (slotId[slot] !== 0) slot = (slot + 1) & (SLOTS - 1)
  slotId[slot] = id
}

/** What a field name may hold besides letters, digits and `-` (RFC 9110 §5.6.2). */
const SIGN = new Uint8Array(256)
for (const sign of "!#$%&'*+.^_`|~") SIGN[sign.charCodeAt(0)] = 1

/** Bytes that are read to compare a name with the longest one. */
const LONGEST_NAME = 4 * Math.ceil(Math.max(...nameLengths) / 4)

/** Whether the name `id` stands at `p`, in front of `LONGEST_NAME` bytes of memory at least: whole words are read. */
const isNameAt = (view: DataView, p: number, id: number): boolean => {
  const end = wordStarts[id + 1]!
  for (let at = wordStarts[id]!; at < end; at++, p += 4) {
    if (((view.getInt32(p, true) | caseWords[at]!) & maskWords[at]!) !== nameWords[at]) return false
  }
  return true
}

const identify = (buf: Buffer, view: DataView, start: number, end: number): number => {
  if (start + LONGEST_NAME > buf.length) return nameId(buf.toString('latin1', start, end).toLowerCase())
  let slot = slotOf(buf, start, end)
  for (;;) {
    const id = slotId[slot]!
    if (id === 0 || (nameLengths[id] === end - start && isNameAt(view, start, id))) return id
    slot = (slot + 1) & (SLOTS - 1)
  }
}

const LOW_BITS = 0x7f7f7f7f
const HIGH_BITS = 0x80808080 | 0
const ONES = 0x01010101
/** Takes a byte to 0x80 and beyond that is no control, once its own high bit is gone. */
const ABOVE_CONTROLS = 0x60606060

/** The high bit of each of four bytes that is a control or DEL. No sum carries into the next byte. */
const controlsIn = (four: number): number => {
  const low = four & LOW_BITS
  return (~(low + ABOVE_CONTROLS) | (low + ONES)) & ~four & HIGH_BITS
}

/** Which of four bytes, from the left, has the first bit set. */
const firstByte = (bits: number): number => (31 - Math.clz32(bits & -bits)) >> 3

/**
 * Offset of the first byte from `p` on that cannot be in a field value, or `end` or a little more: eight bytes a step, the
 * last of them may go beyond. Not further: what earlier reads left there may be long, and is not worth a look.
 */
const valueStop = (buf: Buffer, view: DataView, p: number, end: number): number => {
  // The buffer is as long as the view, whose own length is a call.
  const last = Math.min(end - 1, buf.length - 8)
  for (;;) {
    while (p <= last) {
      const a = view.getInt32(p, true) & LOW_BITS
      const b = view.getInt32(p + 4, true) & LOW_BITS
      // Bytes with a high bit may look like controls here, and are looked at again below.
      if ((~((a + ABOVE_CONTROLS) & (b + ABOVE_CONTROLS)) | (a + ONES) | (b + ONES)) & HIGH_BITS) break
      p += 8
    }
    if (p > last) break
    const first = controlsIn(view.getInt32(p, true))
    const second = controlsIn(view.getInt32(p + 4, true))
    if ((first | second) === 0) {
      p += 8
      continue
    }
    p += first === 0 ? 4 + firstByte(second) : firstByte(first)
    if (buf[p] !== HTAB) return p
    p++
  }
  while (p < end && VALUE_STOP[buf[p]!] === 0) p++
  return p
}

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
