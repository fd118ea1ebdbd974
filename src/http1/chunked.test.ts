import assert from 'node:assert/strict'
import { test } from 'node:test'
import fc from 'fast-check'
import { linesOf } from '../base/testing.ts'
import { ChunkedDecoder } from './chunked.ts'
import { DEFAULT_LIMITS } from './head.ts'

interface Outcome {
  body: string
  /** Wire bytes used; what is behind belongs to the next message. */
  used: number
  done: boolean
  trailers: string[]
  reason: string
}

/** Decodes in pieces that end at `cuts`, each in memory with guarded space around it. */
const decode = (wire: string, cuts: readonly number[] = [], limits = DEFAULT_LIMITS): Outcome => {
  const decoder = new ChunkedDecoder(limits)
  const out: Outcome = { body: '', used: 0, done: false, trailers: [], reason: '' }
  const ends = [...cuts.filter(cut => cut < wire.length), wire.length]
  let from = 0
  for (const end of ends) {
    if (decoder.done) break
    const buf = Buffer.from(`<<${wire.slice(from, end)}>>`, 'latin1')
    if (!decoder.decode(buf, 2, buf.length - 2)) return { ...out, reason: decoder.reason }
    assert.equal(buf.toString('latin1', 0, 2) + buf.toString('latin1', buf.length - 2), '<<>>', 'wrote outside')
    assert.ok(decoder.outStart >= 2 && decoder.outEnd <= decoder.next, 'data outside its piece')
    if (!decoder.done) assert.equal(decoder.next, buf.length - 2, 'stopped early')
    out.body += buf.toString('latin1', decoder.outStart, decoder.outEnd)
    out.used = from + decoder.next - 2
    from = end
  }
  out.done = decoder.done
  if (decoder.trailers !== null) out.trailers = linesOf(decoder.trailers)
  return out
}

const done = (body: string, trailers: string[] = []) => ({ body, trailers, done: true, reason: '' })

const good: readonly [wire: string, body: string, trailers?: string[]][] = [
  ['0\r\n\r\n', ''],
  ['5\r\nhello\r\n0\r\n\r\n', 'hello'],
  ['1\r\na\r\n2\r\nbc\r\n3\r\ndef\r\n0\r\n\r\n', 'abcdef'],
  ['a\r\n0123456789\r\nA\r\n0123456789\r\n0\r\n\r\n', '01234567890123456789'],
  ['000000000003\r\nabc\r\n00\r\n\r\n', 'abc'],
  ['2\r\n\r\n\r\n0\r\n\r\n', '\r\n'],
  ['3;a\r\nabc\r\n0;b=c;d="e;\\"f"\r\n\r\n', 'abc'],
  ['1\r\na\r\n0\r\nX-A: b\r\nc: d\r\n\r\n', 'a', ['X-A: b', 'c: d']],
]

for (const [wire, body, trailers] of good) {
  test(`decoded at every split: ${JSON.stringify(wire)}`, () => {
    const whole = { ...done(body, trailers), used: wire.length }
    const more = `${wire}GET / HTTP/1.1`
    assert.deepEqual(decode(more), whole)
    for (let cut = 1; cut < more.length; cut++) assert.deepEqual(decode(more, [cut]), whole, `cut at ${cut}`)
    assert.deepEqual(
      decode(
        more,
        Array.from(wire, (_, i) => i + 1),
      ),
      whole,
      'byte by byte',
    )
  })
}

