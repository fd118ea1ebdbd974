import assert from 'node:assert/strict'
import { test } from 'node:test'
import fc from 'fast-check'
import { headersOf } from '../../base/headers.ts'
import { linesOf } from '../../base/testing.ts'
import { fail, Reply } from '../../core/reply.ts'
import type { CorsSpec } from '../../spec/spec-policies.ts'
import { asked, preflight } from '../testing/asked.ts'
import { corsPolicy } from './cors.ts'
import { compileOrigins } from './cors-origins.ts'

const APP = 'https://app.example.com'

const cors = (given: Partial<CorsSpec> = {}): CorsSpec => ({
  origins: [APP],
  methods: [],
  headers: [],
  expose: [],
  credentials: false,
  maxAgeMs: 0,
  ...given,
})

/** The fields of the answer to a preflight. */
const preflown = (spec: CorsSpec, methods: readonly string[], x = preflight()): string[] => {
  const policy = corsPolicy(spec, methods)
  const reply = policy.gate?.(x)
  assert.ok(reply instanceof Reply)
  assert.deepEqual([reply.status, reply.body], [204, null])
  policy.shape?.(x, reply)
  assert.equal(reply.edits, null, 'it is complete as it is')
  return linesOf(reply.headers)
}

/** The fields added to an answer. */
const shaped = (spec: CorsSpec, origin: string | null, reply = new Reply(200)): string[] => {
  const policy = corsPolicy(spec, [])
  const x = asked({ headers: origin === null ? [] : [['origin', origin]] })
  assert.equal(policy.gate?.(x), undefined, 'it passes')
  policy.shape?.(x, reply)
  return (reply.edits?.added ?? []).map(([name, value]) => `${name}: ${value}`)
}

const VARY = 'vary: Origin, Access-Control-Request-Method, Access-Control-Request-Headers'

test('preflight: what is asked for is allowed where nothing is listed', () => {
  const x = preflight(APP, 'PUT', [['access-control-request-headers', 'content-type, x-a']])
  assert.deepEqual(preflown(cors(), [], x), [
    `access-control-allow-origin: ${APP}`,
    'access-control-allow-methods: PUT',
    'access-control-allow-headers: content-type, x-a',
    VARY,
  ])
})

test('preflight: what is listed, whatever is asked', () => {
  const spec = cors({ methods: ['GET', 'PUT'], headers: ['x-a', 'x-b'], credentials: true, maxAgeMs: 600_500 })
  assert.deepEqual(preflown(spec, ['DELETE'], preflight(APP, 'DELETE')), [
    `access-control-allow-origin: ${APP}`,
    'access-control-allow-methods: GET, PUT',
    'access-control-allow-headers: x-a, x-b',
    'access-control-allow-credentials: true',
    'access-control-max-age: 601',
    VARY,
  ])
})

test("preflight: the route's methods", () => {
  assert.equal(preflown(cors(), ['GET', 'PUT'])[1], 'access-control-allow-methods: GET, PUT')
})

test('preflight: another origin is told nothing', () => {
  assert.deepEqual(preflown(cors(), [], preflight('https://evil.example')), [VARY])
})

test('preflight: only lists of tokens are repeated', () => {
  for (const asked of ['x-a\u00e9', 'x"a', '*', 'a'.repeat(4097), 'a: b', '']) {
    const lines = preflown(cors(), [], preflight(APP, 'PUT', [['access-control-request-headers', asked]]))
    assert.deepEqual(
      lines.filter(line => line.startsWith('access-control-allow-headers')),
      [],
      asked,
    )
  }
  assert.equal(preflown(cors(), [], preflight(APP, '*')).length, 2)
})

test('*: without credentials it says so to all', () => {
  assert.deepEqual(shaped(cors({ origins: ['*'] }), null), ['access-control-allow-origin: *'])
  assert.deepEqual(shaped(cors({ origins: ['*'] }), 'null'), ['access-control-allow-origin: *'])
  assert.equal(preflown(cors({ origins: ['*'] }), [])[0], 'access-control-allow-origin: *')
})

