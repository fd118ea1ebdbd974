import assert from 'node:assert/strict'
import { test } from 'node:test'
import fc from 'fast-check'
import type { JoinSpec } from '../../spec/spec-aggregate.ts'
import type { BranchResult } from '../branch.ts'
import { compileShape } from './shape.ts'
import { came, LEFT_OUT, made, missing, specOf } from './testing.ts'

const NAMES = ['orders', 'users', 'stock']
const USERS: JoinSpec = { branch: 'users', key: 'id', as: 'user' }
const STOCK: JoinSpec = { branch: 'stock', key: 'order', as: 'stock' }

const zipped = (
  results: readonly BranchResult[],
  joins: readonly JoinSpec[] = [USERS],
  key = 'by',
  maxBytes = 1e6,
): string => {
  const shape = compileShape(specOf(NAMES, { kind: 'zip', list: 'orders', key, joins }, false, maxBytes))
  const found = shape(results)
  return 'conflict' in found ? `conflict: ${found.conflict}` : found.body.toString()
}

const late = missing('timeout')

const CASES: readonly (readonly [what: string, orders: BranchResult, users: BranchResult, body: string])[] = [
  [
    'each item with its partner, in the order of the list',
    came('[{"n":1,"by":2},{"n":2,"by":1}]'),
    came('[{"id":1},{"id":2,"x":0}]'),
    '[{"n":1,"by":2,"user":{"id":2,"x":0}},{"n":2,"by":1,"user":{"id":1}}]',
  ],
  [
    'null where there is no partner',
    came('[{"by":1},{"by":2}]'),
    came('[{"id":2}]'),
    '[{"by":1,"user":null},{"by":2,"user":{"id":2}}]',
  ],
  [
    'several with one partner',
    made([{ by: 1 }, { by: 1 }]),
    made([{ id: 1 }]),
    '[{"by":1,"user":{"id":1}},{"by":1,"user":{"id":1}}]',
  ],
  [
    'of several partners the first',
    came('[{"by":1}]'),
    came('[{"id":1,"x":1},{"id":1,"x":2}]'),
    '[{"by":1,"user":{"id":1,"x":1}}]',
  ],
  [
    '1 is not "1"',
    came('[{"by":"1"},{"by":1}]'),
    came('[{"id":1}]'),
    '[{"by":"1","user":null},{"by":1,"user":{"id":1}}]',
  ],
  [
    'true is not "true"',
    came('[{"by":"true"},{"by":true}]'),
    came('[{"id":true}]'),
    '[{"by":"true","user":null},{"by":true,"user":{"id":true}}]',
  ],
  ['1.0 is 1', came('[{"by":1.0}]'), came('[{"id":1}]'), '[{"by":1,"user":{"id":1}}]'],
  [
    'ids beyond 2^53 are not mixed up',
    came('[{"by":12345678901234567890}]'),
    came('[{"id":12345678901234567891},{"id":12345678901234567890}]'),
    '[{"by":12345678901234567890,"user":{"id":12345678901234567890}}]',
  ],
  [
    'nor with a text of the same digits',
    came('[{"by":12345678901234567890}]'),
    came('[{"id":"12345678901234567890"}]'),
    '[{"by":12345678901234567890,"user":null}]',
  ],
  ['null is no key', came('[{"by":null}]'), came('[{"id":null}]'), '[{"by":null,"user":null}]'],
  ['no key is no key', came('[{"n":1}]'), came('[{"n":1}]'), '[{"n":1,"user":null}]'],
  [
    'objects and lists are no keys',
    came('[{"by":{}},{"by":[1]}]'),
    came('[{"id":{}},{"id":[1]}]'),
    '[{"by":{},"user":null},{"by":[1],"user":null}]',
  ],
  [
    'partners that are no objects are nobody',
    came('[{"by":1}]'),
    came('[1,null,[1],"id",{"id":1}]'),
    '[{"by":1,"user":{"id":1}}]',
  ],
  [
    'what the item had under the name gives way',
    came('[{"user":1,"by":2}]'),
    came('[{"id":2}]'),
    '[{"user":{"id":2},"by":2}]',
  ],
  ['a list that is missing is null in each item', came('[{"by":1}]'), late, '[{"by":1,"user":null}]'],
  ['a list that is no list is nothing', came('[{"by":1}]'), came('{"id":1}'), '[{"by":1,"user":null}]'],
  ['a list that was left out puts nothing', came('[{"by":1}]'), LEFT_OUT, '[{"by":1}]'],
  ['nothing to put into', late, came('[{"id":1}]'), 'null'],
  ['left out what is to be put into', LEFT_OUT, came('[{"id":1}]'), 'null'],
  ['an empty list', came('[]'), came('[{"id":1}]'), '[]'],
  [
    '__proto__ stays a member',
    came('[{"__proto__":{"admin":true},"by":1}]'),
    came('[{"__proto__":2,"id":1}]'),
    '[{"__proto__":{"admin":true},"by":1,"user":{"__proto__":2,"id":1}}]',
  ],
]

