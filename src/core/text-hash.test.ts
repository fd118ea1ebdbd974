import assert from 'node:assert/strict'
import { test } from 'node:test'
import fc from 'fast-check'
import { mixed, textHash } from './text-hash.ts'

/** Published vectors of MurmurHash3_x86_32, bytes written as code units, low byte first. */
const VECTORS: readonly [text: string, seed: number, hash: number][] = [
  ['', 0, 0],
  ['', 1, 0x514e28b7],
  ['', 0xffffffff, 0x81f16f39],
  ['\uffff\uffff', 0, 0x76293b50],
  ['\u4321\u8765', 0, 0xf55b516b],
  ['\u4321\u8765', 0x5082edee, 0x2362f9de],
  ['\u4321', 0, 0xa0f7b07a],
  ['\u0000\u0000', 0, 0x2362f9de],
  ['\u0000', 0, 0x30f4c306],
]

for (const [text, seed, hash] of VECTORS) {
  test(`the hash of ${JSON.stringify(text)} under seed ${seed}`, () => assert.equal(textHash(text, seed), hash))
}

/** As its author wrote it, over bytes. */
const reference = (bytes: Buffer, seed: number): number => {
  let hash = seed
  const rotated = (bits: number, by: number): number => (bits << by) | (bits >>> (32 - by))
  const scrambled = (block: number): number => Math.imul(rotated(Math.imul(block, 0xcc9e2d51), 15), 0x1b873593)
  const blocks = bytes.length >> 2
  for (let i = 0; i < blocks; i++) {
    hash = (Math.imul(rotated(hash ^ scrambled(bytes.readInt32LE(i * 4)), 13), 5) + 0xe6546b64) | 0
  }
  const tail = bytes.subarray(blocks * 4)
  if (tail.length > 0) hash ^= scrambled(tail.reduceRight((sum, byte) => (sum << 8) | byte, 0))
  return mixed(hash ^ bytes.length)
}

test('property: it is the hash of the UTF-16LE bytes, whatever the text and the seed', () => {
  fc.assert(
    fc.property(fc.string({ unit: 'binary' }), fc.integer(), (text, seed) => {
      assert.equal(textHash(text, seed), reference(Buffer.from(text, 'utf16le'), seed))
    }),
  )
})

test('mixing loses nothing: numbers that differ stay different', () => {
  const seen = new Set<number>()
  for (let i = 0; i < 100_000; i++) seen.add(mixed(i))
  assert.equal(seen.size, 100_000)
})
