import assert from 'node:assert/strict'
import { test } from 'node:test'
import { headersOf } from '../base/headers.ts'
import type { AffinitySpec } from '../spec/spec-resilience.ts'
import { affinityOf } from './affinity.ts'
import { Exchange } from './exchange.ts'
import type { Identity } from './identity.ts'

const someone: Identity = {
  way: 'main',
  consumer: '',
  subject: 'u1',
  keyId: '',
  roles: new Set(),
  scopes: new Set(),
  tier: '',
  claims: { sub: 'u1', org: { id: 7, on: false, units: ['a'], none: null, text: 'sales' } },
  headers: null,
}

const request = (identity: Identity | null = null): Exchange =>
  Object.assign(new Exchange(), {
    clientAddress: '192.0.2.7',
    headers: headersOf([
      ['x-user', 'u7'],
      ['x-user', 'u8'],
      ['cookie', 'a=1; sid=s7'],
    ]),
    params: ['42', 'a%2Fb'],
    paramNames: ['id', 'rest'],
    identity,
  })

const CASES: readonly [by: AffinitySpec, identity: Identity | null, text: string][] = [
  [{ kind: 'ip' }, null, '192.0.2.7'],
  [{ kind: 'consumer' }, null, ''],
  [{ kind: 'consumer' }, someone, 'u1'],
  [{ kind: 'consumer' }, { ...someone, consumer: 'app' }, 'app'],
  [{ kind: 'consumer' }, { ...someone, subject: '' }, ''],
  [{ kind: 'header', name: 'x-user' }, null, 'u7'],
  [{ kind: 'header', name: 'x-none' }, null, ''],
  [{ kind: 'cookie', name: 'sid' }, null, 's7'],
  [{ kind: 'cookie', name: 'none' }, null, ''],
  [{ kind: 'claim', name: 'sub' }, null, ''],
  [{ kind: 'claim', name: 'sub' }, { ...someone, claims: null }, ''],
  [{ kind: 'claim', name: 'sub' }, someone, 'u1'],
  [{ kind: 'claim', name: 'org.text' }, someone, 'sales'],
  [{ kind: 'claim', name: 'org.id' }, someone, '7'],
  [{ kind: 'claim', name: 'org.on' }, someone, 'false'],
  [{ kind: 'claim', name: 'org.units' }, someone, '["a"]'],
  [{ kind: 'claim', name: 'org.none' }, someone, ''],
  [{ kind: 'claim', name: 'constructor' }, someone, ''],
  [{ kind: 'param', name: 'id' }, null, '42'],
  [{ kind: 'param', name: 'rest' }, null, 'a%2Fb'],
  [{ kind: 'param', name: 'none' }, null, ''],
]

for (const [by, identity, text] of CASES) {
  const who = identity === null ? 'nobody' : `consumer "${identity.consumer}", subject "${identity.subject}"`
  test(`${Object.values(by).join(':')} of ${who} is "${text}"`, () => {
    assert.equal(affinityOf(by)(request(identity)), text)
  })
}
