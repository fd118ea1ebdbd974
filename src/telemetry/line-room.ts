/** Text that many lines have, as bytes. */
export interface Piece {
  /** Filled up with zeros. */
  readonly steps: Float64Array
  /** In bytes. */
  readonly length: number
}

export const pieceOf = (text: string): Piece => {
  const bytes = Buffer.from(text)
  const filled = new Uint8Array(Math.ceil(bytes.length / STEP_BYTES) * STEP_BYTES)
  filled.set(bytes)
  return { steps: new Float64Array(filled.buffer), length: bytes.length }
}

/**
 * Memory in which lines gather to be written at once. They are put together from bytes: as strings, a line was some thirty
 * objects, which took most of its time to make and to fetch again.
 *
 * Bytes are copied eight at a time, as numbers; the last step goes beyond the end of what it is of, and what is there is put
 * next. A NaN need not stay the NaN it was, but no UTF-8 is one: that would take a byte above 0xef before 0x7f or 0xff.
 */
export class LineRoom {
  /** What has gathered, in bytes. */
  length = 0
  private bytes = Buffer.allocUnsafeSlow(ROOM_BYTES)
  private view = viewOf(this.bytes)
  /** The values of a line, one behind the other. */
  private values = Buffer.allocUnsafeSlow(VALUES_BYTES)
  private valuesView = viewOf(this.values)
  private arePlain = true
  /** Where the next one begins. */
  private next = 0

  /**
   * Gets the values of a line, joined: all of them take one call into V8's C++. Says whether they are plain: visible ASCII
   * without quotes and backslashes.
   */
  hold(values: string): boolean {
    const most = values.length * MOST_BYTES_A_UNIT + STEP_BYTES
    if (most > this.values.length) {
      this.values = Buffer.allocUnsafeSlow(most)
      this.valuesView = viewOf(this.values)
    }
    const { valuesView } = this
    const length = this.values.write(values, 0)
    valuesView.setInt32(length, SPACES)
    valuesView.setInt32(length + WORD_BYTES, SPACES)
    this.next = 0
    this.arePlain = length === values.length && isPlain(valuesView, length)
    return this.arePlain
  }

  /** Puts the next value, which is `text`. */
  value(text: string): void {
    const length = this.arePlain ? text.length : Buffer.byteLength(text)
    this.makeRoom(length)
    const { view, valuesView, next } = this
    const at = this.length
    for (let i = 0; i < length; i += STEP_BYTES) view.setFloat64(at + i, valuesView.getFloat64(next + i, true), true)
    this.next = next + length
    this.length = at + length
  }

  piece({ steps, length }: Piece): void {
    this.makeRoom(length)
    const { view } = this
    let at = this.length
    for (let i = 0; i < steps.length; i++, at += STEP_BYTES) view.setFloat64(at, steps[i]!, true)
    this.length += length
  }

  /** Not finite: 0. */
  number(n: number): void {
    if (n !== (n | 0) || n < 0) return this.text(`${Number.isFinite(n) ? n : 0}`)
    this.makeRoom(MOST_DIGITS)
    const { bytes, length } = this
    let end = length + 1
    for (let rest = n; rest >= 10; rest = (rest / 10) | 0) end++
    let rest = n
    for (let at = end - 1; at >= length; at--) {
      bytes[at] = ZERO + (rest % 10)
      rest = (rest / 10) | 0
    }
    this.length = end
  }

  /** A point, and `n`, from 0 to 999, in three digits. */
  thousandths(n: number): void {
    this.makeRoom(WORD_BYTES)
    this.view.setInt32(this.length, THOUSANDTHS[n]!)
    this.length += WORD_BYTES
  }

  /** Microseconds as milliseconds. Printing a fraction digit by digit costs V8 more than half of a line. */
  micros(us: number): void {
    const ms = Math.floor(us / 1000)
    this.number(ms)
    this.thousandths(us - ms * 1000)
  }

  /** Anything, in UTF-8. */
  text(text: string): void {
    this.makeRoom(text.length * MOST_BYTES_A_UNIT)
    this.length += this.bytes.write(text, this.length)
  }

  /** Takes the last bytes back. */
  back(bytes: number): void {
    this.length -= bytes
  }

  /** All that has gathered; valid until something is put again. */
  take(): Buffer {
    const taken = this.bytes.subarray(0, this.length)
    this.length = 0
    return taken
  }

  /** For `more` bytes, and the rest of a step behind them. */
  private makeRoom(more: number): void {
    const needed = this.length + more + STEP_BYTES
    if (needed <= this.bytes.length) return
    const larger = Buffer.allocUnsafeSlow(needed * 2)
    this.bytes.copy(larger, 0, 0, this.length)
    this.bytes = larger
    this.view = viewOf(larger)
  }
}

/** Twice what is handed on at once. */
const ROOM_BYTES = 128 * 1024
const VALUES_BYTES = 8 * 1024
/** Of UTF-8 for one unit of UTF-16. */
const MOST_BYTES_A_UNIT = 3
const MOST_DIGITS = 10
const ZERO = 0x30

const STEP_BYTES = Float64Array.BYTES_PER_ELEMENT
const WORD_BYTES = Int32Array.BYTES_PER_ELEMENT

const THOUSANDTHS = Int32Array.from({ length: 1000 }, (_, n) =>
  Buffer.from(`.${`${n}`.padStart(3, '0')}`).readInt32BE(),
)

const viewOf = (bytes: Buffer): DataView => new DataView(bytes.buffer, bytes.byteOffset, bytes.length)

/** Of each byte. */
const SPACES = 0x20202020
const QUOTES = 0x22222222
const BACKSLASHES = 0x5c5c5c5c
const DELS = 0x7f7f7f7f
const BIT_7 = 0x80808080 | 0
const BIT_6 = 0x40404040

/**
 * Whether there are no control characters, quotes and backslashes in ASCII. All others have bit 6 or bit 5 set, and with 0x7f
 * added to what they differ by from one of those, which carries nothing, bit 7.
 */
const isPlain = (view: DataView, length: number): boolean => {
  let visible = BIT_6
  let others = BIT_7
  for (let i = 0; i < length; i += WORD_BYTES) {
    const word = view.getInt32(i, true)
    visible &= word | (word << 1)
    others &= ((word ^ QUOTES) + DELS) & ((word ^ BACKSLASHES) + DELS) & ((word ^ DELS) + DELS)
  }
  return visible === BIT_6 && others === BIT_7
}
