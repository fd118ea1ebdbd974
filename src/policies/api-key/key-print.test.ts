import assert from 'node:assert/strict'
import { test } from 'node:test'
import fc from 'fast-check'
import { keyPrinter, MOST_BYTES, type Print, type PrintSecret, randomSecret } from './key-print.ts'

const printed = (printOf: ReturnType<typeof keyPrinter>, sent: string): Print => {
  const print: Print = { a: 0, b: 0, c: 0, d: 0 }
  printOf(sent, print)
  return print
}

const hex = (...words: number[]): string => {
  const out = Buffer.alloc(4 * words.length)
  for (const [i, word] of words.entries()) out.writeInt32LE(word, 4 * i)
  return out.toString('hex')
}

test('each half is HalfSipHash-2-4-64, by its published vectors', () => {
  const key = [0x03020100, 0x07060504] as const
  const published = ['218d1f59b9b83cc8', 'be552412f8387315', '064f39ef7c50eb57', 'ce0f1a45f7060679', 'd5e78a175be52ea1']
  for (const [length, expected] of published.entries()) {
    const sent = String.fromCharCode(...Array.from({ length }, (_, i) => i))
    const first = printed(keyPrinter([...key, 1, 2]), sent)
    const second = printed(keyPrinter([1, 2, ...key]), sent)
    assert.equal(hex(first.a, first.b), expected)
    assert.equal(hex(second.c, second.d), expected)
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

test('lengths 256 apart, which end alike, are told apart; so are secrets', () => {
  const secret: PrintSecret = [1, 2, 3, 4]
  assert.notDeepEqual(printed(keyPrinter(secret), '\0'.repeat(256)), printed(keyPrinter(secret), ''))
  assert.notDeepEqual(printed(keyPrinter(secret), 'k'), printed(keyPrinter([1, 2, 3, 5]), 'k'))
  assert.notDeepEqual(randomSecret(), randomSecret())
})
