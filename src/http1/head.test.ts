import assert from 'node:assert/strict'
import { test } from 'node:test'
import fc from 'fast-check'
import { ID, NAMES, nameId } from '../base/headers.ts'
import { linesOf } from '../base/testing.ts'
import { BAD, DEFAULT_LIMITS, MORE, TOO_LARGE } from './head.ts'
import { RequestHead } from './request-parser.ts'
import { bytesOf, requestOf } from './testing.ts'

const START = ['GET / HTTP/1.1', 'Host: h']
const LIMITS = DEFAULT_LIMITS

/** What a value is parsed to, undefined: refused. The plain rule of RFC 9110 §5.5. */
const expected = (value: string): string | undefined =>
  /[\0-\x08\x0a-\x1f\x7f]/.test(value) ? undefined : value.replace(/^[\t ]+|[\t ]+$/g, '')

test('values: every byte at every place of every length up to 20, at every alignment', () => {
  const head = new RequestHead()
  const before = 'GET / HTTP/1.1\r\nHost: h\r\nV:'
  const memory = Buffer.alloc(128)
  for (let align = 0; align < 4; align++) {
    const start = align + memory.write(before, align, 'latin1')
    for (let length = 0; length <= 20; length++) {
      const end = start + length
      memory.write('\r\nAfter: all\r\n\r\n', end, 'latin1')
      for (let at = 0; at < length; at++) {
        memory.fill(0x61, start, end)
        for (let byte = 0; byte < 256; byte++) {
          memory[start + at] = byte
          const after = head.parse(memory, align, end + 16)
          const value = after > 0 && after === end + 16 && head.count === 3 ? head.valueAt(1) : undefined
          const right = expected(memory.toString('latin1', start, end))
          if (value !== right) assert.fail(`byte ${byte} at ${at} of ${length}, start ${start}: ${value}`)
        }
      }
    }
  }
})

test('values of two special bytes, where the carries of a word could hide one behind the other', () => {
  const head = new RequestHead()
  const special = [0, 9, 10, 13, 31, 32, 33, 126, 127, 128, 160, 255]
  const memory = bytesOf(...START, 'V: aaaaaaaaaaaaaaaa')
  const start = memory.indexOf('aaaa')
  for (let at = 0; at < 15; at++) {
    for (const one of special) {
      for (const two of special) {
        memory.fill(0x61, start, start + 16)
        memory[start + at] = one
        memory[start + at + 1] = two
        const value = head.parse(memory, 0, memory.length) === memory.length ? head.valueAt(1) : undefined
        // CR LF in the middle ends the line; what is behind it has no colon.
        if (value !== expected(memory.toString('latin1', start, start + 16)))
          assert.fail(`${one} ${two} at ${at}: ${value}`)
      }
    }
  }
})

test('memory that is not aligned to words gives the same', () => {
  for (const offset of [1, 2, 3]) {
    const bytes = bytesOf(...START, 'A: 0123456789\u00ff0123456789', 'B: x\x7f')
    const buf = Buffer.from(new ArrayBuffer(bytes.length + 8), offset, bytes.length)
    bytes.copy(buf)
    const head = new RequestHead()
    assert.equal(head.parse(buf, 0, buf.length), BAD)
    buf[buf.length - 5] = 0x79
    assert.equal(head.parse(buf, 0, buf.length), buf.length)
    assert.deepEqual(linesOf(head), ['Host: h', 'A: 0123456789\u00ff0123456789', 'B: xy'])
  }
})

test('one head reads from one buffer, then from another', () => {
  const head = new RequestHead()
  const a = bytesOf(...START, 'A: aaaaaaaaaaaaaaaaaaaa')
  const b = bytesOf(...START, 'B: bbbbbbbbbbbbbbb\0bbbb')
  assert.equal(head.parse(a, 0, a.length), a.length)
  assert.equal(head.parse(b, 0, b.length), BAD)
  assert.equal(head.parse(a, 0, a.length), a.length)
  assert.equal(head.get('a'), 'aaaaaaaaaaaaaaaaaaaa')
})

test('every interned name is known in any case, and nothing near it is', () => {
  for (const name of NAMES.slice(1)) {
    if (['host', 'content-length', 'transfer-encoding', 'connection', 'expect'].includes(name)) continue
    const head = requestOf(...START, `${name}: 1`, `${name.toUpperCase()}: 2`, `${name}x: 3`, `${name.slice(1)}: 4`)
    assert.deepEqual([head.idAt(1), head.idAt(2)], [ID[name as keyof typeof ID], ID[name as keyof typeof ID]], name)
    assert.notEqual(head.idAt(3), head.idAt(1), name)
    assert.notEqual(head.idAt(4), head.idAt(1), name)
    assert.deepEqual(head.all(name), ['1', '2'])
  }
})

test('a token character that differs from a letter in one bit only is another name', () => {
  // `^` | 0x20 is `~`, `_` is DEL, `@` would be a grave: none may be taken for a letter or a dash.
  for (const name of ['V^A', 'Vi~', 'x_real_ip', 'x-real^ip', 'content\u005flength']) {
    assert.equal(requestOf(...START, `${name}: 1`).idAt(1), 0, name)
  }
})

test('looking fields up', () => {
  const head = requestOf(...START, 'X-A: 1', 'x-a: 2', 'Via: v', 'X-B:')
  assert.equal(head.count, 5)
  assert.deepEqual([head.get('x-a'), head.get('via'), head.get('x-b'), head.get('x-c')], ['1', 'v', '', undefined])
  assert.deepEqual([head.all('x-a'), head.all('x-c')], [['1', '2'], []])
  assert.deepEqual([head.byId(ID.via), head.byId(ID.date)], ['v', undefined])
  assert.deepEqual([head.nameAt(1), head.nameLength(1), head.nameCode(1, 0), head.nameCode(1, 3)], ['X-A', 3, 120, 0])
  assert.deepEqual([head.nameHasSign(1), requestOf(...START, 'A.9: 1').nameHasSign(1)], [false, true])
  assert.deepEqual([head.isNamed(1, 'x-a'), head.isNamed(1, 'x-ab'), head.isNamed(3, 'via')], [true, false, true])
})

