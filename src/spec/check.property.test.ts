import assert from 'node:assert/strict'
import { test } from 'node:test'
import fc from 'fast-check'
import { checkDocument } from './check.ts'
import { type Path, showProblem } from './problem.ts'
import { salvage } from './salvage.ts'
import { configSchema } from './schema.ts'
import { plainSource } from './source.ts'

/** Keys and values that get past the first checks, among any others. */
const KEYS = [
  'listeners',
  'admin',
  'workers',
  'services',
  'routes',
  'defaults',
  'auth',
  'frontends',
  'consumers',
  'web',
  'users',
  'url',
  'endpoints',
  'weight',
  'timeout',
  'connect',
  'tls',
  'cert',
  'address',
  'limits',
  'path',
  'prefix',
  'to',
  'hosts',
  'methods',
  'headers',
  'respond',
  'redirect',
  'rewrite',
  'status',
  'json',
  'aggregate',
  'branches',
  'rateLimit',
  'by',
  'limit',
  'concurrent',
  'tiers',
  'burst',
  'cost',
  'access',
  'roles',
  'claims',
  'any',
  'all',
  'cors',
  'origins',
  'ip',
  'allow',
  'jwt',
  'apiKey',
  'header',
  'keys',
  'secret',
  'issuer',
  'algorithms',
  'claimHeaders',
  'from',
  'state',
  'redis',
  'kty',
]
const VALUES = [
  '/a',
  '/a/{id}',
  '/{',
  'http://a',
  'users',
  'none',
  '5s',
  '1MiB',
  ':80',
  'GET',
  '*.a.com',
  'auto',
  'ip',
  '5/s',
  '50%',
  'main',
  'optional',
  'consumer',
  'param:id',
  'gold',
  'RS256',
  'HS256',
  'https://id.example.com/',
  'redis://h',
  'header:x-token',
  `sha256:${'0'.repeat(64)}`,
]

const leaf = fc.oneof(
  fc.constantFrom(...VALUES),
  fc.string(),
  fc.integer(),
  fc.boolean(),
  fc.constant(null),
  fc.double(),
)
const { tree } = fc.letrec<{ tree: unknown }>(tie => ({
  tree: fc.oneof(
    { maxDepth: 6, withCrossShrink: true },
    leaf,
    fc.array(tie('tree'), { maxLength: 3 }),
    fc.dictionary(fc.oneof({ weight: 9, arbitrary: fc.constantFrom(...KEYS) }, fc.string()), tie('tree'), {
      maxKeys: 5,
    }),
  ),
}))
const route = fc.dictionary(fc.constantFrom(...KEYS), fc.oneof(leaf, tree), { maxKeys: 6 })
const either = (...keys: string[]) => fc.dictionary(fc.constantFrom(...keys), fc.oneof(leaf, tree), { maxKeys: 4 })
const JWT_KEYS = ['issuer', 'jwks', 'keys', 'secret', 'algorithms', 'from', 'claimHeaders', 'consumerClaim']
const way = fc.oneof(
  fc.record({ jwt: either(...JWT_KEYS) }),
  fc.record({ apiKey: either('header', 'query', 'cookie', 'scheme') }),
  tree,
)
const limit = either('name', 'limit', 'concurrent', 'by', 'algorithm', 'burst', 'cost', 'tiers', 'dryRun')
const asking = fc.record(
  {
    path: fc.constantFrom('/a', '/a/{id}'),
    respond: fc.constant({}),
    auth: fc.oneof(fc.constantFrom('main', 'none', 'optional', ['main', 'optional'], { all: ['main'] }), tree),
    access: fc.oneof(either('roles', 'scopes', 'consumers', 'claims'), tree),
    rateLimit: fc.oneof(limit, fc.array(limit, { maxLength: 3 }), tree),
    cors: fc.oneof(either('origins', 'credentials', 'expose', 'headers'), tree),
    ip: fc.oneof(either('allow', 'deny'), tree),
  },
  { requiredKeys: ['path', 'respond'] },
)
const document = fc.oneof(
  tree,
  fc.record(
    {
      auth: fc.oneof(fc.record({ main: way }), tree),
      consumers: fc.oneof(fc.record({ app: either('keys', 'roles', 'tier') }), tree),
      state: fc.oneof(either('redis', 'memory', 'prefix'), tree),
      defaults: fc.record({ auth: fc.oneof(fc.constantFrom('main', 'optional'), tree) }),
      routes: fc.array(asking, { maxLength: 2 }),
    },
    { requiredKeys: [] },
  ),
  fc.record({ services: tree, routes: fc.array(route, { maxLength: 4 }) }, { requiredKeys: [] }),
)

