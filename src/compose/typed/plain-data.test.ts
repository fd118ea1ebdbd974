import assert from 'node:assert/strict'
import { test } from 'node:test'
import fc from 'fast-check'
import { AnswerText } from '../answer-text.ts'
import { plainData } from './plain-data.ts'

const dataOf = (json: string): unknown => {
  const text = new AnswerText(Buffer.from(json))
  return plainData({ text: text.text, json: () => text.json() })
}

test('JSON is given as JSON.parse gives it', () => {
  fc.assert(
    fc.property(fc.json({ noUnicodeString: false }), text => {
      if (!/__proto__|\d{16}/.test(text)) assert.deepEqual(dataOf(text), JSON.parse(text))
    }),
  )
})

test('integers beyond 2^53 are bigints, exactly', () => {
  assert.deepEqual(dataOf('{"id":12345678901234567890,"n":[-9007199254740993,1,0.1]}'), {
    id: 12345678901234567890n,
    n: [-9007199254740993n, 1, 0.1],
  })
  assert.deepEqual(dataOf('[1e999,-1e999,1e2,12345678901234567.5]'), [
    Number.POSITIVE_INFINITY,
    Number.NEGATIVE_INFINITY,
    100,
    12345678901234568,
  ])
})

test('a million digits are no bigint, which would take its time', () => {
  assert.equal(dataOf('1'.repeat(1_000_000)), Number.POSITIVE_INFINITY)
})

test('members called __proto__ are left out, however they are written and wherever they are', () => {
  for (const name of ['__proto__', '\\u005f_proto__', '__prot\\u006F__']) {
    const data = dataOf(`{"a":[{"${name}":{"admin":true},"b":1}],"${name}":{"admin":true}}`)
    assert.deepEqual(data, { a: [{ b: 1 }] })
    const merged = Object.assign({}, data)
    assert.equal((merged as { admin?: unknown }).admin, undefined)
    assert.equal(Object.getPrototypeOf(merged), Object.prototype)
  }
})

test('a fallback is the same for all requests, so that each gets its own', () => {
  const text = Buffer.from('[{"a":1}]')
  const value = JSON.parse(text.toString())
  const give = (): unknown => plainData({ text, json: () => value })
  const first = give() as unknown[]
  first.push('changed')
  assert.deepEqual(give(), [{ a: 1 }])
})

test('branches that share one answer do not share what code may change', () => {
  const shared = new AnswerText(Buffer.from('[{"a":1}]'))
  const give = (): unknown => plainData({ text: shared.text, json: () => shared.json() })
  const first = give() as unknown[]
  first.push('changed')
  assert.deepEqual(give(), [{ a: 1 }])
  assert.deepEqual(shared.json(), [{ a: 1 }])
})

test('data that was edited is a copy, too', () => {
  const value = [{ a: 1 }]
  const data = plainData({ text: null, json: () => value })
  assert.deepEqual(data, value)
  assert.notEqual(data, value)
})
