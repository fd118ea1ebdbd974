import assert from 'node:assert/strict'
import { test } from 'node:test'
import fc from 'fast-check'
import { checkDocument } from './check.ts'
import { type Path, showProblem } from './problem.ts'
import { salvage } from './salvage.ts'
import { configSchema } from './schema.ts'
import { plainSource } from './source.ts'
import { document } from './testing/documents.ts'

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
  tracing: { otlp: secret, sample: secret, headers: { a: secret }, timeout: secret },
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