const bad: readonly [wire: string, reason: RegExp][] = [
  ['\r\n', /malformed chunk size/],
  ['g\r\n', /malformed chunk size/],
  ['-1\r\n', /malformed chunk size/],
  ['0x1\r\n', /malformed chunk size/],
  [' 1\r\n', /malformed chunk size/],
  ['1 \r\na', /malformed chunk size/],
  ['1\t\r\na', /malformed chunk size/],
  ['1\na\r\n', /malformed chunk size/],
  ['1\ra', /carriage return/],
  ['1000000000000\r\n', /too large/],
  ['0000000000001\r\n', /too large/],
  ['1\r\nab', /longer than its size/],
  ['1\r\na\n', /longer than its size/],
  ['1\r\na\rb', /carriage return/],
  ['1\r\na\r\n\r\n', /malformed chunk size/],
  ['1;\r\na', /chunk extension/],
  ['1; a\r\na', /chunk extension/],
  ['1;a b\r\na', /chunk extension/],
  ['1;a=\r\na', /chunk extension/],
  ['1;a="b\r\na', /chunk extension/],
  ['1;a="b"c\r\na', /chunk extension/],
  ['1;;a\r\na', /chunk extension/],
  ['1;a\nb\r\n', /control byte/],
  ['1;a\0\r\n', /control byte/],
  [`1;${'a'.repeat(256)}\r\na`, /too long/],
  ['0\r\nX : y\r\n\r\n', /field name/],
  ['0\r\n X: y\r\n\r\n', /field name/],
  ['0\r\nX: y\n\r\n\r\n', /control byte/],
  ['0\r\n\rX', /carriage return/],
  ['0\r\nContent-Length: 1\r\n\r\n', /length in the trailers/],
  ['0\r\nTransfer-Encoding: chunked\r\n\r\n', /length in the trailers/],
]

for (const [wire, reason] of bad) {
  test(`refused at every split: ${JSON.stringify(wire.slice(0, 40))}`, () => {
    assert.match(decode(wire).reason, reason)
    for (let cut = 1; cut < wire.length; cut++) assert.match(decode(wire, [cut]).reason, reason, `cut at ${cut}`)
  })
}

test('the longest extension that is read past', () => {
  assert.deepEqual(decode(`1;${'a'.repeat(255)}\r\nx\r\n0\r\n\r\n`).body, 'x')
})

test('trailers have the limits of a head', () => {
  const limits = { ...DEFAULT_LIMITS, headBytes: 40, fields: 2 }
  assert.deepEqual(decode('0\r\na: 1\r\nb: 2\r\n\r\n', [], limits).trailers, ['a: 1', 'b: 2'])
  assert.match(decode('0\r\na: 1\r\nb: 2\r\nc: 3\r\n\r\n', [], limits).reason, /too many/)
  assert.match(decode(`0\r\na: ${'x'.repeat(40)}`, [10], limits).reason, /too large/)
})

test('data of one chunk stays where it is; of several it is moved together behind the first', () => {
  const one = Buffer.from('5\r\nhello\r\n')
  const decoder = new ChunkedDecoder(DEFAULT_LIMITS)
  assert.ok(decoder.decode(one, 0, one.length))
  assert.deepEqual([decoder.outStart, decoder.outEnd], [3, 8])
  const two = Buffer.from('1\r\na\r\n1\r\nb\r\n0\r\n\r\nrest')
  assert.ok(decoder.decode(two, 0, two.length))
  assert.deepEqual([decoder.outStart, decoder.outEnd, decoder.next, decoder.done], [3, 5, 17, true])
  assert.equal(two.toString('latin1', 3, 5), 'ab')
  assert.equal(two.toString('latin1', 17), 'rest')
})

test('property: any body, in any chunks, cut anywhere', () => {
  const chunks = fc.array(fc.string({ unit: 'binary-ascii', minLength: 1, maxLength: 40 }), { maxLength: 6 })
  fc.assert(
    fc.property(chunks, fc.array(fc.nat(300), { maxLength: 8 }), (chunks, cuts) => {
      const wire = chunks.map(chunk => `${chunk.length.toString(16)}\r\n${chunk}\r\n`).join('') + '0\r\n\r\n'
      const sorted = [...new Set(cuts)].filter(cut => cut > 0).sort((a, b) => a - b)
      assert.deepEqual(decode(wire, sorted), { ...done(chunks.join('')), used: wire.length })
    }),
  )
})