test('*: with credentials the origin is named, and null is nobody', () => {
  const spec = cors({ origins: ['*'], credentials: true })
  assert.deepEqual(shaped(spec, 'http://[::1]:3000'), [
    'vary: Origin',
    'access-control-allow-origin: http://[::1]:3000',
    'access-control-allow-credentials: true',
  ])
  assert.deepEqual(shaped(spec, 'null'), ['vary: Origin'])
  assert.deepEqual(shaped(spec, 'https://a b'), ['vary: Origin'])
  assert.deepEqual(shaped(spec, null), ['vary: Origin'])
})

test('an answer: the fields for an allowed origin, only Vary for others', () => {
  const spec = cors({ expose: ['x-total', 'etag'], credentials: true })
  assert.deepEqual(shaped(spec, APP), [
    'vary: Origin',
    `access-control-allow-origin: ${APP}`,
    'access-control-allow-credentials: true',
    'access-control-expose-headers: x-total, etag',
  ])
  assert.deepEqual(shaped(spec, 'https://other.example.com'), ['vary: Origin'])
  assert.deepEqual(shaped(spec, APP, fail('FORBIDDEN')).length, 4)
})

test('an answer: what upstream says about CORS is replaced, its Vary is kept', () => {
  const upstream = headersOf([
    ['vary', 'Accept-Encoding'],
    ['access-control-allow-origin', '*'],
    ['access-control-allow-private-network', 'true'],
    ['x-other', '1'],
    ['vary', 'Accept'],
  ])
  const reply = new Reply(200, upstream)
  assert.deepEqual(shaped(cors(), APP, reply), [
    'vary: Accept-Encoding, Accept, Origin',
    `access-control-allow-origin: ${APP}`,
  ])
  const kept = linesOf(upstream).filter((_, i) => !reply.edits?.removesField(upstream, i))
  assert.deepEqual(kept, ['x-other: 1'])
})

test('an answer: Vary says it once', () => {
  for (const vary of ['*', 'accept, ORIGIN']) {
    const lines = shaped(cors(), APP, new Reply(200, headersOf([['vary', vary]])))
    assert.deepEqual(lines, [`access-control-allow-origin: ${APP}`])
  }
  const edited = new Reply(200)
  edited.edit.set('vary', 'Accept')
  assert.equal(shaped(cors(), APP, edited)[0], 'vary: Accept, Origin')
})

const isAllowed = compileOrigins([APP, 'https://*.example.com', 'http://*.dev.test:8080', '*', 'null'])

for (const [origin, expected] of [
  [APP, true],
  ['https://a.example.com', true],
  ['https://a.b-c.example.com', true],
  ['null', true],
  ['http://x.dev.test:8080', true],
  ['http://x.dev.test', false],
  ['http://x.dev.test:80800', false],
  ['https://example.com', false],
  ['https://.example.com', false],
  ['https://a..example.com', false],
  ['https://evil-example.com', false],
  ['https://evilexample.com', false],
  ['https://a.example.com.evil.net', false],
  ['https://a.example.com:8443', false],
  ['https://evil.net/.example.com', false],
  ['https://evil.net:1.example.com', false],
  ['https://evil.net#.example.com', false],
  ['https://user@a.example.com', false],
  ['https://A.example.com', false],
  ['http://a.example.com', false],
  ['https://a.example.com ', false],
  ['https://*.example.com', false],
  [`https://${'a.'.repeat(200)}example.com`, false],
  ['', false],
] as const) {
  test(`origins: ${origin.slice(0, 60)} is ${expected ? '' : 'not '}one of them`, () => {
    assert.equal(isAllowed(origin), expected)
  })
}

test('property: what a pattern lets through is, to a browser too, a host below its domain', () => {
  const text = fc.string({
    unit: fc.constantFrom('a', '.', '-', '/', ':', '@', '#', '?', '\\', 'evil.net', 'example.com', '%2e'),
  })
  const fits = compileOrigins(['https://*.example.com'])
  fc.assert(
    fc.property(text, middle => {
      const origin = `https://${middle}.example.com`
      if (!fits(origin)) return
      const url = new URL(origin)
      assert.deepEqual([url.hostname.endsWith('.example.com'), url.username, url.port], [true, '', ''])
    }),
    { numRuns: 2000 },
  )
})
