import assert from 'node:assert/strict'
import { test } from 'node:test'
import fc from 'fast-check'
import type { Json } from '../../base/json.ts'
import { parseJson } from './parse.ts'
import { checkJson } from './validate.ts'
import { digitsOf } from './wide.ts'

const parse = (text: string): Json => {
  const found = checkJson(Buffer.from(text), 1e6)
  if (typeof found === 'string') assert.fail(`${found}: ${text}`)
  return parseJson(found)
}

/** As if some number in it were wide. */
const parseWide = (text: string): Json => parseJson({ bytes: Buffer.from(text), wide: true })

const KEPT: readonly string[] = [
  '9007199254740992',
  '-9007199254740993',
  '12345678901234567890',
  '1'.repeat(400),
  '1e400',
  '-1E+999',
  `1${'0'.repeat(290)}.5e99`,
]

for (const text of KEPT) {
  test(`kept as written: ${text}`, () => {
    for (const place of [text, `[0,${text}]`, `{"a":{"b":${text}}}`]) assert.equal(JSON.stringify(parse(place)), place)
    assert.equal(digitsOf(parse(text)), text)
  })
}

const NUMBERS: readonly string[] = [
  ...['0', '-0', '42', '-1.5', '9007199254740991', '-9007199254740991', '0.1', '0.30000000000000004', '1.0'],
  ...[
    '3.141592653589793238462643383279',
    '1e21',
    '1E-7',
    '1.5e300',
    '5e-324',
    '1e-400',
    '1234567890123456.5',
    '1e0005',
  ],
]

for (const text of NUMBERS) {
  test(`the nearest number, as everywhere: ${text}`, () => {
    for (const value of [parse(text), parseWide(text)]) assert.ok(Object.is(value, JSON.parse(text)), String(value))
    assert.equal(digitsOf(parse(text)), undefined)
  })
}

test('nothing but a number has digits', () => {
  for (const value of [null, true, '1', [], { rawJSON: '1' }, [parse('12345678901234567890')]]) {
    assert.equal(digitsOf(value), undefined)
  }
})

test('all but wide numbers is read as JSON.parse reads it, order and prototypes included', () => {
  const json = fc.json({ maxDepth: 5 }).map(text => text.replaceAll(/\d{16,}/g, '7'))
  fc.assert(
    fc.property(json, json => {
      const right: unknown = JSON.parse(json)
      for (const text of [json, JSON.stringify(right, null, ' \t')]) {
        const value = parseWide(text)
        assert.deepStrictEqual(value, JSON.parse(text))
        assert.deepStrictEqual(parse(text), JSON.parse(text))
        assert.equal(JSON.stringify(value), JSON.stringify(right))
      }
    }),
    { numRuns: 1_000 },
  )
})

test('white space between any two tokens is no part of the value', () => {
  const text = ' { "a" : [ 1 , true , false , null , "x" , { } , [ ] ] ,\r\n\t"b" : 12345678901234567890 } '
  assert.equal(JSON.stringify(parse(text)), text.replaceAll(/\s/g, ''))
})

test('escapes of all kinds in names and texts', () => {
  const text = '{"a\\"b":"\\\\","\\u0061\\ud83d\\ude00":"\\"","é😀":"\\ud800","\\\\":12345678901234567890}'
  const { '\\': wide, ...others } = Object(parse(text))
  const { '\\': _, ...right } = JSON.parse(text)
  assert.equal(digitsOf(wide), '12345678901234567890')
  assert.deepEqual(others, right)
})

for (const wide of ['1', '12345678901234567890']) {
  test(`a member called __proto__ is one like any other, beside ${wide}`, () => {
    const value = parse(`{"__proto__":{"admin":true},"a":${wide},"constructor":1}`)
    assert.ok(typeof value === 'object' && value !== null)
    assert.deepEqual(Object.keys(value), ['__proto__', 'a', 'constructor'])
    assert.equal(Object.getPrototypeOf(value), Object.prototype)
    assert.equal('admin' in value, false)
    assert.equal('admin' in {}, false)
  })

  test(`the last of the members of one name counts, beside ${wide}`, () => {
    assert.equal(JSON.stringify(parse(`{"a":1,"b":${wide},"a":2}`)), `{"a":2,"b":${wide}}`)
    assert.equal(JSON.stringify(parse(`{"__proto__":1,"b":${wide},"__proto__":2}`)), `{"__proto__":2,"b":${wide}}`)
  })
}
