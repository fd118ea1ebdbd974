import assert from 'node:assert/strict'
import { test } from 'node:test'
import fc from 'fast-check'
import { Fault } from '../base/errors.ts'
import type { Json } from '../base/json.ts'
import type { JsonTemplate } from '../spec/spec-aggregate.ts'
import { compileJson } from './json-template.ts'
import { type Given, inputs } from './testing/inputs.ts'
import { ref } from './testing/specs.ts'

const made = (template: JsonTemplate, given: Given): string => {
  const { from, resolve } = inputs(given)
  return compileJson(template, resolve)(from)
}

const value = (text: string): JsonTemplate => ({ kind: 'ref', ref: ref(text) })
const literal = (json: Json): JsonTemplate => ({ kind: 'literal', value: json })

test('a place that stands alone becomes the value, whatever its type; in a text it becomes text', () => {
  const template: JsonTemplate = {
    kind: 'object',
    members: [
      ['id', value('branches.user.id')],
      ['on', value('branches.user.on')],
      ['nothing', value('branches.user.nothing')],
      ['tags', value('branches.user.tags')],
      ['text', { kind: 'text', parts: ['user "', ref('branches.user.id'), '"'] }],
      ['list', { kind: 'list', items: [literal(1), value('params.id'), literal({ a: null })] }],
      ['none', { kind: 'list', items: [] }],
    ],
  }
  const user = { id: 7, on: false, nothing: null, tags: ['a', { b: 1 }] }
  assert.equal(
    made(template, { params: { id: '7' }, branches: { user } }),
    '{"id":7,"on":false,"nothing":null,"tags":["a",{"b":1}],"text":"user \\"7\\"","list":[1,"7",{"a":null}],"none":[]}',
  )
})

test('what is missing is an error, and so is a text of what is none', () => {
  for (const [template, why] of [
    [value('claims.sub'), '{claims.sub} has no value'],
    [{ kind: 'list', items: [value('branches.gone.id')] }, '{branches.gone.id} has no value'],
    [{ kind: 'object', members: [['a', value('body')]] }, '{body} has no value'],
    [{ kind: 'text', parts: ['a', ref('branches.user')] }, '{branches.user} is neither text nor number'],
    [{ kind: 'text', parts: ['a', ref('branches.user.no')] }, '{branches.user.no} is neither text nor number'],
  ] as const) {
    assert.throws(
      () => made(template, { branches: { user: { no: null } }, missing: ['gone'] }),
      (error: unknown) => error instanceof Fault && error.detail === why,
    )
  }
})

test('names mean nothing to us, and come twice if they were written twice', () => {
  const template: JsonTemplate = {
    kind: 'object',
    members: [
      ['__proto__', literal(1)],
      ['a', literal(2)],
      ['a', literal(3)],
    ],
  }
  assert.equal(made(template, {}), '{"__proto__":1,"a":2,"a":3}')
})

test('an integer beyond 2^53 goes on as it came, or not at all', () => {
  const id = JSON.rawJSON('12345678901234567890')
  assert.equal(made(value('branches.user.id'), { branches: { user: { id } } }), '12345678901234567890')
  assert.throws(() => made(value('claims.id'), { identity: { claims: { id: 2 ** 60 } } }), Fault)
})

test('an object of claims goes on whole only where no number in it was rounded', () => {
  const claims = { org: { ids: [1, 2.5], name: 'x' }, rounded: { ids: [1, { id: 2 ** 60 }] } }
  assert.equal(made(value('claims.org'), { identity: { claims } }), '{"ids":[1,2.5],"name":"x"}')
  assert.throws(() => made(value('claims.rounded'), { identity: { claims } }), isTooLarge)
  const id = JSON.rawJSON('12345678901234567890')
  assert.equal(made(value('branches.b'), { branches: { b: { ids: [id] } } }), '{"ids":[12345678901234567890]}')
})

const isTooLarge = (error: unknown): boolean => error instanceof Fault && error.detail.includes('too large a number')

test('any data goes through unchanged, and no text can leave its place', () => {
  fc.assert(
    fc.property(fc.jsonValue(), fc.string({ unit: 'binary' }), (data, text) => {
      const json: Json = JSON.parse(JSON.stringify(data))
      const isInexact = typeof json === 'number' && !Number.isSafeInteger(json) && Number.isInteger(json)
      fc.pre(!isInexact)
      const template: JsonTemplate = {
        kind: 'object',
        members: [
          ['data', value('branches.data')],
          ['text', { kind: 'text', parts: ['<', ref('branches.text'), '>'] }],
          ['end', literal(1)],
        ],
      }
      const parsed: unknown = JSON.parse(made(template, { branches: { data: json, text } }))
      assert.deepEqual(parsed, { data: json, text: `<${text}>`, end: 1 })
    }),
  )
})
