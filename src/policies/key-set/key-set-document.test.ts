import assert from 'node:assert/strict'
import { test } from 'node:test'
import { keySigner } from '../testing/jwt-sign.ts'
import { readKeySet } from './key-set-document.ts'

const A = keySigner('ES256', { kid: 'a' }).jwk
const RSA = keySigner('RS256', { kid: 'r', alg: 'RS256', use: 'sig' }).jwk

const read = (keys: unknown, more: object = {}): unknown => readKeySet(Buffer.from(JSON.stringify({ keys, ...more })))

test('the keys that signatures can be checked with are kept, and of them what is public', () => {
  const priv = { ...A, d: 'secret', x5c: ['MIIB'], ext: true, key_ops: ['verify'] }
  assert.deepEqual(read([priv, RSA], { more: [1] }), [{ ...A, key_ops: ['verify'] }, RSA])
})

test('keys of no use are passed over', () => {
  const others = [
    null,
    1,
    'a',
    [],
    {},
    { kty: 'oct', k: 'AA' },
    { ...A, use: 'enc' },
    { ...A, kty: 'AKP' },
    { ...A, x: 1 },
  ]
  assert.deepEqual(read([...others, A, { ...A, kid: ['a'] }, { ...A, key_ops: 'verify' }, { ...RSA, n: 'AQAB' }]), [A])
})

test('what is no set, is empty, or has too many keys is nothing', () => {
  for (const keys of [undefined, null, {}, 'x', [], [null], Array(101).fill(A)]) assert.equal(read(keys), undefined)
  assert.equal((read(Array(100).fill(A)) as unknown[]).length, 100)
  for (const text of ['', '[]', 'null', '{"keys":[],"keys":[]}', '\ufeff{"keys":[]}', '{"keys":']) {
    assert.equal(readKeySet(Buffer.from(text)), undefined)
  }
  assert.equal(readKeySet(Buffer.from(`{"keys":[${JSON.stringify(A)}],"keys":[]}`)), undefined)
})

test('a megabyte of brackets is refused without harm', () => {
  for (const text of ['['.repeat(1_000_000), '{"a":'.repeat(200_000), `${'['.repeat(500_000)}${']'.repeat(500_000)}`]) {
    assert.equal(readKeySet(Buffer.from(text)), undefined)
    assert.equal(readKeySet(Buffer.from(`{"keys":${text}}`)), undefined)
  }
})
