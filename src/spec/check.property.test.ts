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
  'balance',
  'hash',
  'sticky',
  'discover',
  'dns',
  'srv',
  'file',
  'health',
  'grpc',
  'interval',
  'outliers',
  'breaker',
  'failureRate',
  'retry',
  'perTry',
  'attempts',
  'fallback',
  'split',
  'fault',
  'total',
  'overload',
  'lag',
  'prefix',
  'listener',
  'stripPrefix',
  'deadline',
  'shape',
  'zip',
  'merge',
  'joins',
  'list',
  'key',
  'branch',
  'as',
  'query',
  'body',
  'when',
  'exists',
  'not',
  'expect',
  'fallbackTo',
  'required',
  'pick',
  'rename',
  'wrap',
  'fields',
  'passHeaders',
  'takeHeaders',
  'claims.sub',
  'branches.users.id',
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
  'claim:org',
  'http://_http._tcp.a',
  'a.yaml',
  '0%',
  'open',
  'gold',
  'RS256',
  'HS256',
  'https://id.example.com/',
  'redis://h',
  'header:x-token',
  `sha256:${'0'.repeat(64)}`,
  '/{claims.sub}/{branches.users.id}?x={query.x}',
  '{body.a}{{',
  '/..{id}',
  'flatten',
  'etag',
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
const service = fc.record(
  {
    url: fc.constantFrom('http://a', 'http://b', 'x'),
    balance: fc.oneof(either('hash', 'sticky', 'algorithm', 'boundedLoad', 'maxAge'), tree),
    discover: fc.oneof(either('dns', 'srv', 'file', 'servers', 'minTtl', 'maxTtl'), tree),
    health: fc.oneof(either('path', 'tcp', 'grpc', 'status', 'headers', 'interval', 'timeout', 'body'), tree),
    outliers: fc.oneof(either('consecutiveErrors', 'failureRate', 'deviation', 'ejectFor', 'maxEjectFor'), tree),
    breaker: fc.oneof(either('failureRate', 'slowCalls', 'window', 'consecutiveFailures'), tree),
    retry: fc.oneof(either('attempts', 'on', 'perTry', 'budget', 'minRetries', 'backoff'), tree),
    fallback: fc.oneof(fc.record({ to: fc.constantFrom('users', 'other', 'none') }), either('respond', 'on'), tree),
    timeout: fc.oneof(either('connect', 'tls', 'head', 'total'), tree),
    connections: fc.oneof(either('max', 'maxTotal', 'open', 'wait'), tree),
    deadlineHeader: leaf,
  },
  { requiredKeys: ['url'] },
)
const forwarding = fc.record(
  {
    path: fc.constantFrom('/a', '/a/{id}'),
    to: fc.oneof(fc.constantFrom('users', { users: 1, other: 0 }), tree),
    split: fc.oneof(either('sticky', 'header', 'cookie'), tree),
    fault: fc.oneof(either('delay', 'abort', 'header'), tree),
    retry: fc.oneof(either('attempts', 'perTry', 'on'), fc.constant('none'), tree),
    timeout: fc.constantFrom('1s', '0s'),
  },
  { requiredKeys: ['path', 'to'] },
)
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
const branch = fc.record(
  {
    to: fc.constantFrom('users', 'other', 'none'),
    path: fc.constantFrom('/', '/{id}', '/{branches.users.id}', '/{branches.other.x}', '/{claims.sub}'),
    body: tree,
    query: fc.oneof(fc.dictionary(fc.constantFrom(...KEYS), leaf, { maxKeys: 2 }), tree),
    headers: fc.oneof(fc.dictionary(fc.constantFrom('host', 'x-a', 'X-A', 'range'), leaf, { maxKeys: 2 }), tree),
    when: fc.oneof(either('claims.sub', 'branches.users.id', 'id', 'x.y'), tree),
    method: fc.constantFrom('POST', 'HEAD'),
    fallback: tree,
    fallbackTo: fc.constantFrom('users', 'other', 'none'),
    retry: fc.oneof(either('attempts', 'perTry', 'on'), tree),
    timeout: fc.constantFrom('1s', '100ms', 'x'),
    pick: fc.oneof(fc.constant(['a.b', 'c']), tree),
    rename: fc.oneof(fc.constant({ a: 'b', c: 'b' }), tree),
    expect: fc.oneof(fc.constant(['2xx', 200]), tree),
    wrap: leaf,
  },
  { requiredKeys: ['to', 'path'] },
)
const aggregating = fc.record(
  {
    path: fc.constantFrom('/a', '/a/{id}'),
    methods: fc.constantFrom(['POST'], ['GET']),
    cors: fc.constant('pass'),
    aggregate: fc.record(
      {
        branches: fc.oneof(
          fc.record({ users: branch, other: branch }, { requiredKeys: [] }),
          fc.dictionary(fc.string(), branch, { maxKeys: 12 }),
          tree,
        ),
        shape: fc.oneof(
          fc.constantFrom('merge', 'flatten', {
            zip: { list: 'users', key: 'id', joins: [{ branch: 'other', key: 'a', as: 'b' }] },
          }),
          either('merge', 'zip'),
          tree,
        ),
        meta: fc.boolean(),
        deadline: fc.constantFrom('1s', '0s'),
        passHeaders: tree,
        takeHeaders: fc.oneof(fc.constant({ etag: 'users' }), tree),
        maxBranches: leaf,
      },
      { requiredKeys: ['branches'] },
    ),
  },
  { requiredKeys: ['path', 'aggregate'] },
)
const inherited = {
  access: fc.oneof(either('roles', 'claims'), fc.constant('none'), tree),
  rateLimit: fc.oneof(limit, fc.constant('none')),
  fields: fc.oneof(either('pick', 'omit', 'rename'), fc.constant('none'), tree),
  auth: fc.constantFrom('main', 'none', 'optional'),
  timeout: fc.constantFrom('1s', 'x'),
  stripPrefix: fc.boolean(),
}
const group = fc.record(
  {
    prefix: fc.constantFrom('/g', '/{id}', '/', 'x'),
    hosts: fc.constantFrom(['a.com'], ['*.a.com'], ['::']),
    ...inherited,
    routes: fc.array(fc.oneof(forwarding, aggregating, tree), { maxLength: 2 }),
  },
  { requiredKeys: ['routes'] },
)
const frontend = fc.record(
  {
    prefix: fc.constantFrom('/m', '/m/n', '/', '/{x}', 'x'),
    hosts: fc.constantFrom(['a.com'], ['*.a.com', 'b.com'], ['::']),
    listener: fc.constantFrom('web', ['web', 'none'], 5),
    ...inherited,
    routes: fc.array(fc.oneof(forwarding, aggregating, group, tree), { maxLength: 3 }),
  },
  { requiredKeys: ['routes'] },
)
const document = fc.oneof(
  fc.record({
    services: fc.record({ users: service, other: service }),
    auth: fc.oneof(fc.record({ main: way }), fc.constant({})),
    routes: fc.array(fc.oneof(aggregating, forwarding, group), { maxLength: 2 }),
    frontends: fc.oneof(fc.record({ m: frontend, n: frontend }, { requiredKeys: [] }), tree),
  }),
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
  fc.record({
    services: fc.record({ users: service, other: service }),
    routes: fc.array(forwarding, { maxLength: 2 }),
  }),
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
    { numRuns: 1000 },
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
    b: {
      endpoints: [secret, { url: secret, weight: secret }],
      balance: { hash: secret, algorithm: secret, boundedLoad: secret },
      health: { path: secret, headers: { a: secret }, status: secret, body: secret, grpc: secret, interval: secret },
      fallback: { to: secret, on: [secret], respond: { text: secret, status: secret } },
      deadlineHeader: secret,
    },
    c: secret,
    d: { discover: { dns: secret, srv: secret, file: secret, servers: [secret] }, balance: { sticky: secret } },
    e: {
      endpoints: ['http://a', 'http://b'],
      balance: { hash: `param:${secret}` },
      outliers: { failureRate: secret, deviation: secret },
      breaker: { window: secret, slowCalls: { longerThan: secret } },
    },
  },
  overload: { lag: secret },
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
  frontends: {
    m: {
      hosts: [secret],
      prefix: secret,
      listener: [secret],
      fields: { pick: [secret, secret], rename: { a: secret, b: secret } },
      routes: [
        { path: `/{${secret}}`, to: 'e', rewrite: '/{other}', hosts: [secret], access: secret },
        { prefix: `/{${secret}}`, routes: [{ path: '/{x}', to: 'e', rewrite: '/{y}', hosts: ['a'] }] },
      ],
    },
    n: { prefix: `/{${secret}}`, listener: secret, routes: [{ path: '/{x}', to: 'e', rewrite: '/{y}' }] },
  },
  routes: [
    {
      path: '/agg/{id}',
      aggregate: {
        deadline: secret,
        branches: {
          a: {
            to: secret,
            path: `/{${secret}}/{branches.${secret}.id}/{claims.${secret}}`,
            method: secret,
            query: { a: `{${secret}.b}`, b: `{params.${secret}}` },
            headers: { a: secret, b: `{headers.${secret}` },
            timeout: secret,
            fallbackTo: secret,
            expect: [secret],
            unwrap: secret,
            pick: [secret, secret],
            rename: { a: secret },
            wrap: secret,
            when: { 'query.a': secret, 'query.b': { exists: secret, not: secret } },
          },
          b: { to: 'e', path: secret, method: 'POST', body: [`{${secret}}`, { a: `{body.${secret}}` }], retry: secret },
          c: { to: 'e', path: '/', fallbackTo: secret, maxBytes: secret, pick: [secret], required: secret },
          d: { to: 'e', path: '/', fallback: secret, pick: [secret] },
        },
        shape: {
          zip: {
            list: secret,
            key: secret,
            joins: [
              { branch: secret, key: secret, as: secret },
              { branch: 'a', key: 'k', as: secret },
            ],
          },
        },
        passHeaders: [secret, secret],
        headers: { a: secret },
        takeHeaders: { b: secret },
        whenEmpty: secret,
        maxBranches: secret,
      },
    },
    {
      path: '/merge',
      aggregate: {
        branches: { a: { to: 'e', path: '/', pick: [secret] }, b: { to: 'e', path: '/', pick: [secret] } },
        shape: 'merge',
      },
    },
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
    {
      path: '/w/{id}',
      to: { e: 1, c: 1 },
      split: { sticky: `param:${secret}`, header: secret, cookie: secret },
      fault: { delay: { for: secret, share: secret }, abort: { status: secret }, header: secret },
      retry: { on: [secret], perTry: secret, maxBody: secret },
    },
    { path: '/v/{id}', to: 'e', retry: secret, split: { sticky: secret } },
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
