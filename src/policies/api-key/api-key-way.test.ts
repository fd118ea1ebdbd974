import assert from 'node:assert/strict'
import { hash } from 'node:crypto'
import { test } from 'node:test'
import { HeaderEdits } from '../../base/headers.ts'
import type { Identity } from '../../core/identity.ts'
import type { DirectoryKey } from '../../core/revocations.ts'
import type { ApiKeySpec, ConsumerKeySpec, ConsumerSpec } from '../../spec/spec-auth.ts'
import { asked } from '../testing/asked.ts'
import { keyWorld } from '../testing/key-world.ts'
import { isRejection, type Rejection, type Way } from '../way.ts'
import { apiKeyWay } from './api-key-way.ts'
import { KEY_MEMORY } from './key-memory.ts'

const sha = (text: string): string => hash('sha256', Buffer.from(text, 'utf8'), 'hex')

const SPEC: ApiKeySpec = {
  kind: 'apiKey',
  name: 'keys',
  from: [
    { in: 'header', name: 'x-api-key', scheme: '' },
    { in: 'query', name: 'api_key' },
  ],
  forward: false,
  realm: 'sallyport',
}

const key = (text: string, change: Partial<ConsumerKeySpec> = {}): ConsumerKeySpec => ({
  hash: sha(text),
  expiresAt: 0,
  disabled: false,
  ...change,
})

const consumer = (name: string, ...keys: ConsumerKeySpec[]): ConsumerSpec => ({
  name,
  keys,
  roles: ['reader'],
  scopes: ['orders:read'],
  tier: 'gold',
})

const sent = (text: string) => asked({ headers: [['x-api-key', text]] })

type Outcome = Identity | Rejection | null

/** The consumer, or what the rejection says. */
const told = (result: Outcome): string | null => {
  if (result === null) return null
  return isRejection(result) ? `${result.error}: ${result.detail}` : result.consumer
}

/** Without waiting; fails when the way wants to wait. */
const now = (way: Way, text: string): string | null => {
  const result = way.check(sent(text))
  assert.ok(result === null || !('then' in result), 'it answers at once')
  return told(result)
}

const later = async (way: Way, text: string): Promise<string | null> => told(await way.check(sent(text)))

const UNKNOWN = 'invalid_token: the API key is not known'
const AWAY = 'unavailable: the API key cannot be checked now'

test('a key shows whose it is, by the same object each time', () => {
  const way = apiKeyWay(SPEC, [consumer('mobile-app', key('k1'), key('k2'))], keyWorld())
  const first = way.check(sent('k1'))
  assert.deepEqual(first, {
    way: 'keys',
    consumer: 'mobile-app',
    subject: '',
    keyId: sha('k1').slice(0, 16),
    roles: new Set(['reader']),
    scopes: new Set(['orders:read']),
    tier: 'gold',
    claims: null,
    headers: new HeaderEdits().append('x-consumer', 'mobile-app'),
  })
  assert.equal(way.check(sent('k1')), first)
  assert.equal(way.check(asked({ query: '?api_key=k1' })), first)
  assert.equal(now(way, 'k2'), 'mobile-app')
})

test('none, unknown, too long, twice', () => {
  const way = apiKeyWay(SPEC, [consumer('a', key('k1'), key('x'.repeat(512)))], keyWorld())
  assert.equal(way.check(asked()), null)
  assert.equal(now(way, ''), null)
  assert.equal(now(way, 'k1 '), UNKNOWN)
  assert.equal(now(way, sha('k1')), UNKNOWN, 'the hash is not the key')
  assert.equal(now(way, 'x'.repeat(512)), 'a')
  assert.equal(now(way, 'x'.repeat(513)), 'invalid_token: the API key is longer than 512 bytes')
  const twice = asked({
    headers: [
      ['x-api-key', 'k1'],
      ['x-api-key', 'k1'],
    ],
  })
  const result = way.check(twice)
  assert.ok(result !== null && !('then' in result))
  assert.equal(told(result), 'invalid_request: the credential is given more than once')
})

test('a key that was recognised before makes no other one pass, wherever it differs', () => {
  const good = `sp_${'Zx8-'.repeat(10)}`
  const way = apiKeyWay(SPEC, [consumer('a', key(good)), consumer('b', key(`${good}b`))], keyWorld())
  for (let i = 0; i < 3; i++) assert.equal(now(way, good), 'a')
  for (let at = 0; at < good.length; at++) {
    assert.equal(now(way, `${good.slice(0, at)}!${good.slice(at + 1)}`), UNKNOWN)
    assert.equal(now(way, good.slice(0, at)), at === 0 ? null : UNKNOWN)
  }
  assert.equal(now(way, `${good}\0`), UNKNOWN)
  assert.equal(now(way, `${good}b`), 'b')
  assert.equal(now(way, good), 'a')
})

