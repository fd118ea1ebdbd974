import assert from 'node:assert/strict'
import { test } from 'node:test'
import fc from 'fast-check'
import { keyPrinter, MOST_BYTES, type Print, type PrintSecret, randomSecret } from './key-print.ts'

const printed = (printOf: ReturnType<typeof keyPrinter>, sent: string): Print => {
  const print: Print = { a: 0, b: 0, c: 0, d: 0 }
  printOf(sent, print)
  return print
}

const bytesTo = (length: number): string => String.fromCharCode(...Array.from({ length }, (_, i) => i))

test('it is Chaskey-12, by the vectors published with its reference implementation', () => {
  const printOf = keyPrinter([0x833d3433, 0x009f389f, 0x2398e64f, 0x417acf39])
  const published: readonly [length: number, ...words: number[]][] = [
    [0, 0x43cb1f41, 0x51eba0c2, 0xff0a8ac3, 0x7ee3f642],
    [1, 0xf9ac2067, 0x9c35a846, 0x441aad3d, 0x777b7330],
    [3, 0x8c5e6ab9, 0x5035adfb, 0xbff69f98, 0x965516d9],
    [4, 0x0b2b62db, 0x1e9e3f50, 0xa1b8dcad, 0xb4279ae0],
    [15, 0x03cfb44b, 0x283c8163, 0xfca71448, 0xc40a0aea],
    [16, 0x5dd0e2a9, 0xfb5eac8c, 0x633a392e, 0x500c36f3],
    [17, 0x8b5f6d5a, 0x202314f6, 0x22092368, 0x9639e606],
    [32, 0x77962784, 0x07c647fa, 0xdd752c0f, 0xd2f5a799],
    [46, 0xa7aebc31, 0xc10ad12e, 0x85b25fa0, 0x6dd54e7f],
    [63, 0x2dd072e1, 0x42b89efe, 0xfb26b615, 0x049aa451],
  ]
  for (const [length, ...expected] of published) {
    const { a, b, c, d } = printed(printOf, bytesTo(length))
    assert.deepEqual(
      [a, b, c, d].map(word => word >>> 0),
      expected,
      `${length} bytes`,
    )
  }
})

test('every byte counts, and nothing is left of what was printed before', () => {
  const secret = randomSecret()
  const printOf = keyPrinter(secret)
  const bytes = fc.uint8Array({ minLength: 1, maxLength: MOST_BYTES }).map(all => Buffer.from(all).toString('latin1'))
  fc.assert(
    fc.property(bytes, fc.nat(), fc.integer({ min: 1, max: 255 }), (sent, where, change) => {
      const at = where % sent.length
      const other = sent.slice(0, at) + String.fromCharCode(sent.charCodeAt(at) ^ change) + sent.slice(at + 1)
      const print = printed(printOf, sent)
      for (const text of [other, `${sent.slice(0, -1)}`, `\0${sent}`.slice(0, MOST_BYTES)]) {
        if (text !== sent) assert.notDeepEqual(printed(printOf, text), print)
      }
      assert.deepEqual(printed(printOf, ` ${sent}`.slice(1)), print)
      assert.deepEqual(printed(keyPrinter(secret), sent), print)
    }),
  )
})

test('texts that would fill the last block alike are told apart; so are secrets', () => {
  const secret: PrintSecret = [1, 2, 3, 4]
  for (const length of [1, 15, 16, 17, 256, MOST_BYTES]) {
    const print = printed(keyPrinter(secret), 'k'.repeat(length))
    assert.notDeepEqual(printed(keyPrinter(secret), `${'k'.repeat(length)}\x01`), print)
    assert.notDeepEqual(printed(keyPrinter(secret), `${'k'.repeat(length - 1)}\x01`), print)
    assert.notDeepEqual(printed(keyPrinter([1, 2, 3, 5]), 'k'.repeat(length)), print)
  }
  // What padding adds to 15 bytes, written out.
  assert.notDeepEqual(printed(keyPrinter(secret), `${'k'.repeat(15)}\x01`), printed(keyPrinter(secret), 'k'.repeat(15)))
  assert.notDeepEqual(randomSecret(), randomSecret())
})
