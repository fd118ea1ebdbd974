import assert from 'node:assert/strict'
import { test } from 'node:test'
import fc from 'fast-check'
import { Fault } from '../base/errors.ts'
import { HeaderEdits } from '../base/headers.ts'
import type { Json } from '../base/json.ts'
import { identityFields } from '../http1/serialize.ts'
import { compileReference } from './references.ts'
import { type Given, inputs } from './testing/inputs.ts'
import { ref } from './testing/specs.ts'

const read = (text: string, given: Given): Json | undefined => {
  const { from, resolve } = inputs(given)
  return resolve(ref(text)).read(from)
}

const GIVEN: Given = {
  params: { id: 'a%2Fb%20c', plain: '42', latin: '%FF' },
  query: '?page=2&q=a+b%26c&empty=&flag',
  headers: [['accept-language', 'de']],
  identity: { consumer: 'shop', subject: 'u1', claims: { sub: 'u1', org: { id: 7 }, 'a.b': { c: true }, none: null } },
  body: { items: [{ id: 'x' }, { id: 'y' }], deep: { er: [] } },
  branches: { user: { id: 9, name: null, tags: ['a', 'b'] }, list: [1, [2]], text: 'abc' },
  missing: ['gone'],
}

for (const [text, expected] of [
  ['params.id', 'a/b c'],
  ['params.plain', '42'],
  ['params.other', undefined],
  ['query.page', '2'],
  ['query.q', 'a b&c'],
  ['query.empty', ''],
  ['query.flag', ''],
  ['query.other', undefined],
  ['headers.accept-language', 'de'],
  ['headers.other', undefined],
  ['claims.sub', 'u1'],
  ['claims.org.id', 7],
  ['claims.a.b.c', true],
  ['claims.none', null],
  ['claims.constructor', undefined],
  ['consumer', 'shop'],
  ['subject', 'u1'],
  ['body', { items: [{ id: 'x' }, { id: 'y' }], deep: { er: [] } }],
  ['body.items.1.id', 'y'],
  ['body.items.2.id', undefined],
  ['body.items.01', undefined],
  ['body.items.length', undefined],
  ['body.items.id', undefined],
  ['body.deep.er', []],
  ['branches.user.id', 9],
  ['branches.user.name', null],
  ['branches.user.name.first', undefined],
  ['branches.user.tags.0', 'a'],
  ['branches.user.__proto__', undefined],
  ['branches.user.toString', undefined],
  ['branches.list', [1, [2]]],
  ['branches.list.1.0', 2],
  ['branches.text.0', undefined],
  ['branches.text.length', undefined],
  ['branches.gone', undefined],
  ['branches.gone.id', undefined],
] as const) {
  test(`{${text}} is ${JSON.stringify(expected)}`, () => {
    assert.deepEqual(read(text, GIVEN), expected)
  })
}

test('nobody has no claims, no name and no subject', () => {
  for (const text of ['claims.sub', 'consumer', 'subject']) assert.equal(read(text, {}), undefined)
  for (const text of ['claims.sub', 'consumer', 'subject']) assert.equal(read(text, { identity: {} }), undefined)
})

test('without a body there is nothing in it', () => {
  assert.equal(read('body', {}), undefined)
  assert.equal(read('body.a', {}), undefined)
})

test('a number too large for JavaScript has no members', () => {
  const { from, resolve } = inputs({ branches: { a: { id: JSON.rawJSON('12345678901234567890') } } })
  assert.equal(resolve(ref('branches.a.id.rawJSON')).read(from), undefined)
  assert.equal(JSON.stringify(resolve(ref('branches.a.id')).read(from)), '12345678901234567890')
})

test('a parameter that is not UTF-8 is told by its name, not by what it holds', () => {
  assert.throws(
    () => read('params.latin', GIVEN),
    (error: unknown) => error instanceof Fault && error.detail === '{params.latin} is not valid UTF-8',
  )
})

test('a header is what gates left of it', () => {
  const { from, resolve } = inputs({
    headers: [
      ['authorization', 'Bearer x'],
      ['cookie', 'a=1; sid=2'],
      ['x-a', '1'],
    ],
  })
  from.x.requestEdits = new HeaderEdits().remove('authorization').set('cookie', 'a=1')
  const values = ['authorization', 'cookie', 'x-a'].map(name => resolve(ref(`headers.${name}`)).read(from))
  assert.deepEqual(values, [undefined, 'a=1', '1'])
})

test("what a client says of itself in the gateway's own headers is not there; what was proved is", () => {
  const forged = ['x-consumer', 'x-claim-sub', 'x_claim_sub', 'x-user-id'] as const
  const { from } = inputs({ headers: forged.map(name => [name, 'forged']) })
  const read = (name: string) => compileReference(ref(`headers.${name}`), [], identityFields(['x-user-id'])).read(from)
  assert.deepEqual(
    forged.map(read),
    forged.map(() => undefined),
  )
  from.x.requestEdits = new HeaderEdits().append('x-user-id', 'u1')
  assert.equal(read('x-user-id'), 'u1')
  assert.equal(compileReference(ref('headers.x-consumer'), []).read(from), undefined)
})

test('any text comes back from a parameter as it was before it was encoded', () => {
  fc.assert(
    fc.property(fc.string({ unit: 'grapheme' }), text => {
      assert.equal(read('params.id', { params: { id: encodeURIComponent(text.toWellFormed()) } }), text.toWellFormed())
    }),
  )
})

test('any member of any JSON is found by its path, and nothing else', () => {
  const name = fc.string({ minLength: 1 }).filter(text => !text.includes('.'))
  fc.assert(
    fc.property(fc.array(name, { minLength: 1, maxLength: 4 }), fc.jsonValue(), name, (path, value, other) => {
      const data = path.reduceRight<unknown>(
        (inner, each) => JSON.parse(`{${JSON.stringify(each)}:${JSON.stringify(inner)}}`),
        value,
      )
      const json: Json = JSON.parse(JSON.stringify(data))
      assert.deepEqual(
        read(['branches.b', ...path].join('.'), { branches: { b: json } }),
        JSON.parse(JSON.stringify(value)),
      )
      if (other !== path[0]) assert.equal(read(`branches.b.${other}`, { branches: { b: json } }), undefined)
    }),
  )
})

test('a branch that is not there is refused at load', () => {
  assert.throws(() => compileReference(ref('branches.nobody.id'), ['user']), /there is no branch "nobody"/)
})