test('names and keys like those of Object.prototype are names and keys like any other', () => {
  const way = apiKeyWay(SPEC, [consumer('__proto__', key('constructor'))], keyWorld())
  assert.equal(now(way, 'constructor'), '__proto__')
  assert.equal(now(way, '__proto__'), UNKNOWN)
  assert.equal(now(way, 'toString'), UNKNOWN)
})

test('a key beyond ASCII is its bytes, in a header and in a query', () => {
  const way = apiKeyWay(SPEC, [consumer('a', key('schlüssel-č'))], keyWorld())
  const bytes = Buffer.from('schlüssel-č', 'utf8').toString('latin1')
  assert.equal(now(way, bytes), 'a')
  assert.equal(now(way, 'schl\u00fcssel-c'), UNKNOWN)
  const result = way.check(asked({ query: `?api_key=${encodeURIComponent('schlüssel-č')}` }))
  assert.ok(result !== null && !('then' in result))
  assert.equal(told(result), 'a')
})

test('expired to the millisecond, disabled', () => {
  const world = keyWorld()
  const keys = [key('k1', { expiresAt: world.clock.wall() + 1000 }), key('k2', { disabled: true })]
  const way = apiKeyWay(SPEC, [consumer('a', ...keys)], world)
  world.clock.advance(999)
  assert.equal(now(way, 'k1'), 'a')
  world.clock.advance(1)
  assert.equal(now(way, 'k1'), 'invalid_token: the API key has expired')
  assert.equal(now(way, 'k2'), 'invalid_token: the API key is disabled')
})

test('a revoked key is refused at once; the list is asked once a version', () => {
  const world = keyWorld()
  const way = apiKeyWay(SPEC, [consumer('a', key('k1'), key('k2'))], world)
  for (let i = 0; i < 3; i++) assert.equal(now(way, 'k1'), 'a')
  assert.equal(world.looks, 1)
  world.revoke('key', sha('k1'))
  assert.equal(now(way, 'k1'), 'invalid_token: the API key was revoked')
  assert.equal(now(way, 'k2'), 'a')
})

test('challenges are well formed and hold nothing of the key', () => {
  const way = apiKeyWay({ ...SPEC, realm: 'a "b"' }, [], keyWorld())
  assert.equal(way.challenge(null), 'ApiKey realm="a \\"b\\""')
  const result = way.check(sent('secret'))
  assert.ok(result !== null && 'kind' in result)
  assert.equal(
    way.challenge(result),
    'ApiKey realm="a \\"b\\"", error="invalid_token", error_description="the API key is not known"',
  )
  const bearer = apiKeyWay(
    { ...SPEC, from: [{ in: 'header', name: 'authorization', scheme: 'Bearer' }] },
    [],
    keyWorld(),
  )
  assert.equal(bearer.challenge(null), 'Bearer realm="sallyport"')
})

test('strip is there unless the key is passed on', () => {
  const x = sent('k1')
  apiKeyWay(SPEC, [], keyWorld()).strip?.(x)
  assert.equal(x.requestEdits?.removes('x-api-key'), true)
  assert.equal(apiKeyWay({ ...SPEC, forward: true }, [], keyWorld()).strip, null)
})

// Keys that are not in the configuration.

const holder = (change: Partial<DirectoryKey> = {}): DirectoryKey => ({
  consumer: 'remote',
  roles: [],
  scopes: [],
  tier: '',
  expiresAt: 0,
  disabled: false,
  ...change,
})

const withDirectory = (...keys: readonly string[]) => {
  const world = keyWorld({ directory: true })
  for (const text of keys) world.held.keys.set(sha(text), holder())
  return { world, way: apiKeyWay(SPEC, [consumer('local', key('k0'))], world) }
}

test('directory: asked once, then remembered; configured keys are not asked for', async () => {
  const { world, way } = withDirectory('k1')
  assert.equal(now(way, 'k0'), 'local')
  assert.equal(await later(way, 'k1'), 'remote')
  assert.equal(now(way, 'k1'), 'remote')
  assert.equal(way.check(sent('k1')), way.check(sent('k1')))
  assert.equal(await later(way, 'nobody'), UNKNOWN)
  assert.equal(now(way, 'nobody'), UNKNOWN)
  assert.deepEqual(world.held.asked, ['k1', 'nobody'].map(sha))
})

test('directory: answers get old, unknown ones sooner; one that says the same gives the same object', async () => {
  const { world, way } = withDirectory('k1')
  const first = await way.check(sent('k1'))
  await later(way, 'nobody')
  world.clock.advance(KEY_MEMORY.unknownMs)
  world.held.keys.set(sha('nobody'), holder({ consumer: 'new' }))
  assert.equal(await later(way, 'nobody'), 'new')
  assert.equal(now(way, 'k1'), 'remote')
  world.clock.advance(KEY_MEMORY.freshMs - KEY_MEMORY.unknownMs)
  assert.equal(await way.check(sent('k1')), first)
  assert.equal(world.held.asked.length, 4)
})

