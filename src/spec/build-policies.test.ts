import assert from 'node:assert/strict'
import { test } from 'node:test'
import { checkDocument } from './check.ts'
import { identityHeaders, secretParameters } from './credentials.ts'
import { plainSource } from './source.ts'
import type { GatewaySpec, RouteSpec } from './spec.ts'

const specOf = (document: unknown): GatewaySpec => {
  const { spec, problems } = checkDocument(plainSource(document), 3)
  assert.ok(spec, JSON.stringify(problems))
  return spec
}

const jwt = { issuer: 'https://id.example.com/', algorithms: ['RS256', 'RS256', 'ES256'] }
const auth = { main: { jwt }, keys: { apiKey: { header: 'X-Api-Key' } } }

test('a token way with nothing but its issuer', () => {
  assert.deepEqual(specOf({ auth: { main: { jwt } } }).auth, [
    {
      kind: 'jwt',
      name: 'main',
      from: [{ in: 'header', name: 'authorization', scheme: 'Bearer' }],
      forward: false,
      realm: 'sallyport',
      issuer: 'https://id.example.com/',
      audience: [],
      algorithms: ['RS256', 'ES256'],
      keys: {
        kind: 'remote',
        url: 'https://id.example.com/',
        discover: true,
        allowHttp: false,
        refreshMs: 600_000,
        timeoutMs: 5000,
      },
      requireExpiry: true,
      clockSkewMs: 60_000,
      maxLifetimeMs: 0,
      types: [],
      requiredClaims: [],
      rolesClaim: 'roles',
      scopesClaim: undefined,
      consumerClaim: undefined,
      claimHeaders: [],
      resourceMetadata: undefined,
    },
  ])
})

test('all that a token way can say', () => {
  const [way] = specOf({
    auth: {
      main: {
        jwt: {
          secret: Buffer.alloc(32, 1).toString('hex'),
          secretEncoding: 'hex',
          algorithms: ['HS256'],
          audience: 'api',
          types: ['application/AT+jwt', 'JWT'],
          maxLifetime: '1h',
          claimHeaders: ['sub', 'Org.user_id'],
          from: ['cookie:sid', { header: 'X-Token', scheme: 'Token' }, 'query:access_token', 'header:Authorization'],
        },
      },
    },
  }).auth
  assert.ok(way?.kind === 'jwt')
  assert.deepEqual(way.keys, { kind: 'secret', secret: Buffer.alloc(32, 1).toString('base64url') })
  assert.deepEqual([way.audience, way.types, way.maxLifetimeMs], [['api'], ['at+jwt', 'jwt'], 3_600_000])
  assert.deepEqual(way.claimHeaders, [
    { claim: 'sub', header: 'x-claim-sub' },
    { claim: 'Org.user_id', header: 'x-claim-org-user-id' },
  ])
  assert.deepEqual(way.from, [
    { in: 'cookie', name: 'sid' },
    { in: 'header', name: 'x-token', scheme: 'Token' },
    { in: 'query', name: 'access_token' },
    { in: 'header', name: 'authorization', scheme: 'Bearer' },
  ])
})

test('API keys: places in order, and the usual scheme of Authorization', () => {
  const from = (apiKey: unknown) => specOf({ auth: { keys: { apiKey } } }).auth[0]?.from
  assert.deepEqual(from({ query: 'k', header: 'X-Api-Key', cookie: 'c' }), [
    { in: 'header', name: 'x-api-key', scheme: '' },
    { in: 'cookie', name: 'c' },
    { in: 'query', name: 'k' },
  ])
  assert.deepEqual(from({ header: 'Authorization' }), [{ in: 'header', name: 'authorization', scheme: 'Bearer' }])
  assert.deepEqual(from({ header: 'Authorization', scheme: 'ApiKey' }), [
    { in: 'header', name: 'authorization', scheme: 'ApiKey' },
  ])
})

test('what logs must not show and clients must not send', () => {
  const spec = specOf({
    auth: {
      a: { jwt: { ...jwt, from: ['query:token', 'header:x'], claimHeaders: { sub: 'X-User' } } },
      b: { jwt: { ...jwt, from: 'query:token', claimHeaders: ['sub'] } },
      c: { apiKey: { query: 'key' } },
    },
  })
  assert.deepEqual(secretParameters(spec), ['token', 'key'])
  assert.deepEqual(identityHeaders(spec), ['x-user', 'x-claim-sub'])
})

test('consumers; a hash that is still to be filled in is nobody’s', () => {
  const hash = 'AB'.repeat(32)
  const { consumers } = specOf({
    consumers: {
      app: {
        keys: [
          'sha256:<64 hex digits>',
          { hash: `sha256:${hash}`, expires: '2027-01-31T12:00:00+01:00', disabled: true },
        ],
        tier: 'gold',
      },
      batch: { keys: [{ hash: `sha256:${'0'.repeat(64)}`, expires: '2027-01-31' }], roles: ['a'], scopes: ['b'] },
    },
  })
  assert.deepEqual(consumers, [
    {
      name: 'app',
      keys: [{ hash: 'ab'.repeat(32), expiresAt: Date.UTC(2027, 0, 31, 11), disabled: true }],
      roles: [],
      scopes: [],
      tier: 'gold',
    },
    {
      name: 'batch',
      keys: [{ hash: '0'.repeat(64), expiresAt: Date.UTC(2027, 0, 31), disabled: false }],
      roles: ['a'],
      scopes: ['b'],
      tier: '',
    },
  ])
})

const routeOf = (given: Record<string, unknown>, rest: Record<string, unknown> = {}): RouteSpec =>
  specOf({ auth, routes: [{ path: '/a/{id}', respond: {}, ...given }], ...rest }).routes[0]!

