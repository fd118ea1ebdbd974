import { type HeaderView, NAMES } from '../base/headers.ts'
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
/** All names, one behind the other; name `id` stands at `nameStarts[id]` to `nameStarts[id + 1]`. */
const nameBytes = new Uint8Array(NAMES.join('').length)
/** 0x20 where a capital letter is the same, 0 where the byte must be exact. */
const caseBits = new Uint8Array(nameBytes.length)
const nameStarts = new Int32Array(NAMES.length + 1)

const slotOf = (buf: Uint8Array, start: number, end: number): number => {
  const length = end - start
  const middle = start + (length >> 1)
  return (
    (length * 61 + (buf[start]! | 0x20) * 17 + (buf[middle]! | 0x20) * 7 + (buf[end - 1]! | 0x20) * 113) & (SLOTS - 1)
  )
}

for (let id = 0; id < NAMES.length; id++) {
  const name = Buffer.from(NAMES[id]!, 'latin1')
  const start = nameStarts[id]!
  nameStarts[id + 1] = start + name.length
  nameBytes.set(name, start)
  for (let i = 0; i < name.length; i++) caseBits[start + i] = /[a-z]/.test(NAMES[id]![i]!) ? 0x20 : 0
  if (id === 0) continue
  let slot = slotOf(name, 0, name.length)
  while (slotId[slot] !== 0) slot = (slot + 1) & (SLOTS - 1)
  slotId[slot] = id
}

/** What a field name may hold besides letters, digits and `-` (RFC 9110 §5.6.2). */
const SIGN = new Uint8Array(256)
for (const sign of "!#$%&'*+.^_`|~") SIGN[sign.charCodeAt(0)] = 1

const NO_WORDS = new Int32Array(0)
const HIGH_BITS = 0x80808080 | 0

/** Offset behind the name `id` when it stands at `p`, else -1. */
const matchName = (buf: Buffer, p: number, id: number): number => {
  const end = nameStarts[id + 1]!
  for (let at = nameStarts[id]!; at < end; at++, p++) {
    if ((buf[p]! | caseBits[at]!) !== nameBytes[at]) return -1
  }
  return p
}

const identify = (buf: Buffer, start: number, end: number): number => {
  let slot = slotOf(buf, start, end)
  for (;;) {
    const id = slotId[slot]!
    if (id === 0 || matchName(buf, start, id) === end) return id
    slot = (slot + 1) & (SLOTS - 1)
  }
}

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
  private wordsFrom: Buffer | null = null
  private words: Int32Array = NO_WORDS

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
    const words = this.wordsOf(buf)
    const wordsEnd = Math.min(end >> 2, words.length)
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
      if (count === limits.fields) return this.tooLarge('too many header fields')
      const nameStart = p
      // The same field as last time in this place? Clients say the same things in the same order.
      let id = at < table.length ? table[at]! : 0
      const guess = id > 0 ? matchName(buf, p, id) : -1
      if (guess > 0 && guess < end && buf[guess] === COLON) p = guess
      else {
        while (p < end && TOKEN_LOWER[buf[p]!] !== 0) p++
        if (p >= end) return this.more(end - base, limits)
        if (buf[p] !== COLON || p === nameStart) return this.bad('a malformed header field name')
        id = identify(buf, nameStart, p)
      }
      const nameEnd = p++
      while (p < end && (buf[p] === SP || buf[p] === HTAB)) p++
      const valueStart = p
      while ((p & 3) !== 0 && p < end && VALUE_STOP[buf[p]!] === 0) p++
      if ((p & 3) === 0) {
        // Four bytes a step: no byte below 0x20 and none equal to 0x7f, by the usual carries. A tab stops it as well,
        // and the loop below, which knows better, goes on.
        let word = p >> 2
        while (word + 1 < wordsEnd) {
          const a = words[word]!
          const b = words[word + 1]!
          const c = a ^ 0x7f7f7f7f
          const d = b ^ 0x7f7f7f7f
          const hit =
            ((a - 0x20202020) & ~a) | ((c - 0x01010101) & ~c) | ((b - 0x20202020) & ~b) | ((d - 0x01010101) & ~d)
          if (hit & HIGH_BITS) break
          word += 2
        }
        while (word < wordsEnd) {
          const four = words[word]!
          const del = four ^ 0x7f7f7f7f
          if ((((four - 0x20202020) & ~four) | ((del - 0x01010101) & ~del)) & HIGH_BITS) break
          word++
        }
        p = Math.max(p, word << 2)
      }
      while (p < end && VALUE_STOP[buf[p]!] === 0) p++
      if (p + 1 >= end) {
        if (p < end && buf[p] !== CR) return this.bad('a control byte in a header field value')
        return this.more(end - base, limits)
      }
      if (buf[p] !== CR || buf[p + 1] !== LF)
        return this.bad('a control byte or a bare line end in a header field value')
      let valueEnd = p
      while (valueEnd > valueStart && (buf[valueEnd - 1] === SP || buf[valueEnd - 1] === HTAB)) valueEnd--
      if (valueEnd !== p || valueStart !== nameEnd + 2 || buf[nameEnd + 1] !== SP) this.canonical = false
      if (at + STRIDE > table.length) table = this.grow()
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

  /** The buffer as 32-bit words. A Head nearly always reads from the same one. */
  private wordsOf(buf: Buffer): Int32Array {
    if (buf === this.wordsFrom) return this.words
    this.wordsFrom = buf
    this.words = (buf.byteOffset & 3) === 0 ? new Int32Array(buf.buffer, buf.byteOffset, buf.length >> 2) : NO_WORDS
    return this.words
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