const canonical: readonly [line: string, canonical: boolean, value: string][] = [
  ['A: b', true, 'b'],
  ['A: b c', true, 'b c'],
  ['A:b', false, 'b'],
  ['A:  b', false, 'b'],
  ['A:\tb', false, 'b'],
  ['A: b ', false, 'b'],
  ['A: b\t', false, 'b'],
  ['A:', false, ''],
  ['A: ', true, ''],
]

for (const [line, yes, value] of canonical) {
  test(`${JSON.stringify(line)} is ${yes ? '' : 'not '}as we would write it`, () => {
    const head = requestOf(...START, line)
    assert.deepEqual([head.canonical, head.valueAt(1)], [yes, value])
    assert.equal(head.rawAfterName(1), line.slice(1))
    assert.equal(head.text.slice(head.lineStart(1), head.linesEnd), `${line}\r\n`)
  })
}

test('the reused table forgets the message before', () => {
  const head = requestOf(...START, 'A:b', 'Connection: close', 'Transfer-Encoding: chunked')
  const next = bytesOf('POST /x HTTP/1.0')
  assert.equal(head.parse(next, 0, next.length), next.length)
  assert.deepEqual([head.count, head.canonical, head.chunked, head.connection], [0, true, false, null])
  assert.deepEqual([head.method, head.target, head.minor, head.keepAlive], ['POST', '/x', 0, false])
  assert.deepEqual([head.host, head.get('a')], [undefined, undefined])
})

test('property: what was read before makes no difference', () => {
  const name = fc.constantFrom('Via', 'via', 'Accept', 'X-A', 'x-real_ip', 'x-real-ip', 'Date', 'Vi', 'Viab')
  const fields = fc.array(fc.record({ name, value: fc.constantFrom('', 'a', 'b c', 'd\te') }), { maxLength: 8 })
  const cut = fc.constantFrom(0, 0, 0, 3, 9, 40)
  const reused = new RequestHead()
  fc.assert(
    fc.property(fields, cut, (fields, cut) => {
      const bytes = bytesOf(...START, ...fields.map(({ name, value }) => `${name}: ${value}`))
      // Bytes of an older message stay behind what was read now, as in a real buffer.
      const end = Math.max(0, bytes.length - cut)
      const fresh = new RequestHead()
      const after = fresh.parse(bytes, 0, end)
      assert.equal(reused.parse(bytes, 0, end), after)
      if (after <= 0) return
      const ids = (head: RequestHead) => Array.from({ length: head.count }, (_, i) => head.idAt(i))
      assert.deepEqual([linesOf(reused), ids(reused)], [linesOf(fresh), ids(fresh)])
      for (let i = 0; i < fresh.count; i++) assert.equal(fresh.idAt(i), nameId(fresh.nameAt(i).toLowerCase()))
    }),
  )
})

test('what earlier reads left behind a part of a head is not read, however long it is', t => {
  const memory = Buffer.alloc(65_536, 'a')
  const end = memory.write('GET / HTTP/1.1\r\nHost: h\r\nA: b', 'latin1')
  const words = t.mock.method(DataView.prototype, 'getInt32')
  assert.equal(new RequestHead().parse(memory, 0, end), MORE)
  assert.ok(words.mock.callCount() < 20, `${words.mock.callCount()} words`)
})

const badFields: readonly [fields: string, reason: RegExp][] = [
  ['A b: c', /field name/],
  ['A : c', /field name/],
  [': c', /field name/],
  ['A', /field name/],
  [' A: c', /field name/],
  ['A: b\r\n c: d', /field name/],
  ['A: b\r\n\tc', /field name/],
  ['A\0: b', /field name/],
  ['A\u00e9: b', /field name/],
  ['"A": b', /field name/],
  ['A: b\nC: d', /bare line end/],
  ['A: b\rC: d', /bare line end/],
  ['A: b\0', /control byte/],
  ['A: b\x7f', /control byte/],
  ['A: b\r\n\rC: d', /carriage return/],
]

for (const [fields, reason] of badFields) {
  test(`refused: ${JSON.stringify(fields)}`, () => {
    const bytes = bytesOf(...START, fields)
    const head = new RequestHead()
    assert.equal(head.parse(bytes, 0, bytes.length), BAD)
    assert.match(head.reason, reason)
  })
}

test('a hundred fields are read, one more is too many', () => {
  const fields = Array.from({ length: 99 }, (_, i) => `X-${i}: ${i}`)
  const head = requestOf(...START, ...fields)
  assert.deepEqual([head.count, head.get('x-98'), head.get('x-0')], [100, '98', '0'])
  const more = bytesOf(...START, ...fields, 'X: y')
  assert.equal(head.parse(more, 0, more.length), TOO_LARGE)
  assert.equal(head.reason, 'too many header fields')
})

test('the limit on the head is exact, whole or in parts', () => {
  const whole = bytesOf(...START, `A: ${'a'.repeat(50)}`)
  const parse = (headBytes: number, end = whole.length) =>
    new RequestHead().parse(whole, 0, end, { ...LIMITS, headBytes })
  assert.equal(parse(whole.length), whole.length)
  assert.equal(parse(whole.length - 1), TOO_LARGE)
  assert.equal(parse(60, 59), MORE)
  assert.equal(parse(60, 60), TOO_LARGE)
})
