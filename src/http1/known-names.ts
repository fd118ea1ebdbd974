import { NAMES, nameId } from '../base/headers.ts'

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
export const nameLengths = Uint8Array.from(NAMES, name => name.length)
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

/** Bytes that are read to compare a name with the longest one. */
export const LONGEST_NAME = 4 * Math.ceil(Math.max(...nameLengths) / 4)

/** Whether the name `id` stands at `p`, in front of `LONGEST_NAME` bytes of memory at least: whole words are read. */
export const isNameAt = (view: DataView, p: number, id: number): boolean => {
  const end = wordStarts[id + 1]!
  for (let at = wordStarts[id]!; at < end; at++, p += 4) {
    if (((view.getInt32(p, true) | caseWords[at]!) & maskWords[at]!) !== nameWords[at]) return false
  }
  return true
}

/** The id of the name in `[start, end)`; 0 when it is not interned. */
export const identify = (buf: Buffer, view: DataView, start: number, end: number): number => {
  if (start + LONGEST_NAME > buf.length) return nameId(buf.toString('latin1', start, end).toLowerCase())
  let slot = slotOf(buf, start, end)
  for (;;) {
    const id = slotId[slot]!
    if (id === 0 || (nameLengths[id] === end - start && isNameAt(view, start, id))) return id
    slot = (slot + 1) & (SLOTS - 1)
  }
}
