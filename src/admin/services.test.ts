import assert from 'node:assert/strict'
import { test } from 'node:test'
import { type AdminState, pageAt } from './pages.ts'
import type { ServiceReport, ServicesAdmin, TargetReport } from './services.ts'

const URL_A = 'http://10.0.0.1:80'

const target = (url: string): TargetReport => ({
  url,
  weight: 1,
  priority: 0,
  healthy: false,
  probe: { ok: false, reason: 'refused the connection', at: 1_800_000_000_000, tookMs: 3 },
  ejected: { reason: 'failures in a row', forMs: 29_000, times: 2 },
  draining: false,
  breaker: null,
  inFlight: 4,
  connections: 9,
  latency: { p50Ms: 7.5, p99Ms: null },
  requests: { '2xx': 10, timeout: 1 },
})

const report = (service: string): ServiceReport => ({
  service,
  balance: 'least-request',
  breaker: { state: 'half-open', forced: null, forMs: 1500, requests: 20, failures: 12, slow: 0 },
  inFlight: 4,
  queued: 1,
  targets: [target(URL_A)],
})

/** Two services; what is asked of them is written down. */
const world = () => {
  const orders: unknown[][] = []
  const known = (service: string, url: string | undefined): boolean =>
    ['orders', 'a b'].includes(service) && (url === undefined || url === URL_A)
  const services: ServicesAdmin = {
    list: () => [report('orders'), report('a b')],
    find: name => services.list().find(({ service }) => service === name),
    force: (service, url, state) => known(service, url) && orders.push(['force', service, url, state]) > 0,
    drain: (service, url, on) => known(service, url) && orders.push(['drain', service, url, on]) > 0,
  }
  const state: AdminState = {
    services,
    metrics: () => '',
    ready: () => ({ ok: true, detail: {} }),
    revocations: { count: () => 0, revoke: async () => {}, reinstate: async () => {} },
  }
  return { state, orders }
}

const ask = async (path: string, body: unknown = '') => {
  const { state, orders } = world()
  const found = pageAt(path)
  assert.ok(found, path)
  const text = typeof body === 'string' ? body : JSON.stringify(body)
  const { page, name } = found
  const answered = await page.answer(state, { method: page.methods.at(-1)!, name, body: text, now: 0 })
  return { status: answered.status, body: JSON.parse(answered.body), orders, methods: page.methods }
}

test('all services, or one of them, are shown as they are', async () => {
  const all = await ask('/v1/services')
  assert.deepEqual([all.status, all.body], [200, [report('orders'), report('a b')]])
  const one = await ask('/v1/services/orders')
  assert.deepEqual([one.status, one.body], [200, report('orders')])
  assert.deepEqual((await ask('/v1/services/a%20b')).body, report('a b'))
  assert.deepEqual(
    [all.methods, one.methods],
    [
      ['GET', 'HEAD'],
      ['GET', 'HEAD'],
    ],
  )
})

test('a service that is not there is a problem', async () => {
  const { status, body } = await ask('/v1/services/none')
  assert.deepEqual([status, body.code], [404, 'NO_ROUTE'])
})

for (const path of [
  '/v1/services/',
  '/v1/services/orders/',
  '/v1/services/orders/targets',
  '/v1/services//breaker',
  '/v1/services/a/b/breaker',
  '/v1/services/%E0%A4%A',
  '/v1/service',
  '/V1/services',
  '',
]) {
  test(`no page: ${path}`, () => assert.equal(pageAt(path), undefined))
}

for (const [path, body, order] of [
  ['breaker', { state: 'open' }, ['force', 'orders', undefined, 'open']],
  ['breaker', { state: 'closed', target: URL_A }, ['force', 'orders', URL_A, 'closed']],
  ['breaker', { state: 'auto' }, ['force', 'orders', undefined, 'auto']],
  ['drain', { target: URL_A, drain: true }, ['drain', 'orders', URL_A, true]],
  ['drain', { target: URL_A, drain: false }, ['drain', 'orders', URL_A, false]],
] as const) {
  test(`done, and the service shown: ${path} ${JSON.stringify(body)}`, async () => {
    const answered = await ask(`/v1/services/orders/${path}`, body)
    assert.deepEqual([answered.status, answered.body, answered.orders], [200, report('orders'), [order]])
    assert.deepEqual(answered.methods, ['POST'])
  })
}

for (const [path, body] of [
  ['breaker', 'no json'],
  ['breaker', '[]'],
  ['breaker', '{}'],
  ['breaker', { state: 'ajar' }],
  ['breaker', { state: 'open', target: 5 }],
  ['breaker', { state: 'open', target: null }],
  ['breaker', { state: 'open', for: '5m' }],
  ['drain', ''],
  ['drain', 'null'],
  ['drain', { target: URL_A }],
  ['drain', { drain: true }],
  ['drain', { target: URL_A, drain: 'true' }],
  ['drain', { target: URL_A, drain: true, why: 'because' }],
] as const) {
  test(`refused in one sentence, and nothing done: ${path} ${JSON.stringify(body)}`, async () => {
    const answered = await ask(`/v1/services/orders/${path}`, body)
    assert.deepEqual([answered.status, answered.body.code, answered.orders], [400, 'BAD_REQUEST', []])
    assert.match(answered.body.detail, /^The body must be a JSON object with "\w+": [^.]+\.$/)
  })
}

for (const [path, body] of [
  ['none/breaker', { state: 'open' }],
  ['orders/breaker', { state: 'open', target: 'http://10.0.0.9:80' }],
  ['none/drain', { target: URL_A, drain: true }],
  ['orders/drain', { target: 'http://10.0.0.9:80', drain: true }],
] as const) {
  test(`not there: ${path} ${JSON.stringify(body)}`, async () => {
    const answered = await ask(`/v1/services/${path}`, body)
    assert.deepEqual([answered.status, answered.body.code, answered.orders], [404, 'NO_ROUTE', []])
  })
}
