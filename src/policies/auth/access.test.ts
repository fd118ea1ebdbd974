import assert from 'node:assert/strict'
import { test } from 'node:test'
import { linesOf } from '../../base/testing.ts'
import type { Identity } from '../../core/identity.ts'
import { Reply } from '../../core/reply.ts'
import type { AccessSpec } from '../../spec/spec-policies.ts'
import { asked, preflight } from '../testing/asked.ts'
import { fakeWay, identity } from '../testing/identities.ts'
import type { Way } from '../way.ts'
import { accessPolicy } from './access.ts'

const access = (given: Partial<AccessSpec>): AccessSpec => ({
  roles: undefined,
  scopes: undefined,
  consumers: [],
  claims: [],
  ...given,
})

const ask = (
  spec: Partial<AccessSpec>,
  who: Identity | null,
  ways: readonly Way[] = [],
  x = asked(),
  passPreflights = false,
) => {
  x.identity = who
  const answer = accessPolicy(access(spec), ways, passPreflights).gate?.(x)
  assert.ok(answer === undefined || answer instanceof Reply)
  return answer
}

/** `pass`, or what was missing. */
const told = (spec: Partial<AccessSpec>, given: Partial<Identity>): string => {
  const answer = ask(spec, identity(given))
  if (answer === undefined) return 'pass'
  assert.deepEqual([answer.status, answer.fault?.code], [403, 'FORBIDDEN'])
  return answer.fault?.detail ?? ''
}

const ROLE = 'a role that this needs is missing'
const SCOPE = 'a scope that this needs is missing'
const CLAIM = 'a claim that this needs is missing or has another value'
const labels = (...names: string[]) => new Set(names)

test('roles: any, all', () => {
  const any = { roles: { need: 'any', values: ['a', 'b'] } } as const
  const all = { roles: { need: 'all', values: ['a', 'b'] } } as const
  for (const [spec, roles, expected] of [
    [any, labels('b', 'c'), 'pass'],
    [any, labels('c'), ROLE],
    [any, labels(), ROLE],
    [all, labels('b', 'c', 'a'), 'pass'],
    [all, labels('a'), ROLE],
    [{ roles: { need: 'any', values: ['a'] } }, labels('A', 'a '), ROLE],
    [{ roles: { need: 'all', values: ['a'] } }, labels('a'), 'pass'],
  ] as const) {
    assert.equal(told(spec, { roles }), expected)
  }
  assert.equal(told(any, { scopes: labels('a') }), ROLE)
})

test('scopes: what is missing is told as RFC 6750 has it', () => {
  const spec = { scopes: { need: 'all', values: ['orders:read', 'orders:write'] } } as const
  assert.equal(told(spec, { scopes: labels('orders:write', 'orders:read') }), 'pass')
  assert.equal(told(spec, { scopes: labels('orders:read') }), SCOPE)
  assert.equal(told(spec, { roles: labels('orders:read', 'orders:write') }), SCOPE)
  const answer = ask(spec, identity())
  assert.deepEqual(answer && linesOf(answer.headers), [
    'www-authenticate: Bearer error="insufficient_scope", scope="orders:read orders:write"',
  ])
})

test('consumers: nobody in particular is none of them', () => {
  assert.equal(told({ consumers: ['app', '__proto__'] }, { consumer: 'app' }), 'pass')
  assert.equal(told({ consumers: ['app', '__proto__'] }, { consumer: '__proto__' }), 'pass')
  for (const consumer of ['', 'App', 'constructor']) {
    assert.equal(told({ consumers: ['app'] }, { consumer }), 'this is not for this consumer')
  }
})

const claims = { org: { id: 42, tags: ['a', 7, true], text: '42' }, 'a.b': true, nothing: null } as const

for (const [claim, values, expected] of [
  ['org.id', [42], 'pass'],
  ['org.id', [1, 42], 'pass'],
  ['org.id', ['42'], CLAIM],
  ['org.text', [42], CLAIM],
  ['org.text', ['42'], 'pass'],
  ['org.tags', ['b', 7], 'pass'],
  ['org.tags', ['7'], CLAIM],
  ['org.tags', ['a,7,true'], CLAIM],
  ['a.b', [true], 'pass'],
  ['a.b', ['true', 1], CLAIM],
  ['nothing', ['null', false, 0, ''], CLAIM],
  ['org', ['[object Object]'], CLAIM],
  ['absent', ['undefined'], CLAIM],
  ['constructor', ['x'], CLAIM],
  ['org.tags.length', [3], CLAIM],
] as const) {
  test(`claims: ${claim} for ${JSON.stringify(values)}: ${expected}`, () => {
    assert.equal(told({ claims: [{ claim, values }] }, { claims }), expected)
  })
}

test('claims: all of them; without a token none fits', () => {
  const spec = {
    claims: [
      { claim: 'a', values: [1] },
      { claim: 'b', values: [2] },
    ],
  }
  assert.equal(told(spec, { claims: { a: 1, b: 2 } }), 'pass')
  assert.equal(told(spec, { claims: { a: 1 } }), CLAIM)
  assert.equal(told(spec, {}), CLAIM)
})

test('all conditions must hold', () => {
  const spec = { roles: { need: 'any', values: ['a'] }, consumers: ['app'] } as const
  assert.equal(told(spec, { roles: labels('a'), consumer: 'app' }), 'pass')
  assert.equal(told(spec, { roles: labels('a') }), 'this is not for this consumer')
  assert.equal(told(spec, { consumer: 'app' }), ROLE)
})

test('nobody: asked for a credential, unless there is no way to have one', () => {
  const spec = { roles: { need: 'any', values: ['a'] } } as const
  const answer = ask(spec, null, [fakeWay('a', null), fakeWay('b', null)])
  assert.deepEqual([answer?.status, answer?.fault?.code], [401, 'MISSING_CREDENTIAL'])
  assert.deepEqual(answer && linesOf(answer.headers), ['www-authenticate: a', 'www-authenticate: b'])
  assert.equal(ask(spec, null)?.status, 403)
  assert.equal(ask(spec, null, [], preflight())?.status, 403)
  assert.equal(ask(spec, null, [], preflight(), true), undefined)
})
