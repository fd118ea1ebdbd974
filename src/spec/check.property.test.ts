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
const document = fc.oneof(
  tree,
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
  auth: { main: { jwt: { jwks: secret, secret, algorithms: [secret] }, apiKey: { header: secret } } },
  consumers: { me: { keys: [secret], roles: [secret] } },
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
