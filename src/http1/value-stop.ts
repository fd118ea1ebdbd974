import { HTAB, VALUE_STOP } from './chars.ts'

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
export const valueStop = (buf: Buffer, view: DataView, p: number, end: number): number => {
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
