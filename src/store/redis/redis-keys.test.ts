import assert from 'node:assert/strict'
import { test } from 'node:test'
import fc from 'fast-check'
import { digestOf, groupByTag, limitKey, rememberingDigest } from './redis-keys.ts'

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
  assert.deepEqual(groupByTag(keys), [[0, 2], [1]])
  assert.deepEqual(groupByTag([]), [])
})

test('tags as the Cluster specification has them', () => {
  assert.deepEqual(groupByTag(['{user1000}.following', '{user1000}.followers']), [[0, 1]])
  // The first pair counts, even when it is in the prefix; an empty one means the whole key.
  assert.deepEqual(groupByTag(['foo{{bar}}zap', '{{bar}', 'foo{bar}{zap}', 'bar']), [
    [0, 1],
    [2, 3],
  ])
  assert.deepEqual(groupByTag(['foo{}{bar}', 'x{}{bar}', 'open{', 'open{']), [[0], [1], [2, 3]])
})
