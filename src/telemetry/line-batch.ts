/** Lines that gather to be written at once. */
export interface LineBatch {
  /** What has gathered, in characters. */
  readonly length: number
  /** A line with a space where its newline goes. */
  add(line: string): void
  /** All of them in UTF-8, each with its newline; valid until the next call. */
  take(): Buffer
}

/**
 * `harmless` gets each line of a batch that holds a control character or anything beyond ASCII: the bytes of a batch are looked
 * through four at a time, a fifth of what it costs to look at each value. Newlines are put in afterwards, so that those that are
 * there before came from outside.
 */
export const lineBatch = (harmless: (line: string) => string): LineBatch => {
  const room = Buffer.allocUnsafeSlow(ROOM_BYTES)
  const words = new Int32Array(room.buffer)
  let text = ''
  /** Where in `text` newlines go. */
  const ends: number[] = []

  const written = (): Buffer | undefined => {
    if (text.length * MOST_BYTES_A_UNIT > ROOM_BYTES - STEP_BYTES) return undefined
    const length = room.write(text, 'utf8')
    room.fill(' ', length, length + STEP_BYTES)
    const bytes = room.subarray(0, length)
    return length === text.length && hasNoControls(words, length) && !bytes.includes(DEL) ? bytes : undefined
  }
  const rewritten = (): Buffer => {
    let from = 0
    const lines = ends.map(end => {
      const line = text.slice(from, end)
      from = end + 1
      return `${harmless(line)}\n`
    })
    return Buffer.from(lines.join(''))
  }
  return {
    get length() {
      return text.length
    },
    add(line) {
      text += line
      ends.push(text.length - 1)
    },
    take() {
      let bytes = written()
      if (bytes === undefined) bytes = rewritten()
      else for (const end of ends) bytes[end] = NEWLINE
      text = ''
      ends.length = 0
      return bytes
    },
  }
}

const ROOM_BYTES = 256 * 1024
/** Of UTF-8 for one unit of UTF-16. */
const MOST_BYTES_A_UNIT = 3
const NEWLINE = 0x0a
const DEL = 0x7f

const STEP_WORDS = 4
const STEP_BYTES = STEP_WORDS * Int32Array.BYTES_PER_ELEMENT

/** Of ASCII: all bytes but controls have bit 6 or bit 5 set. Looks at whole steps, the last one beyond `length`. */
const hasNoControls = (words: Int32Array, length: number): boolean => {
  let visible = BIT_6
  for (let i = 0; i * 4 < length; i += STEP_WORDS) {
    const a = words[i]!
    const b = words[i + 1]!
    const c = words[i + 2]!
    const d = words[i + 3]!
    visible &= (a | (a << 1)) & (b | (b << 1)) & (c | (c << 1)) & (d | (d << 1))
  }
  return visible === BIT_6
}
/** Of each byte. */
const BIT_6 = 0x40404040
