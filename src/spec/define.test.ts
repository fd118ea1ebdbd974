import assert from 'node:assert/strict'
import { test } from 'node:test'
import { checkDocument } from './check.ts'
import { defineConfig } from './define.ts'
import { plainSource } from './source.ts'

const services = { orders: { url: 'http://127.0.0.1:3001' }, users: 'http://127.0.0.1:3002' } as const

test('a right configuration compiles and comes back as it is', () => {
  const config = defineConfig({
    listeners: { web: '127.0.0.1:0' },
    services: {
      ...services,
      many: { endpoints: ['http://a', { url: 'http://b', weight: 2 }], timeout: { connect: '1s' } },
    },
    defaults: { auth: 'none', requestHeaders: { remove: ['x-debug'] } },
    routes: [
      { prefix: '/users', to: 'users', stripPrefix: true, auth: 'none' },
      { path: '/orders/{id}', methods: ['GET'], to: { orders: 9, many: 1 }, rewrite: '/v2/orders/{id}' },
      {
        path: '/files/{rest...}',
        redirect: { to: '/f/{rest...}', status: 308 },
        responseHeaders: { add: { 'x-rest': ['{rest}', '{query.q}'] } },
      },
      { regex: '/v(?<v>[0-9]+)/(?P<rest>.*)', to: 'users', rewrite: '/{rest}/{v}', headers: { a: { regex: 'b+' } } },
      { path: '/health', respond: { json: { ok: true, parts: [1, 'a'] } } },
    ],
  })
  const { problems, spec } = checkDocument(plainSource(config))
  assert.deepEqual(problems, [])
  assert.equal(spec?.routes.length, 5)
})

test('names and parameters are known when they are declared', () => {
  const config = defineConfig({
    services,
    auth: { main: { jwt: { algorithms: ['RS256'], issuer: 'https://id' } }, keys: { apiKey: { header: 'x-api-key' } } },
    consumers: { app: { roles: ['reader'], tier: 'gold' } },
    defaults: { auth: 'main' },
    routes: [
      {
        prefix: '/a',
        to: 'orders',
        auth: ['main', 'optional'],
        access: { roles: 'reader', claims: { org: [1, 'b'] } },
      },
      { prefix: '/b', to: 'orders', auth: { all: ['main', 'keys'] }, access: { consumers: ['app'] } },
      {
        prefix: '/c',
        to: 'orders',
        auth: { any: ['keys'] },
        rateLimit: { limit: '5/s', by: ['consumer', 'ip'], tiers: { gold: { limit: '9/s', burst: 3 } } },
      },
      {
        prefix: '/d',
        to: 'orders',
        auth: 'optional',
        rateLimit: [{ concurrent: 3, by: 'ip' }],
        ip: { deny: '10.0.0.1' },
      },
      { prefix: '/g', routes: [{ prefix: '/h', to: 'users' }] },
    ],
    frontends: { mobile: { hosts: ['m.example.com'], auth: 'main', routes: [{ prefix: '/', to: 'users' }] } },
  })
  assert.equal(config.defaults?.auth, 'main')
})

test('all that services and routes say about surviving compiles', () => {
  const config = defineConfig({
    overload: { lag: '250ms' },
    services: {
      ...services,
      found: { discover: { dns: 'http://users.internal:8080', servers: ['10.0.0.2:53'], minTtl: '1s', maxTtl: '1m' } },
      many: {
        endpoints: ['http://a', { url: 'http://b', weight: 2, priority: 1 }],
        balance: { hash: 'header:x-user', algorithm: 'ring', boundedLoad: '125%' },
        slowStart: '30s',
        panic: '50%',
        health: { path: '/healthz', status: [200, '3xx'], headers: { 'x-probe': '1' }, port: 8081 },
        outliers: { failureRate: '85%', deviation: 0.9, minTargets: 2, dryRun: true },
        breaker: { slowCalls: { longerThan: '1s' } },
        targetBreaker: { consecutiveFailures: 5 },
        retry: { attempts: 3, on: ['connect', 503], budget: '20%' },
        fallback: { to: 'users', on: ['open', '5xx'] },
        deadlineHeader: 'x-request-timeout-ms',
        timeout: { tls: '1s', total: '5s' },
        connections: { maxTotal: 100, open: 10, wait: '1s' },
      },
      sure: { url: 'http://c', health: { grpc: '' }, fallback: { respond: { json: [] } } },
    },
    routes: [
      {
        prefix: '/a',
        to: { orders: 9, many: 1 },
        retry: { attempts: 3 },
        split: { sticky: 'ip', header: 'x-version', cookie: 'version' },
        fault: { delay: { for: '500ms', share: '10%' }, abort: { status: 503 }, header: 'x-fault' },
      },
      { prefix: '/b', to: 'sure', retry: 'none' },
    ],
  })
  assert.deepEqual(checkDocument(plainSource(config)).problems, [])
})

