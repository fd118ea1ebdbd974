import assert from 'node:assert/strict'
import { test } from 'node:test'
import { chainOf } from '../../runtime/builtins.ts'
import { route, service, spec } from '../../runtime/testing.ts'
import type { GatewaySpec, RouteSpec } from '../../spec/spec.ts'
import { forwardTo, ROBUST_ON, rateLimit, retrySpec } from '../../spec/testing.ts'
import { benchSpec } from './bench-spec.ts'
import { withStubs } from './stubs.ts'
import { ALL, variantsOf } from './variants.ts'

const guarded: RouteSpec = route({
  name: 'guarded',
  action: forwardTo('orders'),
  auth: { need: 'any', ways: ['keys'], optional: false },
  access: { roles: { need: 'any', values: ['reader'] }, scopes: undefined, consumers: [], claims: [] },
  cors: { origins: ['*'], methods: [], headers: [], expose: [], credentials: false, maxAgeMs: 0 },
  limits: [rateLimit({ name: 'app', rate: { count: 100, perMs: 60_000, burst: 100 } })],
  retry: retrySpec(),
})

const WHOLE: GatewaySpec = spec({
  routes: [guarded, route({ name: 'other', index: 1, cors: 'pass' })],
  services: [service('orders', ROBUST_ON), service('users')],
  accessLog: { format: 'json', to: '/var/log/access.log' },
  tracing: {
    url: 'https://otel.example/v1/traces',
    sample: 1,
    service: 'edge',
    headers: [['x-token', 's']],
    timeoutMs: 1,
  },
})

const chain = (of: GatewaySpec): readonly string[] => chainOf(of.routes[0]!, of)

test('there is a variant for each policy of the route, and one without any', () => {
  const variants = variantsOf(WHOLE, 'guarded')
  const names = variants.map(({ name }) => name)
  assert.deepEqual(names.slice(0, 5), ['tracing', 'CORS', 'limits', 'authentication', 'access'])
  assert.ok(names.includes('retry') && names.includes('access log'))
  assert.equal(names.at(-1), ALL)
  assert.deepEqual(chain(variants.at(-1)!.spec), ['forward to orders'])
})

test('each leaves out what it says and what cannot be without it, and touches nothing else', () => {
  const before = chain(WHOLE)
  for (const { name, spec: changed } of variantsOf(WHOLE, 'guarded')) {
    if (name === ALL) continue
    const gone = before.filter(part => !chain(changed).includes(part))
    const with_ = name === 'authentication' ? ['access'] : []
    // The access log and outliers are in no chain.
    const expected = before.filter(part => part === name || part === `${name} by identity` || with_.includes(part))
    assert.deepEqual(gone, expected, name)
    assert.equal(changed.routes[1], WHOLE.routes[1], name)
    assert.equal(changed.services[1], WHOLE.services[1], name)
  }
})

test('every policy that a route can have can be left out', () => {
  const [most] = variantsOf(WHOLE, 'guarded').slice(-1)
  assert.equal(most?.spec.accessLog, undefined)
  assert.deepEqual(variantsOf(spec({ routes: [route({ name: 'plain' })] }), 'plain'), [])
  assert.deepEqual(variantsOf(WHOLE, 'no such route'), [])
})

test('what is measured is on loopback, writes to no log of others, and its limits refuse nothing', () => {
  const made = benchSpec(WHOLE, { workers: 1, folder: '/tmp/x', collector: 4318, keepLimits: false })
  assert.ok(made.listeners.every(({ host, port }) => host === '127.0.0.1' && port === 0))
  assert.equal(made.accessLog?.to, '/tmp/x/access.log')
  assert.deepEqual([made.tracing?.url, made.tracing?.headers], ['http://127.0.0.1:4318/v1/traces', []])
  const [limit] = made.routes[0]!.limits
  assert.ok(
    limit?.kind === 'rate' && limit.rate.count / limit.rate.perMs >= 1000 && limit.rate.burst >= limit.rate.count,
  )
  const kept = benchSpec(WHOLE, { workers: 1, folder: '/tmp/x', collector: 4318, keepLimits: true })
  assert.equal(kept.routes[0], WHOLE.routes[0])
})

test('stub services stand in for all, whatever was discovered or probed', () => {
  const { services, state } = withStubs(WHOLE, [4001, 4002])
  assert.deepEqual(
    services.map(({ endpoints, discover, health }) => [endpoints[0]?.port, endpoints.length, discover, health]),
    [
      [4001, 1, undefined, undefined],
      [4002, 1, undefined, undefined],
    ],
  )
  assert.equal(state.kind, 'memory')
})
