import assert from 'node:assert/strict'
import { test } from 'node:test'
import fc from 'fast-check'
import { parseDirectoryKey } from './redis-directory-key.ts'

const plain = { consumer: 'mobile-app', roles: [], scopes: [], tier: '', expiresAt: 0, disabled: false }

test('all there, or only the consumer', () => {
  const full = {
    ...plain,
    roles: ['reader'],
    scopes: ['a:b'],
    tier: 'gold',
    expiresAt: 1_800_000_000_000,
    disabled: true,
  }
  assert.deepEqual(parseDirectoryKey(JSON.stringify(full)), full)
  assert.deepEqual(parseDirectoryKey('{"consumer":"mobile-app"}'), plain)
})

test('what is not understood lets nobody in', () => {
  const changes: Record<string, unknown>[] = [
    { consumer: '' },
    { consumer: 7 },
    { consumer: 'a\r\nx-admin: 1' },
    { consumer: 'x'.repeat(257) },
    { roles: 'reader' },
    { roles: [''] },
    { roles: [['reader']] },
    { roles: Array(257).fill('r') },
    { scopes: { 0: 'x' } },
    { tier: null },
    { tier: '\u0000' },
    { expiresAt: '2026' },
    { expiresAt: -1 },
    { expiresAt: 1.5 },
    { expiresAt: 1e300 },
    { disabled: 'false' },
    { disabled: null },
    { Disabled: true },
    { expires: 1 },
  ]
  for (const change of changes)
    assert.equal(parseDirectoryKey(JSON.stringify({ ...plain, ...change })), null, JSON.stringify(change))
  const padded = `{"consumer":"a"${' '.repeat(16_384)}}`
  for (const text of [null, undefined, 7, [], '', '{', 'null', '[]', '"x"', '{}', padded])
    assert.equal(parseDirectoryKey(text), null, JSON.stringify(text))
  assert.equal(parseDirectoryKey('{"consumer":"a","__proto__":{"disabled":false}}'), null)
})

test('no text whatever throws', () => {
  fc.assert(
    fc.property(fc.oneof(fc.string(), fc.json()), text => {
      const key = parseDirectoryKey(text)
      assert.ok(key === null || typeof key.consumer === 'string')
    }),
  )
})
