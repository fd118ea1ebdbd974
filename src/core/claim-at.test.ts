import assert from 'node:assert/strict'
import { test } from 'node:test'
import fc from 'fast-check'
import { claimAt } from './claim-at.ts'
import type { Claims } from './identity.ts'

const claims: Claims = {
  sub: 'u1',
  org: { id: 7, 'unit.name': 'sales', deep: { er: null } },
  'https://example.com/roles': ['a'],
  'a.b': { c: 1 },
  a: { b: { c: 2, d: 3 } },
  resource_access: { 'my.client': { roles: ['r'] } },
  list: [{ id: 1 }],
  text: 'abc',
}

const CASES: readonly [path: string, value: unknown][] = [
  ['sub', 'u1'],
  ['org.id', 7],
  ['org', claims['org']],
  ['org.unit.name', 'sales'],
  ['org.deep.er', null],
  ['https://example.com/roles', ['a']],
  ['resource_access.my.client.roles', ['r']],
  // The longest name counts, and there is no way back.
  ['a.b.c', 1],
  ['a.b.d', undefined],
  // What is not there.
  ['', undefined],
  ['.', undefined],
  ['org.', undefined],
  ['.id', undefined],
  ['org..id', undefined],
  ['org.deep.er.more', undefined],
  ['list.0', undefined],
  ['list.length', undefined],
  ['text.length', undefined],
  // Nothing is inherited.
  ['constructor', undefined],
  ['__proto__', undefined],
  ['org.constructor.name', undefined],
  ['org.__proto__.toString', undefined],
]

for (const [path, value] of CASES) {
  test(`claim at ${JSON.stringify(path)}`, () => assert.deepEqual(claimAt(claims, path), value))
}

test('a member that is really called __proto__ is a claim like any other', () => {
  assert.equal(claimAt(JSON.parse('{"__proto__":{"admin":true}}'), '__proto__.admin'), true)
})

test('every claim is found by its name, whatever the name', () => {
  fc.assert(
    fc.property(fc.string(), fc.integer(), (name, value) => {
      assert.equal(claimAt({ x: { [name]: value } }, `x.${name}`), value)
    }),
  )
})

test('a path of nothing but dots ends soon', () => {
  assert.equal(claimAt({ a: { a: { a: 1 } } }, 'a.'.repeat(100_000)), undefined)
})