test('no document makes the checks throw, and without a Spec there is a reason', () => {
  fc.assert(
    fc.property(document, written => {
      const { spec, problems } = checkDocument(plainSource(written))
      assert.equal(
        spec === undefined,
        problems.some(problem => problem.severity === 'error'),
      )
    }),
    { numRuns: 1500 },
  )
})

test('what the schema takes as a whole is salvaged unchanged', () => {
  fc.assert(
    fc.property(document, written => {
      const parsed = configSchema.safeParse(written)
      if (parsed.success) assert.deepEqual(salvage(configSchema, written), parsed.data)
    }),
    { numRuns: 300 },
  )
})

const SECRET = 'hunter2'
const HOST_SECRET = `${SECRET}.example.com`

/** Every place a text can stand, and things it can be mistaken for. */
const everything = (secret: string): unknown => ({
  listeners: {
    web: { address: secret, tls: { cert: secret, key: secret, clientCa: secret }, limits: { head: secret } },
  },
  admin: secret,
  workers: secret,
  state: { redis: secret },
  trustedProxies: [secret],
  accessLog: { format: secret, to: secret },
  slashes: secret,
  via: secret,
  drain: secret,
  services: {
    a: {
      url: secret,
      host: secret,
      balance: secret,
      timeout: { connect: secret },
      retry: { on: [secret], budget: secret },
    },
    b: { endpoints: [secret, { url: secret, weight: secret }], balance: { hash: secret }, health: { path: secret } },
    c: secret,
  },
  auth: {
    main: { jwt: { jwks: secret, secret, algorithms: [secret], keys: secret }, apiKey: { header: secret } },
    other: {
      jwt: {
        issuer: secret,
        algorithms: ['RS256'],
        from: [secret],
        claimHeaders: { sub: secret },
        realm: secret,
        types: [secret],
        resourceMetadata: secret,
        clockSkew: secret,
      },
    },
    third: { jwt: { secret, secretEncoding: 'hex', algorithms: ['HS512'], from: secret } },
    fourth: { jwt: { keys: [secret, { kty: secret, n: secret }], algorithms: ['RS256'], claimHeaders: [secret] } },
    fifth: { apiKey: { cookie: secret, scheme: secret } },
  },
  consumers: { me: { keys: [secret, { hash: secret, expires: secret }], roles: [secret], tier: secret } },
  defaults: { auth: secret },
  routes: [
    { name: secret, path: secret, to: secret, auth: secret, rewrite: secret, methods: [secret], hosts: [secret] },
    { name: secret, path: `/${secret}/{x}`, to: { a: secret }, rewrite: `/{${secret}}`, headers: { x: secret } },
    { prefix: `/${secret}`, respond: { status: secret, text: secret, headers: { a: secret } }, query: { a: secret } },
    { prefix: `/${secret}`, redirect: `/{${secret}}`, query: { a: secret } },
    { path: `/{${secret}}/{${secret}}`, redirect: { to: secret, status: secret }, priority: secret },
    { path: `/{${secret}}`, to: 'c', rewrite: '/{other}' },
    {
      path: `/${secret}`,
      aggregate: { branches: { a: { to: secret, path: secret } } },
      rateLimit: [{ by: secret, limit: secret }],
    },
    {
      path: '/y/{id}',
      to: 'a',
      auth: { any: [secret], all: [secret] },
      access: { roles: { any: [secret], all: [secret] }, consumers: [secret], claims: { a: secret } },
      rateLimit: { by: [secret, 'param:x'], limit: secret, name: secret, algorithm: secret, tiers: { gold: secret } },
    },
    {
      path: '/z/{id}',
      to: 'a',
      auth: ['fifth'],
      access: { consumers: secret },
      rateLimit: { by: `param:${secret}`, limit: '5/s', burst: secret, cost: { header: secret } },
    },
    { path: '/x', to: 'a', auth: [secret], ip: { allow: [secret] }, cors: { origins: [secret], methods: [secret] } },
  ],
})

test('a value from outside is in no message', () => {
  for (const secret of [SECRET, HOST_SECRET, `/${SECRET}`, `http://${HOST_SECRET}?`, `a b${SECRET}`]) {
    const isText = (path: Path): boolean => path.length > 0
    const { problems } = checkDocument({ document: everything(secret), locate: () => undefined, fromOutside: isText })
    assert.ok(problems.length > 10)
    for (const problem of problems) assert.ok(!showProblem(problem).includes(SECRET), showProblem(problem))
  }
})
