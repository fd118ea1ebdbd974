/**
 * MurmurHash3_x86_32 (Austin Appleby, public domain) over the UTF-16 code units of a text, low byte first; unsigned.
 * The same everywhere and for ever: all workers of all gateways must send a value to the same place.
 *
 * So it has no secret, and strangers can choose values that all fall on one target. What holds then is not the hash but
 * `boundedLoad`. Tables that strangers fill need a keyed hash (store/text-hash.ts).
 */
export const textHash = (text: string, seed: number): number => {
  const { length } = text
  let hash = seed | 0
  let i = 0
  for (; i + 1 < length; i += 2) {
    hash ^= scramble(text.charCodeAt(i) | (text.charCodeAt(i + 1) << 16))
    hash = (Math.imul((hash << 13) | (hash >>> 19), 5) + 0xe6546b64) | 0
  }
  if (i < length) hash ^= scramble(text.charCodeAt(i))
  return mixed(hash ^ (length * 2))
}

const scramble = (block: number): number => {
  const bits = Math.imul(block, 0xcc9e2d51)
  return Math.imul((bits << 15) | (bits >>> 17), 0x1b873593)
}

/** Its finalizer: every bit of a number decides every bit of the result; unsigned. */
export const mixed = (bits: number): number => {
  let hash = Math.imul(bits ^ (bits >>> 16), 0x85ebca6b)
  hash = Math.imul(hash ^ (hash >>> 13), 0xc2b2ae35)
  return (hash ^ (hash >>> 16)) >>> 0
}
