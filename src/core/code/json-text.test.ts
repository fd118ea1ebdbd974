import assert from 'node:assert/strict'
import { test } from 'node:test'
import fc from 'fast-check'
import { jsonText } from './json-text.ts'

test('JSON is written as JSON.stringify writes it', () => {
  fc.assert(
    fc.property(fc.jsonValue(), value => {
      assert.equal(jsonText(value), JSON.stringify(value))
    }),
  )
})

class Money {
  cents = 5
}

const holdsItself = (): object => {
  const a: Record<string, unknown> = {}
  a['x'] = a
  a['y'] = a
  return a
}

const written: readonly (readonly [what: string, value: unknown, text: string])[] = [
  ['members that are undefined are left out', { a: undefined, b: 1 }, '{"b":1}'],
  ['dates', { at: new Date(0) }, '{"at":"1970-01-01T00:00:00.000Z"}'],
  ['whatever says how it is written', { a: { toJSON: () => 'x', f() {} } }, '{"a":"x"}'],
  [
    'bigints, as the integers they are',
    { id: 12345678901234567890n, list: [1n] },
    '{"id":12345678901234567890,"list":[1]}',
  ],
  ['numbers that were kept as written', [JSON.rawJSON('12345678901234567890')], '[12345678901234567890]'],
  ['objects without a prototype', Object.assign(Object.create(null), { a: 1 }), '{"a":1}'],
  ['null', null, 'null'],
  ['a member called __proto__', JSON.parse('{"__proto__":1}'), '{"__proto__":1}'],
]

for (const [what, value, text] of written) {
  test(`written: ${what}`, () => assert.equal(jsonText(value), text))
}

const refused: readonly (readonly [what: string, value: unknown, message: RegExp])[] = [
  ['nothing', undefined, /there is nothing/],
  ['a function', () => 1, /^it is a function, which JSON cannot say$/],
  ['a function within', { a: [{ b: () => 1 }] }, /^"a\.0\.b" is a function/],
  ['a symbol', { a: Symbol('x') }, /"a" is a symbol/],
  ['what is no number', { total: Number.NaN }, /"total" is NaN/],
  ['what is beyond all numbers', { total: [1, Number.POSITIVE_INFINITY] }, /"total\.1" is Infinity/],
  ['a map', { users: new Map([['a', 1]]) }, /"users" is an instance of Map/],
  ['a promise that nobody awaited', { user: Promise.resolve(1) }, /"user" is an instance of Promise/],
  ['an instance of a class', { price: new Money() }, /"price" is an instance of Money/],
  ['what holds itself', { a: holdsItself() }, /"a\.x\.x" is something that is nested too deep/],
  ['a long name of a member', { ['x'.repeat(100)]: () => 1 }, /^"x{40}" is a function/],
]

for (const [what, value, message] of refused) {
  test(`refused: ${what}`, () => {
    assert.throws(
      () => jsonText(value),
      (error: Error) => message.test(error.message),
    )
  })
}
