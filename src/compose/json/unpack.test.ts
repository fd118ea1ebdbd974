import assert from 'node:assert/strict'
import { test } from 'node:test'
import zlib from 'node:zlib'
import fc from 'fast-check'
import { type Unpacked, unpack } from './unpack.ts'

const PACKERS: readonly (readonly [coding: string, pack: (bytes: Buffer) => Buffer])[] = [
  ['gzip', zlib.gzipSync],
  ['x-gzip', zlib.gzipSync],
  ['br', zlib.brotliCompressSync],
  ['deflate', zlib.deflateSync],
  ['deflate', bytes => zlib.deflateSync(bytes, { level: 1 })],
  ['deflate', bytes => zlib.deflateSync(bytes, { level: 9, windowBits: 9 })],
  ['deflate', zlib.deflateRawSync],
]

const text = Buffer.from(JSON.stringify({ text: 'so that there is something to pack '.repeat(40) }))
/** Does not get smaller, and is too much to be unpacked at once. */
const large = Buffer.from(Array.from({ length: 300_000 }, (_, i) => Math.imul(i, 0x9e3779b1) >>> 24))

/** Of many bytes: what differs would be told for minutes. */
const isSame = (found: Unpacked, bytes: Buffer): boolean => typeof found !== 'string' && found.equals(bytes)

for (const [i, [coding, pack]] of PACKERS.entries()) {
  test(`${coding} is undone, small and large (${i})`, async () => {
    assert.deepEqual(await unpack(coding, pack(text), text.length), text)
    assert.ok(isSame(await unpack(coding, pack(large), large.length), large))
  })

  test(`${coding}: one byte more than may come of it is oversize, small and large (${i})`, async () => {
    assert.equal(await unpack(coding, pack(text), text.length - 1), 'oversize')
    assert.equal(await unpack(coding, pack(large), large.length - 1), 'oversize')
  })

  test(`${coding}: what is cut short is invalid, wherever (${i})`, async () => {
    for (const bytes of [pack(text), pack(large)]) {
      for (const end of [0, 1, bytes.length >> 1, bytes.length - 1]) {
        assert.equal(await unpack(coding, bytes.subarray(0, end), large.length), 'invalid', `${end} of ${bytes.length}`)
      }
    }
  })

  test(`${coding}: a bomb is oversize, and is given up at the bound (${i})`, async () => {
    const bomb = pack(Buffer.alloc(10_000_000))
    assert.ok(bomb.length < 100_000)
    for (const most of [0, 1, 1_000, 300_000]) assert.equal(await unpack(coding, bomb, most), 'oversize')
  })
}

test('what is not packed is there at once, and is held to the same bound', () => {
  for (const coding of ['', 'identity', ' Identity ']) {
    const seen: unknown[] = []
    const receiver = { onValue: (value: unknown) => void seen.push(value), onError: assert.fail }
    unpack(coding, text, text.length).wait(receiver)
    unpack(coding, text, text.length - 1).wait(receiver)
    assert.deepEqual(seen, [text, 'oversize'])
  }
})

test('what is small is there at once, however it is packed and whatever comes of it', () => {
  assert.equal(unpack('gzip', zlib.gzipSync(text), 1_000_000).settled, true)
  assert.equal(unpack('gzip', text, 1_000_000).settled, true)
  assert.equal(unpack('gzip', zlib.gzipSync(Buffer.alloc(1_000_000)), 200_000).settled, true)
})

test('what is small and becomes large is not unpacked at once', async () => {
  const bytes = Buffer.alloc(1_000_000)
  const packed = unpack('gzip', zlib.gzipSync(bytes), bytes.length)
  assert.equal(packed.settled, false)
  assert.ok(isSame(await packed, bytes))
})

test('raw deflate is told from zlib by both bytes of its head', async () => {
  // A stored block that is not the last one, with one of the bits set that mean nothing, and an empty last one.
  const stored = Buffer.from([0x08, 2, 0, 0xfd, 0xff, 0x7b, 0x7d, 1, 0, 0, 0xff, 0xff])
  assert.equal(String(await unpack('deflate', stored, 100)), '{}')
})

test('where nothing may come, nothing does', async () => {
  assert.equal(await unpack('gzip', zlib.gzipSync('1'), 0), 'oversize')
  assert.deepEqual(await unpack('gzip', zlib.gzipSync(''), 0), Buffer.alloc(0))
})

test('a coding that nobody knows, or more than one, is invalid', async () => {
  for (const coding of ['compress', 'zstd', 'gzip, gzip', 'gzip,br', 'gzip;q=1', 'constructor', '*']) {
    assert.equal(await unpack(coding, zlib.gzipSync(text), 1e6), 'invalid', coding)
  }
})

test('codings are named in any case', async () => {
  assert.deepEqual(await unpack(' GZip', zlib.gzipSync(text), 1e6), text)
})

test('whatever bytes come, what is said is content, invalid or oversize', async () => {
  await fc.assert(
    fc.asyncProperty(
      fc.constantFrom(...PACKERS),
      fc.uint8Array({ maxLength: 300 }),
      fc.nat(),
      fc.nat(255),
      fc.nat(400),
      async ([coding, pack], content, place, byte, most) => {
        const packed = pack(Buffer.from(content))
        packed[place % packed.length] = byte
        for (const bytes of [packed, Buffer.from(content)]) {
          const found = await unpack(coding, bytes, most)
          if (typeof found === 'string') assert.match(found, /^(?:invalid|oversize)$/)
          else assert.ok(found.length <= most)
        }
      },
    ),
    { numRuns: 500 },
  )
})
