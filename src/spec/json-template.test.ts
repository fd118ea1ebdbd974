import assert from 'node:assert/strict'
import { test } from 'node:test'
import type { Json } from '../base/json.ts'
import { isJson, jsonTemplate, templatesIn } from './json-template.ts'
import type { JsonTemplate } from './spec-aggregate.ts'

test('a text that is one place alone is the value, others are texts, and what has no places is literal', () => {
  const id = { source: 'branches', path: ['user', 'id'] } as const
  const rows: readonly (readonly [value: Json, template: JsonTemplate])[] = [
    [null, { kind: 'literal', value: null }],
    [5, { kind: 'literal', value: 5 }],
    ['{{a}}', { kind: 'literal', value: '{a}' }],
    ['', { kind: 'literal', value: '' }],
    [[1, { a: 'b{{' }], { kind: 'literal', value: [1, { a: 'b{' }] }],
    ['{branches.user.id}', { kind: 'ref', ref: id }],
    ['no. {branches.user.id}', { kind: 'text', parts: ['no. ', id] }],
    [
      { ids: [1, '{branches.user.id}'], deep: { fixed: true } },
      {
        kind: 'object',
        members: [
          [
            'ids',
            {
              kind: 'list',
              items: [
                { kind: 'literal', value: 1 },
                { kind: 'ref', ref: id },
              ],
            },
          ],
          ['deep', { kind: 'literal', value: { fixed: true } }],
        ],
      },
    ],
  ]
  for (const [value, template] of rows) assert.deepEqual(jsonTemplate(value), template, JSON.stringify(value))
})

test('every text has its place', () => {
  const found = templatesIn(['body'], { a: ['x', { b: '{id}' }], c: 5 })
  assert.deepEqual(
    found.map(({ path, template }) => [path, template.refs.length]),
    [
      [['body', 'a', 0], 0],
      [['body', 'a', 1, 'b'], 1],
    ],
  )
})

test('a draft with holes is no JSON', () => {
  assert.ok(isJson({ a: [null, { b: 'x' }], c: true }))
  for (const value of [undefined, { a: undefined }, [[undefined]], () => 1]) assert.ok(!isJson(value))
})
