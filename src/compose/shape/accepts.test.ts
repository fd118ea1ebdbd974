import assert from 'node:assert/strict'
import { test } from 'node:test'
import type { ShapeSpec } from '../../spec/spec-aggregate.ts'
import { compileAccepts } from './accepts.ts'
import { came, made } from './testing.ts'

const MERGE: ShapeSpec = { kind: 'merge', conflicts: 'error' }
const FLATTEN: ShapeSpec = { kind: 'flatten' }
const ZIP: ShapeSpec = { kind: 'zip', list: 'orders', key: 'by', joins: [{ branch: 'users', key: 'id', as: 'user' }] }

const CASES: readonly (readonly [shape: ShapeSpec, branch: string, text: string, accepts: boolean])[] = [
  ...['{}', '{"a":[]}'].map(text => [MERGE, 'a', text, true] as const),
  ...['[]', '[{}]', 'null', '"{"', '1', '12345678901234567890', 'true'].map(text => [MERGE, 'a', text, false] as const),
  ...['[]', '[1,{}]'].map(text => [FLATTEN, 'a', text, true] as const),
  ...['{}', '{"a":[]}', 'null', '"["', '1', 'false'].map(text => [FLATTEN, 'a', text, false] as const),
  ...['[]', '[{},{"by":1}]'].map(text => [ZIP, 'orders', text, true] as const),
  ...['{}', '[1]', '[{},null]', '[[]]', '[12345678901234567890]', 'null'].map(
    text => [ZIP, 'orders', text, false] as const,
  ),
  ...['[]', '[1,null,{}]'].map(text => [ZIP, 'users', text, true] as const),
  ...['{}', 'null', '"["'].map(text => [ZIP, 'users', text, false] as const),
]

for (const [shape, branch, text, accepts] of CASES) {
  test(`${shape.kind} ${accepts ? 'takes' : 'does not take'} ${text} of ${branch}`, () => {
    const ask = compileAccepts(shape, branch)
    assert.ok(ask !== null)
    assert.equal(ask(came(text)), accepts)
    assert.equal(ask(made(came(text).json())), accepts)
  })
}

test('a text is not parsed to see what it is', () => {
  const data = { text: Buffer.from('[1]'), json: () => assert.fail('parsed') }
  assert.equal(compileAccepts(FLATTEN, 'a')?.(data), true)
  assert.equal(compileAccepts(MERGE, 'a')?.(data), false)
  assert.equal(compileAccepts(ZIP, 'users')?.(data), true)
})

test('where data may be anything nobody is asked', () => {
  assert.equal(compileAccepts({ kind: 'object' }, 'a'), null)
  assert.equal(compileAccepts({ kind: 'list' }, 'a'), null)
  assert.equal(compileAccepts(ZIP, 'neither'), null)
})
