import assert from 'node:assert/strict'
import { test } from 'node:test'
import { answerRevocations, type RevocationOrder } from './revocations.ts'

const NOW = Date.UTC(2026, 10, 26)
const HASH = 'ab'.repeat(32)

const ask = async (method: string, body: unknown, fails?: string) => {
  const orders: [string, RevocationOrder][] = []
  const take = (what: string) => async (order: RevocationOrder) => {
    if (fails !== undefined) throw new Error(fails)
    orders.push([what, order])
  }
  const admin = { count: () => orders.length, revoke: take('revoke'), reinstate: take('reinstate') }
  const text = typeof body === 'string' ? body : JSON.stringify(body)
  const { status, body: answered } = await answerRevocations(method, text, admin, NOW)
  return { status, answered, orders }
}

for (const [given, order] of [
  [{ jti: 'a' }, { kind: 'jti', value: 'a', until: Number.POSITIVE_INFINITY }],
  [
    { sub: 'ann', for: '12h' },
    { kind: 'sub', value: 'ann', until: NOW + 43_200_000 },
  ],
  [
    { key: HASH, until: '2026-11-27T00:00:00Z' },
    { kind: 'key', value: HASH, until: NOW + 86_400_000 },
  ],
  [{ key: `sha256:${HASH}` }, { kind: 'key', value: HASH, until: Number.POSITIVE_INFINITY }],
] as const) {
  test(`taken: ${JSON.stringify(given)}`, async () => {
    const revoked = await ask('POST', given)
    assert.deepEqual([revoked.status, revoked.orders], [200, [['revoke', order]]])
    assert.deepEqual((await ask('DELETE', given)).orders, [['reinstate', order]])
  })
}

for (const given of [
  'no json',
  '[]',
  'null',
  '{}',
  { jti: 'a', sub: 'b' },
  { jti: 1 },
  { jti: '' },
  { jti: 'x'.repeat(1025) },
  { jti: 'a', why: 'because' },
  { jti: 'a', until: '2020-01-01T00:00:00Z' },
  { jti: 'a', until: 'soon' },
  { jti: 'a', until: 5 },
  { jti: 'a', for: '0s' },
  { jti: 'a', for: '1h', until: '2027-01-01T00:00:00Z' },
  { key: 'the key itself' },
  '{"__proto__": {"jti": "a"}}',
]) {
  test(`refused, and nothing done: ${JSON.stringify(given).slice(0, 60)}`, async () => {
    const { status, answered, orders } = await ask('POST', given)
    assert.deepEqual([status, orders], [400, []])
    assert.doesNotMatch(answered, /the key itself/)
  })
}

test('what could not be done everywhere is said', async () => {
  const { status, answered } = await ask('POST', { jti: 'a' }, 'Redis did not answer; it is revoked on this machine.')
  assert.equal(status, 503)
  assert.match(answered, /revoked on this machine/)
})

test('GET counts', async () => {
  assert.deepEqual((await ask('GET', '')).answered, '{"count":0}\n')
})