test('consumers may be in Redis alone', () => {
  const config = defineConfig({
    services,
    state: { redis: 'redis://127.0.0.1' },
    auth: { keys: { apiKey: { header: 'x-api-key' } } },
    routes: [{ prefix: '/a', to: 'orders', auth: 'keys', access: { consumers: ['anyone'] } }],
  })
  assert.deepEqual(checkDocument(plainSource(config)).problems, [])
})

test('all that aggregates, groups and frontends say compiles', () => {
  const config = defineConfig({
    listeners: { web: '127.0.0.1:0', inside: '127.0.0.1:0' },
    services,
    auth: { main: { jwt: { issuer: 'https://id', algorithms: ['RS256'] } } },
    defaults: { auth: 'main' },
    routes: [
      {
        prefix: '/t/{tenant}',
        hosts: ['api.example.com'],
        fields: { omit: ['internal'], rename: { 'a.b': 'c' } },
        routes: [
          { path: '/o/{id}', to: 'orders', rewrite: '/{tenant}/{id}', fields: 'none' },
          {
            path: '/u/{id}',
            methods: ['POST'],
            aggregate: {
              deadline: '1s',
              branches: {
                user: { to: 'users', path: '/{id}/{params.tenant}', required: true, unwrap: 'data', wrap: 'user' },
                orders: {
                  to: 'orders',
                  path: '/orders?user={branches.user.id}',
                  method: 'POST',
                  query: { page: 1, full: '{query.full}' },
                  headers: { 'x-user': '{subject}' },
                  body: { ids: ['{body.id}', 1], for: 'user {claims.sub}', raw: '{{}}' },
                  timeout: '200ms',
                  retry: 'none',
                  fallback: [],
                  when: { 'query.full': 'true', 'claims.plan': ['gold', 1], 'headers.x': { exists: false } },
                  expect: [200, '2xx'],
                  pick: ['id'],
                  rename: { id: 'number' },
                },
                spare: { to: 'orders', path: '/', fallbackTo: 'orders' },
              },
              meta: true,
              whenEmpty: 'answer',
              maxBytes: '2MiB',
              passHeaders: ['x-tenant'],
              headers: { 'cache-control': 'private' },
              takeHeaders: { etag: 'user' },
              maxBranches: 3,
            },
          },
        ],
      },
    ],
    frontends: {
      mobile: {
        hosts: ['m.example.com'],
        listener: ['web', 'inside'],
        rateLimit: { limit: '5/s', by: 'ip' },
        fields: { pick: ['id'] },
        routes: [
          { prefix: '/', to: 'users', rateLimit: 'none', fields: 'none' },
          {
            path: '/zip/{id}',
            auth: 'main',
            aggregate: {
              branches: { a: { to: 'users', path: '/{id}' }, b: { to: 'orders', path: '/' } },
              shape: { zip: { list: 'a', key: 'id', joins: [{ branch: 'b', key: 'userId', as: 'orders' }] } },
            },
          },
        ],
      },
      web: { prefix: '/web', stripPrefix: true, routes: [{ path: '/a', to: 'users' }] },
    },
  })
  assert.deepEqual(checkDocument(plainSource(config)).problems, [])
})

const auth = { main: { apiKey: { header: 'x' } } } as const

