import assert from 'node:assert/strict'
import { test } from 'node:test'
import { HeaderEdits } from '../../base/headers.ts'
import { identity } from '../testing/identities.ts'
import { mergeIdentities } from './merge-identities.ts'

const token = identity({
  way: 'main',
  subject: 'u1',
  roles: new Set(['reader']),
  scopes: new Set(['a']),
  claims: { sub: 'u1' },
  headers: new HeaderEdits().append('x-claim-sub', 'u1'),
})
const key = identity({
  way: 'keys',
  consumer: 'app',
  keyId: 'abcd',
  tier: 'gold',
  roles: new Set(['writer', 'reader']),
  headers: new HeaderEdits().append('x-consumer', 'app'),
})

test('labels of both, all else from the first that has it', () => {
  assert.deepEqual(mergeIdentities([token, key]), {
    way: 'main+keys',
    consumer: 'app',
    subject: 'u1',
    keyId: 'abcd',
    tier: 'gold',
    roles: new Set(['reader', 'writer']),
    scopes: new Set(['a']),
    claims: { sub: 'u1' },
    headers: new HeaderEdits().append('x-claim-sub', 'u1').append('x-consumer', 'app'),
  })
})

test('a consumer keeps its own tier, and no name is told twice', () => {
  const other = identity({
    way: 'b',
    consumer: 'other',
    tier: '',
    headers: new HeaderEdits().append('x-consumer', 'other').append('x-claim-sub', 'u2'),
  })
  const both = mergeIdentities([other, key])
  assert.deepEqual([both.consumer, both.tier], ['other', ''])
  assert.deepEqual(both.headers, other.headers)
})

test('the same identities give the same object, in their order', () => {
  const third = identity({ way: 'c' })
  assert.equal(mergeIdentities([token]), token)
  assert.equal(mergeIdentities([token, key, third]), mergeIdentities([token, key, third]))
  assert.equal(mergeIdentities([token, key, third]).way, 'main+keys+c')
  assert.equal(mergeIdentities([key, token]).way, 'keys+main')
  assert.notEqual(mergeIdentities([token, { ...key }]), mergeIdentities([token, key]))
})
