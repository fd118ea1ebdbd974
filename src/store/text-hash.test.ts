import assert from 'node:assert/strict'
import { test } from 'node:test'
import fc from 'fast-check'
import { type Digest, type HashKey, hashStart, hashText, plainStart } from './text-hash.ts'

/** The algorithm once more, straight from the paper, over bytes and with any number of rounds. */
const reference = (key: HashKey, bytes: Buffer, c: number, d: number): [number, number] => {
  const v = [key.low, key.high ^ 0xee, key.low ^ 0x6c796765, key.high ^ 0x74656462]
  const rotate = (x: number, n: number): number => (x << n) | (x >>> (32 - n))
  const half = (a: number, b: number, left: number): void => {
    v[a] = (v[a]! + v[b]!) | 0
    v[b] = rotate(v[b]!, left) ^ v[a]!
  }
  const round = (): void => {
    half(0, 1, 5)
    v[0] = rotate(v[0]!, 16)
    half(2, 3, 8)
    half(0, 3, 7)
    half(2, 1, 13)
    v[2] = rotate(v[2]!, 16)
  }
  const times = (n: number): void => {
    for (let i = 0; i < n; i++) round()
  }
  const padded = Buffer.alloc((bytes.length & ~3) + 4)
  bytes.copy(padded)
  padded[padded.length - 1] = bytes.length
  for (let at = 0; at < padded.length; at += 4) {
    v[3]! ^= padded.readInt32LE(at)
    times(c)
    v[0]! ^= padded.readInt32LE(at)
  }
  v[2]! ^= 0xee
  times(d)
  const first = v[1]! ^ v[3]!
  v[1]! ^= 0xdd
  times(d)
  return [first, v[1]! ^ v[3]!]
}

const KEY: HashKey = { low: 0x03020100, high: 0x07060504 }

test('the reference of this test is HalfSipHash: the published vectors of HalfSipHash-2-4-64', () => {
  const published = ['218d1f59b9b83cc8', 'be552412f8387315', '064f39ef7c50eb57', 'ce0f1a45f7060679', 'd5e78a175be52ea1']
  for (const [length, expected] of published.entries()) {
    const out = Buffer.alloc(8)
    const [first, second] = reference(KEY, Buffer.from(Array.from({ length }, (_, i) => i)), 2, 4)
    out.writeInt32LE(first, 0)
    out.writeInt32LE(second, 4)
    assert.equal(out.toString('hex'), expected)
  }
})

const digestOf = (start: ReturnType<typeof plainStart>, text: string): [number, number] => {
  const into: Digest = { first: 0, second: 0 }
  hashText(start, text, into)
  return [into.first, into.second]
}

test('any text has the hash that its UTF-16 bytes have by the reference', () => {
  const key = fc.record({ low: fc.integer(), high: fc.integer() })
  fc.assert(
    fc.property(key, fc.string({ unit: 'binary', maxLength: 200 }), (hashKey, text) => {
      const expected = reference(hashKey, Buffer.from(text, 'utf16le'), 1, 3)
      assert.deepEqual(digestOf(plainStart(hashKey), text), expected)
    }),
  )
})

test('a text in one scope has nothing to do with a text in another, whatever is moved between them', () => {
  const seen = new Set<string>()
  for (const [scope, text] of [
    ['', 'ab'],
    ['a', 'b'],
    ['ab', ''],
    ['a\0', 'b'],
  ] as const)
    seen.add(digestOf(hashStart(KEY, scope), text).join())
  assert.equal(seen.size, 4)
})

test('texts that collide under one key do not under another', () => {
  const bucket = (key: HashKey, text: string): number => digestOf(hashStart(key, 'rule'), text)[0] & 1023
  const crafted: string[] = []
  for (let i = 0; crafted.length < 200; i++) if (bucket(KEY, `key-${i}`) === 7) crafted.push(`key-${i}`)
  const buckets = new Set(crafted.map(text => bucket({ low: 1, high: 2 }, text)))
  // 200 balls in 1,024 bins fill about 182 of them.
  assert.ok(buckets.size > 150, `${buckets.size} buckets`)
})