for (const [what, orders, users, body] of CASES) {
  test(`zip: ${what}`, () => assert.equal(zipped([orders, users, late]), body))
}

test('several lists are joined, each by its own key, in the order of writing', () => {
  const results = [came('[{"id":7}]'), came('[{"id":7,"x":1}]'), came('[{"order":7,"n":2}]')]
  const body = '[{"id":7,"stock":{"order":7,"n":2},"user":{"id":7,"x":1}}]'
  assert.equal(zipped(results, [STOCK, USERS], 'id'), body)
})

test('names of members that mean something to JavaScript are names', () => {
  const results = [came('[{"constructor":1},{"a":1}]'), came('[{"__proto__":1}]'), late]
  const body = '[{"constructor":1,"__proto__":{"__proto__":1}},{"a":1,"__proto__":null}]'
  assert.equal(zipped(results, [{ branch: 'users', key: '__proto__', as: '__proto__' }], 'constructor'), body)
  assert.equal(
    zipped([came('[{}]'), came('[{}]'), late], [{ branch: 'users', key: 'toString', as: 'x' }], 'toString'),
    '[{"x":null}]',
  )
})

const key = fc.constantFrom<unknown>(1, 2, -0, 1.5, '1', '2', 'true', true, false, null, 'text 1')
const list = (member: string): fc.Arbitrary<readonly Record<string, unknown>[]> =>
  fc.array(fc.record({ [member]: key, x: fc.nat(5) }, { requiredKeys: [] }), { maxLength: 8 })

test('it is what looking through the whole other list for each item gives', () => {
  fc.assert(
    fc.property(list('by'), list('id'), (orders, users) => {
      const right = orders.map(order => ({
        ...order,
        user: users.find(({ id }) => id !== undefined && id !== null && id === order['by']) ?? null,
      }))
      const body = zipped([came(JSON.stringify(orders)), came(JSON.stringify(users)), late])
      assert.deepEqual(JSON.parse(body), JSON.parse(JSON.stringify(right)))
    }),
    { numRuns: 1_000 },
  )
})

test('what is put into the items has a bound: one partner may be that of all of them', () => {
  const orders = came(`[${Array(1000).fill('{"by":1}').join()}]`)
  const user = `{"id":1,"x":"${'é'.repeat(500)}"}`
  const inBytes = Buffer.byteLength(user)
  for (const users of [came(`[${user}]`), made([JSON.parse(user)])]) {
    assert.equal(JSON.parse(zipped([orders, users], [USERS], 'by', inBytes * 1000)).length, 1000)
    assert.equal(
      zipped([orders, users], [USERS], 'by', inBytes * 1000 - 1),
      'conflict: what is put into the list of "orders" is larger than "maxBytes"',
    )
  }
  const both = [orders, came(`[${user}]`), came(`[{"order":1,"y":"${'y'.repeat(99)}"}]`)]
  assert.match(zipped(both, [USERS, STOCK], 'by', inBytes * 1000), /^conflict/)
})

test('a large list is no reason to refuse: what counts is what is put in', () => {
  const users = came(`[{"id":1},${Array(1000).fill('{"id":2}').join()}]`)
  const orders = came(`[${Array(1000).fill('{"by":1}').join()}]`)
  assert.equal(JSON.parse(zipped([orders, users], [USERS], 'by', 8000)).length, 1000)
})