test('who may pass: forms and inheritance', () => {
  const NONE = { need: 'none', ways: [], optional: false }
  const rows: [own: unknown, defaults: unknown, expected: unknown][] = [
    [undefined, undefined, NONE],
    ['none', 'main', NONE],
    [['none'], 'main', NONE],
    [undefined, 'main', { need: 'any', ways: ['main'], optional: false }],
    [undefined, { all: ['main', 'keys'] }, { need: 'all', ways: ['main', 'keys'], optional: false }],
    ['keys', 'main', { need: 'any', ways: ['keys'], optional: false }],
    [['main', 'keys', 'optional'], undefined, { need: 'any', ways: ['main', 'keys'], optional: true }],
    [{ all: ['main', 'keys', 'optional'] }, undefined, { need: 'all', ways: ['main', 'keys'], optional: true }],
    ['optional', 'main', { need: 'any', ways: ['main'], optional: true }],
    ['optional', { all: ['main', 'keys'] }, { need: 'all', ways: ['main', 'keys'], optional: true }],
    ['optional', 'none', { need: 'any', ways: ['main', 'keys'], optional: true }],
    ['optional', undefined, { need: 'any', ways: ['main', 'keys'], optional: true }],
    [undefined, 'optional', { need: 'any', ways: ['main', 'keys'], optional: true }],
  ]
  for (const [own, defaults, expected] of rows) {
    const route = routeOf(
      own === undefined ? {} : { auth: own },
      defaults === undefined ? {} : { defaults: { auth: defaults } },
    )
    assert.deepEqual(route.auth, expected, JSON.stringify([own, defaults]))
  }
})

test('access', () => {
  const { access } = routeOf({
    auth: ['main', 'keys'],
    access: { roles: ['a', 'b'], scopes: 'c', claims: { 'org.id': 42, plan: ['pro', true] } },
  })
  assert.deepEqual(access, {
    roles: { need: 'any', values: ['a', 'b'] },
    scopes: { need: 'all', values: ['c'] },
    consumers: [],
    claims: [
      { claim: 'org.id', values: [42] },
      { claim: 'plan', values: ['pro', true] },
    ],
  })
  const other = routeOf({ auth: 'keys', access: { roles: { all: ['a'] }, scopes: { any: ['b'] } } }).access
  assert.deepEqual([other?.roles?.need, other?.scopes?.need], ['all', 'any'])
})

test('limits', () => {
  const { limits } = routeOf({
    auth: 'keys',
    rateLimit: [
      { limit: '100/1m', by: 'consumer', tiers: { gold: '9/s', silver: { limit: '5/10s', burst: 2 } }, burst: 20 },
      { limit: '20/s', by: ['ip', 'header:X-App', 'param:id'], name: 'default-2', algorithm: 'fixed-window', cost: 3 },
      { concurrent: 5, by: 'route', tiers: { gold: 50 }, dryRun: true },
      { limit: '1/h', by: 'key', cost: { header: 'X-Cost' }, headers: 'off', onStoreFailure: 'deny' },
    ],
  })
  assert.deepEqual(
    limits.map(({ name }) => name),
    ['default', 'default-2', 'default-3', 'default-4'],
  )
  const [first, second, third, fourth] = limits
  assert.deepEqual(first, {
    kind: 'rate',
    name: 'default',
    by: [{ kind: 'consumer' }],
    dryRun: false,
    rate: { count: 100, perMs: 60_000, burst: 20 },
    tiers: [
      { tier: 'gold', rate: { count: 9, perMs: 1000, burst: 9 } },
      { tier: 'silver', rate: { count: 5, perMs: 10_000, burst: 2 } },
    ],
    algorithm: 'gcra',
    cost: { fixed: 1, responseHeader: '' },
    headers: 'ietf',
    onStoreFailure: 'local',
  })
  assert.deepEqual(second?.by, [{ kind: 'ip' }, { kind: 'header', name: 'x-app' }, { kind: 'param', name: 'id' }])
  assert.deepEqual(second?.kind === 'rate' && second.cost, { fixed: 3, responseHeader: '' })
  assert.deepEqual(third, {
    kind: 'concurrency',
    name: 'default-3',
    by: [{ kind: 'route' }],
    dryRun: true,
    max: 5,
    tiers: [{ tier: 'gold', max: 50 }],
  })
  assert.deepEqual(fourth?.kind === 'rate' && fourth.cost, { fixed: 1, responseHeader: 'x-cost' })
})

test('CORS and client addresses', () => {
  const { cors, ip } = routeOf({
    cors: {
      origins: ['https://App.example.com:443', 'http://a:80', 'http://a:443'],
      headers: ['*'],
      expose: ['X-Total'],
      methods: ['get'],
    },
    ip: { deny: '10.0.0.0/8' },
  })
  assert.deepEqual(cors, {
    origins: ['https://app.example.com', 'http://a', 'http://a:443'],
    methods: ['GET'],
    headers: [],
    expose: ['x-total'],
    credentials: false,
    maxAgeMs: 0,
  })
  assert.deepEqual(ip, { allow: [], deny: ['10.0.0.0/8'] })
  const kept = routeOf({ cors: { origins: '*', maxAge: '10m' } }).cors
  assert.equal(typeof kept === 'object' && kept.maxAgeMs, 600_000)
  assert.equal(routeOf({ cors: 'pass' }).cors, 'pass')
})

test('state', () => {
  assert.deepEqual(specOf({ state: { memory: { keys: 5000 } } }).state, { kind: 'memory', keys: 5000 })
  assert.deepEqual(specOf({ state: { redis: 'redis://h' } }).state, {
    kind: 'redis',
    url: 'redis://h',
    prefix: 'sallyport:',
    timeoutMs: 100,
    keys: 1_000_000,
  })
})
