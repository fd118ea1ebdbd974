import assert from 'node:assert/strict'
import { test } from 'node:test'
import fc from 'fast-check'
import { headersOf } from '../../base/headers.ts'
import { Exchange } from '../../core/exchange.ts'
import type { Identity } from '../../core/identity.ts'
import type { LimitKeySpec } from '../../spec/spec-policies.ts'
import { identity } from '../testing/limits.ts'
import { compileLimitKey, keyText, needsIdentity } from './limit-key.ts'

interface Asker {
  readonly identity?: Identity | null
  readonly client?: string
  readonly headers?: readonly (readonly [string, string])[]
  readonly params?: readonly string[]
}

const exchange = (given: Asker): Exchange => {
  const x = new Exchange()
  x.clientAddress = given.client ?? '192.0.2.1'
  x.identity = given.identity ?? null
  x.headers = headersOf(given.headers ?? [])
  x.params = given.params ?? []
  return x
}

const keyOf = (by: LimitKeySpec | readonly LimitKeySpec[], given: Asker, params: readonly string[] = []): string =>
  keyText(compileLimitKey('kind' in by ? [by] : by, params), exchange(given))

const claims = (value: Identity['claims']): Asker => ({ identity: identity({ claims: value }) })
const org: LimitKeySpec = { kind: 'claim', name: 'org.id' }
const tenant: LimitKeySpec = { kind: 'header', name: 'x-tenant' }
const id: LimitKeySpec = { kind: 'param', name: 'id' }

const KEYS: readonly (readonly [what: string, by: LimitKeySpec, given: Asker, key: string])[] = [
  ['a consumer', { kind: 'consumer' }, { identity: identity({ consumer: 'app', subject: 'u' }) }, 'c:app'],
  ['a subject, with its way', { kind: 'consumer' }, { identity: identity({ way: 'main', subject: 'u' }) }, 's:4:mainu'],
  ['neither', { kind: 'consumer' }, { identity: identity({ keyId: 'ab' }) }, 'a:192.0.2.1'],
  ['nobody', { kind: 'consumer' }, {}, 'a:192.0.2.1'],
  ['an API key', { kind: 'key' }, { identity: identity({ keyId: '0123456789abcdef' }) }, 'k:0123456789abcdef'],
  ['no API key', { kind: 'key' }, { identity: identity({ subject: 'u' }) }, 'a:192.0.2.1'],
  ['nobody', { kind: 'key' }, {}, 'a:192.0.2.1'],
  ['IPv4', { kind: 'ip' }, { client: '192.0.2.9' }, 'a:192.0.2.9'],
  ['IPv6', { kind: 'ip' }, { client: '2001:db8::9' }, 'a:2001:db8:0:0'],
  ['anybody', { kind: 'route' }, {}, 'r'],
  ['a text', org, claims({ org: { id: 'acme' } }), 't:acme'],
  ['a number', org, claims({ org: { id: 7 } }), 'j:7'],
  ['the same as text', org, claims({ org: { id: '7' } }), 't:7'],
  ['a list', org, claims({ org: { id: ['a', 'b'] } }), 'j:["a","b"]'],
  ['false', org, claims({ org: { id: false } }), 'j:false'],
  ['null', org, claims({ org: { id: null } }), 'a:192.0.2.1'],
  ['nothing', org, claims({ org: {} }), 'a:192.0.2.1'],
  ['no token', org, claims(null), 'a:192.0.2.1'],
  [
    'its first value',
    tenant,
    {
      headers: [
        ['x-tenant', 'a'],
        ['x-tenant', 'b'],
      ],
    },
    'h:a',
  ],
  ['an empty one', tenant, { headers: [['x-tenant', '']] }, 'h:'],
  ['none', tenant, {}, 'a:192.0.2.1'],
  ['its normal form', id, { params: ['v2', 'a%2Fb'] }, 'p:a%2Fb'],
]

for (const [what, by, given, key] of KEYS) {
  test(`key by ${by.kind}: ${what}`, () => assert.equal(keyOf(by, given, ['version', 'id']), key))
}

test('key: a parameter that the pattern lacks is the address', () => {
  assert.equal(keyOf(id, { params: ['v2'] }, ['version']), 'a:192.0.2.1')
})

test('key: the address that stands in is never a value that somebody sends', () => {
  const missing = keyOf(tenant, {})
  for (const value of ['192.0.2.1', 'a:192.0.2.1', ':192.0.2.1']) {
    assert.notEqual(keyOf(tenant, { headers: [['x-tenant', value]] }), missing)
  }
})

test('key: a consumer is never somebody with that subject, nor the same subject of another way', () => {
  const by: LimitKeySpec = { kind: 'consumer' }
  const keys = [
    keyOf(by, { identity: identity({ consumer: '1:wu' }) }),
    keyOf(by, { identity: identity({ way: 'w', subject: 'u' }) }),
    keyOf(by, { identity: identity({ way: 'wu', subject: '' }) }),
    keyOf(by, { identity: identity({ way: 'v', subject: 'u' }) }),
    keyOf(by, { identity: identity({ way: 'w', subject: 'uu' }) }),
  ]
  assert.equal(new Set(keys).size, keys.length)
})

test('key: a long value is a hash, which nobody can send', () => {
  const long = 'x'.repeat(257)
  const hashed = keyOf(tenant, { headers: [['x-tenant', long]] })
  assert.equal(hashed.length, 'h#'.length + 43)
  assert.notEqual(keyOf(tenant, { headers: [['x-tenant', `${long}x`]] }), hashed)
  for (const from of [0, 1, 2]) assert.notEqual(keyOf(tenant, { headers: [['x-tenant', hashed.slice(from)]] }), hashed)
  assert.equal(keyOf(tenant, { headers: [['x-tenant', long.slice(1)]] }), `h:${long.slice(1)}`)
})

test('key: two combinations have one key only if all their parts are the same', () => {
  const piece = fc.constantFrom('a', 'h:', ':', '1', '3', '3:h:1')
  const part = fc.option(
    fc.array(piece, { maxLength: 4 }).map(pieces => pieces.join('')),
    { nil: undefined },
  )
  const both = fc.tuple(part, part)
  const by: readonly LimitKeySpec[] = [tenant, { kind: 'header', name: 'x-user' }]
  const key = ([a, b]: readonly [string | undefined, string | undefined]): string => {
    const headers: [string, string][] = []
    if (a !== undefined) headers.push(['x-tenant', a])
    if (b !== undefined) headers.push(['x-user', b])
    return keyOf(by, { headers })
  }
  assert.notEqual(key(['a', 'ah:a']), key(['ah:a', 'a']))
  fc.assert(
    fc.property(both, both, (one, other) => {
      assert.equal(key(one) === key(other), one[0] === other[0] && one[1] === other[1])
    }),
  )
})

test('key: what needs identity', () => {
  const kinds: readonly LimitKeySpec[] = [
    ...(['consumer', 'key', 'ip', 'route'] as const).map(kind => ({ kind })),
    ...(['claim', 'header', 'param'] as const).map(kind => ({ kind, name: 'x' })),
  ]
  assert.deepEqual(
    kinds.filter(needsIdentity).map(({ kind }) => kind),
    ['consumer', 'key', 'claim'],
  )
})
