import assert from 'node:assert/strict'
import { test } from 'node:test'
import fc from 'fast-check'
import { LONGEST_REVOKED, parseChange, parseRevokedMember, type RedisChange, revokedMember } from './redis-changes.ts'

const plain = { noNullPrototype: true } as const
const kind = fc.constantFrom('jti' as const, 'sub' as const, 'key' as const)
const value = fc.string({ unit: 'binary', minLength: 1, maxLength: 100 })

test('what is published is read', () => {
  const change: fc.Arbitrary<RedisChange> = fc.oneof(
    fc.constant({ type: 'key' as const }),
    fc.record({ type: fc.constant('reinstate' as const), kind, value }, plain),
    fc.record({ type: fc.constant('revoke' as const), kind, value, until: fc.constantFrom(null, 1, 1.8e12) }, plain),
  )
  fc.assert(fc.property(change, each => assert.deepEqual(parseChange(JSON.stringify(each)), each)))
})

test('what is in the set is read', () => {
  fc.assert(
    fc.property(kind, value, (kind, value) => {
      assert.deepEqual(parseRevokedMember(revokedMember(kind, value)), { kind, value })
    }),
  )
})

test('an operator may name the key that changed', () => {
  assert.deepEqual(parseChange('{"type":"key","value":"abc"}'), { type: 'key' })
})

test('anything else is not a change, and does not throw', () => {
  const revoke = { type: 'revoke', kind: 'jti', value: 'x', until: 1 }
  const bad = [
    { kind: 'all' },
    { kind: '__proto__' },
    { value: '' },
    { value: 7 },
    { value: 'x'.repeat(2_049) },
    { until: 0 },
    { until: -1 },
    { until: '1' },
    { type: 'flush' },
  ]
  for (const change of bad)
    assert.equal(parseChange(JSON.stringify({ ...revoke, ...change })), null, JSON.stringify(change))
  const { until: _, ...endless } = revoke
  assert.equal(parseChange(JSON.stringify(endless)), null)
  for (const text of ['', '{', '[]', 'null', '7', '"revoke"', `{"type":"key"${' '.repeat(14_000)}}`])
    assert.equal(parseChange(text), null)
  fc.assert(fc.property(fc.oneof(fc.string(), fc.json()), text => void parseChange(text)))
  for (const member of ['', ':', 'jti', 'jti:', 'all:x', ':x', `sub:${'x'.repeat(2_049)}`])
    assert.equal(parseRevokedMember(member), null)
})

test('the longest value is heard of though it is all escapes', () => {
  const change = { type: 'revoke', kind: 'sub', value: '\u0001'.repeat(LONGEST_REVOKED), until: null }
  assert.deepEqual(parseChange(JSON.stringify(change)), change)
})