test('directory: a change counts at once, for known and unknown keys', async () => {
  const { world, way } = withDirectory('k1', 'k2')
  for (const text of ['k1', 'k2', 'k3']) await later(way, text)
  world.held.keys.set(sha('k1'), holder({ disabled: true }))
  world.held.keys.delete(sha('k2'))
  world.held.keys.set(sha('k3'), holder())
  world.held.version++
  assert.equal(await later(way, 'k1'), 'invalid_token: the API key is disabled')
  assert.equal(await later(way, 'k2'), UNKNOWN)
  assert.equal(await later(way, 'k3'), 'remote')
})

test('directory: revocation and expiry are looked at on every request', async () => {
  const { world, way } = withDirectory('k1')
  world.held.keys.set(sha('k2'), holder({ expiresAt: world.clock.wall() + 10 }))
  assert.equal(await later(way, 'k1'), 'remote')
  assert.equal(await later(way, 'k2'), 'remote')
  world.revoke('key', sha('k1'))
  world.clock.advance(10)
  assert.equal(now(way, 'k1'), 'invalid_token: the API key was revoked')
  assert.equal(now(way, 'k2'), 'invalid_token: the API key has expired')
})

test('directory: away; known keys stay good for a while, others cannot be judged, and nobody waits meanwhile', async () => {
  const { world, way } = withDirectory('k1')
  await later(way, 'k1')
  world.held.down = true
  world.held.version++
  assert.equal(await later(way, 'k1'), 'remote')
  const { length } = world.held.asked
  assert.equal(now(way, 'k1'), 'remote')
  assert.equal(now(way, 'nobody'), AWAY)
  assert.equal(now(way, 'k0'), 'local')
  assert.equal(world.held.asked.length, length, 'a failure is not repeated at once')
  world.clock.advance(KEY_MEMORY.staleMs - 1)
  assert.equal(await later(way, 'k1'), 'remote')
  world.clock.advance(KEY_MEMORY.pauseMs)
  assert.equal(await later(way, 'k1'), AWAY)
  world.held.down = false
  world.clock.advance(KEY_MEMORY.pauseMs)
  assert.equal(await later(way, 'k1'), 'remote')
  assert.equal(await later(way, 'nobody'), UNKNOWN)
})

const hold = (): { promise: Promise<void>; resolve: () => void } => Promise.withResolvers<void>()

test('directory: many requests with one key are one question', async () => {
  const { world, way } = withDirectory('k1')
  const gate = hold()
  world.held.held = gate.promise
  const all = ['k1', 'k1', 'k1'].map(text => later(way, text))
  gate.resolve()
  assert.deepEqual(await Promise.all(all), ['remote', 'remote', 'remote'])
  assert.equal(world.held.asked.length, 1)
})

test('directory: who comes after a change does not get the answer of before, nor does it stay', async () => {
  const { world, way } = withDirectory('k1')
  const gate = hold()
  world.held.held = gate.promise
  const before = later(way, 'k1')
  world.held.keys.delete(sha('k1'))
  world.held.version++
  world.held.held = null
  assert.equal(await later(way, 'k1'), UNKNOWN)
  gate.resolve()
  assert.equal(await before, 'remote')
  assert.equal(now(way, 'k1'), UNKNOWN)
})

test('directory: questions under way are bounded', async () => {
  const { world, way } = withDirectory('k1')
  const gate = hold()
  world.held.held = gate.promise
  const all = Array.from({ length: KEY_MEMORY.pending }, (_, i) => later(way, `guess ${i}`))
  assert.equal(now(way, 'one more'), AWAY)
  gate.resolve()
  assert.deepEqual(new Set(await Promise.all(all)), new Set([UNKNOWN]))
  assert.equal(await later(way, 'k1'), 'remote')
})

test('directory: guesses push out guesses, not keys', async () => {
  const { world, way } = withDirectory('k1')
  await later(way, 'k1')
  for (let i = 0; i <= KEY_MEMORY.unknown; i++) await later(way, `guess ${i}`)
  const { length } = world.held.asked
  assert.equal(now(way, 'k1'), 'remote')
  assert.equal(now(way, 'guess 1'), UNKNOWN)
  assert.equal(await later(way, 'guess 0'), UNKNOWN)
  assert.equal(world.held.asked.length, length + 1)
})

test('a service never reads the name of a consumer as that of another', () => {
  const headersFor = (name: string): unknown => {
    const result = apiKeyWay(SPEC, [consumer(name, key('k'))], keyWorld()).check(sent('k'))
    assert.ok(result !== null && 'headers' in result)
    return result.headers?.added
  }
  assert.deepEqual(headersFor('\u010ax'), [['x-consumer', '\xc4\x8ax']])
  assert.deepEqual(headersFor('root '), [['x-consumer', 'root%20']])
})