/** Each of these must be refused by the compiler, and by the checks at run time too. */
const refused = [
  // @ts-expect-error unknown service
  defineConfig({ services, routes: [{ prefix: '/a', to: 'ordres' }] }),
  // @ts-expect-error unknown service among weights
  defineConfig({ services, routes: [{ prefix: '/a', to: { orders: 1, usres: 1 } }] }),
  // @ts-expect-error unknown service to fall back to
  defineConfig({ services: { ...services, many: { url: 'http://a', fallback: { to: 'usres' } } } }),
  // @ts-expect-error unknown key of a service
  defineConfig({ services: { many: { url: 'http://a', fallbak: { to: 'many' } } } }),
  // @ts-expect-error unknown key of a guard
  defineConfig({ services: { many: { url: 'http://a', breaker: { minRequests: 5, failureRat: '50%' } } } }),
  // @ts-expect-error unknown service, no services at all
  defineConfig({ routes: [{ prefix: '/a', to: 'orders' }] }),
  // @ts-expect-error unknown way of authentication on a route
  defineConfig({ services, routes: [{ prefix: '/a', to: 'orders', auth: 'main' }] }),
  // @ts-expect-error unknown way of authentication in the defaults
  defineConfig({ services, auth: { main: { apiKey: {} } }, defaults: { auth: 'mian' } }),
  // @ts-expect-error unknown way in a list
  defineConfig({ services, auth, routes: [{ prefix: '/a', to: 'orders', auth: ['main', 'mian'] }] }),
  // @ts-expect-error unknown way among those that are all needed
  defineConfig({ services, auth, routes: [{ prefix: '/a', to: 'orders', auth: { all: ['mian'] } }] }),
  // @ts-expect-error unknown way among those of which any is enough
  defineConfig({ services, auth, routes: [{ prefix: '/a', to: 'orders', auth: { any: ['mian'] } }] }),
  // @ts-expect-error both kinds of list
  defineConfig({ services, auth, routes: [{ prefix: '/a', to: 'orders', auth: { any: ['main'], all: ['main'] } }] }),
  defineConfig({
    services,
    auth,
    consumers: { app: {} },
    // @ts-expect-error unknown consumer
    routes: [{ prefix: '/a', to: 'orders', auth: 'main', access: { consumers: ['ap'] } }],
  }),
  // @ts-expect-error parameter that the path lacks
  defineConfig({ services, routes: [{ path: '/o/{id}', to: 'orders', rewrite: '/v2/{di}' }] }),
  // @ts-expect-error parameter that the regular expression has no group for
  defineConfig({ services, routes: [{ regex: '/o/(?<id>.+)', to: 'orders', rewrite: '/v2/{di}' }] }),
  // @ts-expect-error unknown parameter in a header field
  defineConfig({ services, routes: [{ path: '/o/{id}', to: 'orders', requestHeaders: { set: { 'x-a': '{di}' } } }] }),
  // @ts-expect-error header fields are edited before there are branches
  defineConfig({ services, routes: [{ path: '/', to: 'orders', responseHeaders: { set: { a: '{branches.a.b}' } } }] }),
  // @ts-expect-error parameter that the path lacks, in a redirect
  defineConfig({ services, routes: [{ path: '/o/{id}', redirect: '/v2/{di}' }] }),
  // @ts-expect-error unknown key of a route
  defineConfig({ services, routes: [{ path: '/o', to: 'orders', methds: ['GET'] }] }),
  // @ts-expect-error unknown key of the document
  defineConfig({ services, ruotes: [] }),
  defineConfig({
    services,
    // @ts-expect-error unknown service of a branch
    routes: [{ path: '/o', aggregate: { branches: { a: { to: 'ordres', path: '/' } } } }],
  }),
  defineConfig({
    services,
    // @ts-expect-error parameter that the path lacks, in the path of a branch
    routes: [{ path: '/o/{id}', aggregate: { branches: { a: { to: 'orders', path: '/{di}' } } } }],
  }),
  defineConfig({
    services,
    routes: [
      {
        path: '/o',
        // @ts-expect-error the same, within a body
        aggregate: { branches: { a: { to: 'orders', path: '/', method: 'POST', body: [{ b: '{params.id}' }] } } },
      },
    ],
  }),
  defineConfig({
    services,
    // @ts-expect-error reference to a branch that there is not
    routes: [{ path: '/o', aggregate: { branches: { a: { to: 'orders', path: '/{branches.b.id}' } } } }],
  }),
  defineConfig({
    services,
    // @ts-expect-error unknown branch to fall back to
    routes: [{ path: '/o', aggregate: { branches: { a: { to: 'orders', path: '/', fallbackTo: 'b' } } } }],
  }),
  defineConfig({
    services,
    // @ts-expect-error unknown branch whose header is taken
    routes: [{ path: '/o', aggregate: { branches: { a: { to: 'orders', path: '/' } }, takeHeaders: { etag: 'b' } } }],
  }),
  defineConfig({
    services,
    routes: [
      {
        path: '/o',
        aggregate: {
          branches: { a: { to: 'orders', path: '/' } },
          // @ts-expect-error unknown branch in a zip
          shape: { zip: { list: 'a', key: 'id', joins: [{ branch: 'b', key: 'id', as: 'b' }] } },
        },
      },
    ],
  }),
  defineConfig({
    services,
    // @ts-expect-error unknown key of a branch
    routes: [{ path: '/o', aggregate: { branches: { a: { to: 'orders', path: '/', requird: true } } } }],
  }),
  // @ts-expect-error unknown key of a frontend
  defineConfig({ services, frontends: { m: { hosts: ['m'], hostss: [], routes: [{ prefix: '/', to: 'orders' }] } } }),
  defineConfig({
    services,
    // @ts-expect-error unknown service of a branch, in a frontend
    frontends: { m: { hosts: ['m'], routes: [{ path: '/', aggregate: { branches: { a: { to: 'x', path: '/' } } } }] } },
  }),
  // @ts-expect-error parameter that neither the group nor the path has
  defineConfig({ services, routes: [{ prefix: '/{a}', routes: [{ path: '/{b}', to: 'orders', rewrite: '/{c}' }] }] }),
  // @ts-expect-error unknown service in a group
  defineConfig({ services, routes: [{ prefix: '/g', routes: [{ prefix: '/h', to: 'ordres' }] }] }),
  // @ts-expect-error unknown service in a frontend
  defineConfig({ services, frontends: { m: { hosts: ['m'], routes: [{ prefix: '/', to: 'ordres' }] } } }),
]

test('what the compiler refuses, the checks refuse', () => {
  for (const config of refused) {
    const { spec } = checkDocument(plainSource(config))
    assert.equal(spec, undefined, JSON.stringify(config))
  }
})
