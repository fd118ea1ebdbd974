import assert from 'node:assert/strict'
import { test } from 'node:test'
import fc from 'fast-check'
import { digestOf, limitKey, rememberingDigest } from './redis-keys.ts'

test('a digest is 22 characters that need no escaping, whatever the key is', () => {
  fc.assert(
    fc.property(fc.string({ unit: 'binary' }), text => {
      assert.match(digestOf(text), /^[\w-]{22}$/)
    }),
  )
})

test('remembered or not, the digest is the same, and different keys have different ones', () => {
  const digest = rememberingDigest()
  const seen = new Set<string>()
  for (let i = 0; i < 10_000; i++) {
    const text = `key-${i}`
    assert.equal(digest(text), digestOf(text))
    assert.equal(digest(text), digestOf(text))
    seen.add(digest(text))
  }
  const long = 'x'.repeat(10_000)
  assert.equal(digest(long), digestOf(long))
  assert.equal(seen.size, 10_000)
})

test('limits on the same key share a slot, in groups of first appearance', () => {
  const keys = [limitKey('p:', 'A', '1'), limitKey('p:', 'B', '1'), limitKey('p:', 'A', '2')]
  assert.deepEqual(keys, ['p:l:{A}:1', 'p:l:{B}:1', 'p:l:{A}:2'])
})
