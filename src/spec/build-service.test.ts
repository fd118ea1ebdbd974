import assert from 'node:assert/strict'
import { test } from 'node:test'
import { checkDocument } from './check.ts'
import { plainSource } from './source.ts'
import type { GatewaySpec, RouteSpec, ServiceSpec } from './spec.ts'

const specOf = (document: unknown): GatewaySpec => {
  const { spec, problems } = checkDocument(plainSource(document), 3)
  assert.ok(spec, JSON.stringify(problems))
  return spec
}

const endpoints = ['http://a:1', { url: 'http://b:1', weight: 3, priority: 1 }]
const serviceOf = (given: object): ServiceSpec => specOf({ services: { a: { endpoints, ...given } } }).services[0]!

const BREAKER = {
  failureRate: 0.5,
  slowRate: 0,
  slowMs: 0,
  consecutiveFailures: 0,
  minRequests: 20,
  windowMs: 10_000,
  openMs: 5000,
  halfOpenRequests: 3,
  rampMs: 0,
}

const RETRY = {
  attempts: 2,
  on: ['connect', 'reset', 502, 503, 504],
  perTryMs: 0,
  backoffMs: { least: 25, most: 250 },
  budget: 0,
  minRetries: 3,
  maxBodyBytes: 65_536,
  anyMethod: false,
  maxRetryAfterMs: 1000,
}

test('what is written without more has these defaults', () => {
  const service = serviceOf({
    health: { path: '/healthz' },
    outliers: {},
    breaker: {},
    targetBreaker: {},
    retry: {},
    fallback: { respond: {} },
  })
  assert.deepEqual(service.health, {
    probe: { kind: 'http', method: 'GET', path: '/healthz', host: '', headers: [], statuses: [[200, 299]], body: '' },
    port: 0,
    intervalMs: 5000,
    jitter: 0.1,
    timeoutMs: 1000,
    healthyAfter: 2,
    unhealthyAfter: 3,
  })
  assert.deepEqual(service.outliers, {
    consecutiveErrors: 5,
    consecutiveLocalErrors: 0,
    failureRate: 0,
    deviation: 0,
    minRequests: 100,
    minTargets: 3,
    intervalMs: 10_000,
    ejectMs: 30_000,
    maxEjectMs: 300_000,
    maxEjected: 0.5,
    dryRun: false,
  })
  assert.deepEqual([service.breaker, service.targetBreaker], [BREAKER, BREAKER])
  assert.deepEqual(service.retry, RETRY)
  assert.deepEqual(service.fallback, {
    on: ['open', 'unhealthy'],
    answer: { kind: 'respond', status: 200, headers: [], body: '' },
  })
})

test('endpoints have weights and priorities', () => {
  assert.deepEqual(
    serviceOf({}).endpoints.map(({ url, weight, priority, address }) => [url, weight, priority, address]),
    [
      ['http://a:1', 1, 0, ''],
      ['http://b:1', 3, 1, ''],
    ],
  )
})

test('discovery', () => {
  const discoverOf = (discover: object) => {
    const [service] = specOf({ services: { a: { discover } } }).services
    assert.deepEqual(service?.endpoints, [])
    return service?.discover
  }
  assert.deepEqual(discoverOf({ dns: 'https://Users.internal/base/' }), {
    kind: 'dns',
    url: 'https://Users.internal/base/',
    tls: true,
    host: 'users.internal',
    port: 443,
    authority: 'users.internal',
    basePath: '/base',
    servers: [],
    minMs: 5000,
    maxMs: 300_000,
  })
  assert.deepEqual(
    discoverOf({ srv: 'http://_http._tcp.users.internal', servers: ['10.0.0.2:53'], minTtl: '1s', maxTtl: '1m' }),
    {
      kind: 'srv',
      url: 'http://_http._tcp.users.internal',
      tls: false,
      host: '_http._tcp.users.internal',
      port: 0,
      authority: '_http._tcp.users.internal',
      basePath: '',
      servers: ['10.0.0.2:53'],
      minMs: 1000,
      maxMs: 60_000,
    },
  )
  const nowhere = { tls: false, host: '', port: 0, authority: '', basePath: '' }
  assert.deepEqual(discoverOf({ file: '/etc/users.yaml' }), { kind: 'file', path: '/etc/users.yaml', ...nowhere })
})

test('every way of balancing', () => {
  const rows: [written: unknown, spec: unknown][] = [
    ['ewma', { kind: 'ewma' }],
    [{ hash: 'ip' }, { kind: 'hash', by: { kind: 'ip' }, algorithm: 'maglev', boundedLoad: 0 }],
    [
      { hash: 'header:X-User', algorithm: 'ring', boundedLoad: '125%' },
      { kind: 'hash', by: { kind: 'header', name: 'x-user' }, algorithm: 'ring', boundedLoad: 1.25 },
    ],
    ...(['cookie:Sid', 'claim:org.id:x', 'param:Id'] as const).map((hash): [unknown, unknown] => {
      const [kind, ...rest] = hash.split(':')
      const by = { kind, name: rest.join(':') }
      return [{ hash }, { kind: 'hash', by, algorithm: 'maglev', boundedLoad: 0 }]
    }),
    [{ hash: 'consumer' }, { kind: 'hash', by: { kind: 'consumer' }, algorithm: 'maglev', boundedLoad: 0 }],
    [{ sticky: 'Sid' }, { kind: 'sticky', cookie: 'Sid', maxAgeMs: 0 }],
    [
      { sticky: 'sid', maxAge: '1h' },
      { kind: 'sticky', cookie: 'sid', maxAgeMs: 3_600_000 },
    ],
  ]
  for (const [balance, spec] of rows) assert.deepEqual(serviceOf({ balance }).balance, spec)
})

test('every kind of probe', () => {
  const probe = (health: object) => serviceOf({ health }).health?.probe
  assert.deepEqual(probe({ tcp: true }), { kind: 'tcp' })
  assert.deepEqual(probe({ grpc: '' }), { kind: 'grpc', service: '' })
  assert.deepEqual(probe({ grpc: 'a.B' }), { kind: 'grpc', service: 'a.B' })
  assert.deepEqual(
    probe({
      path: '/h?full=1',
      method: 'HEAD',
      host: 'x.example.com',
      headers: { 'X-Token': 'a b' },
      status: ['2xx', '300-304', 404],
    }),
    {
      kind: 'http',
      method: 'HEAD',
      path: '/h?full=1',
      host: 'x.example.com',
      headers: [['x-token', 'a b']],
      statuses: [
        [200, 299],
        [300, 304],
        [404, 404],
      ],
      body: '',
    },
  )
  const one = probe({ path: '/h', status: 204, body: 'ok' })
  assert.deepEqual(one?.kind === 'http' && [one.statuses, one.body], [[[204, 204]], 'ok'])
})

test('times that were not written fit those that were', () => {
  const timeouts = (interval: string) => serviceOf({ health: { tcp: true, interval } }).health?.timeoutMs
  assert.deepEqual([timeouts('100ms'), timeouts('1s'), timeouts('2s'), timeouts('1m')], [50, 500, 1000, 1000])
  assert.equal(serviceOf({ outliers: { ejectFor: '10m' } }).outliers?.maxEjectMs, 600_000)
  const { timeouts: spec, connections } = serviceOf({ timeout: { connect: '3s' } })
  assert.deepEqual([spec.connectMs, spec.tlsMs, connections.waitMs], [3000, 5000, 3000])
})

test('all that can be said about a service', () => {
  const service = serviceOf({
    slowStart: '30s',
    panic: '40%',
    outliers: {
      consecutiveErrors: 0,
      consecutiveLocalErrors: 3,
      failureRate: '85%',
      deviation: 1.9,
      minRequests: 50,
      minTargets: 2,
      interval: '5s',
      ejectFor: '1m',
      maxEjectFor: '2m',
      maxEjected: '30%',
      dryRun: true,
    },
    breaker: {
      failureRate: '0%',
      slowCalls: { longerThan: '1s', rate: '60%' },
      consecutiveFailures: 5,
      minRequests: 1,
      window: '1s',
      openFor: '2s',
      halfOpenRequests: 1,
      rampFor: '10s',
    },
    retry: {
      attempts: 3,
      on: [503, 'timeout', 503],
      perTry: '1s',
      backoff: '0ms..1s',
      budget: '20%',
      minRetries: 0,
      maxBody: '0B',
      anyMethod: true,
      maxRetryAfter: '0s',
    },
    fallback: { respond: { status: 203, json: [], headers: { 'X-A': 'b' } }, on: ['5xx', 'timeout', '5xx'] },
    deadlineHeader: 'X-Timeout-Ms',
    timeout: { tls: '1s', total: '9s' },
    connections: { max: 1, maxTotal: 2, open: 3, queue: 4, wait: '5s', idle: '6s' },
  })
  assert.deepEqual([service.slowStartMs, service.panic, service.deadlineHeader], [30_000, 0.4, 'x-timeout-ms'])
  assert.deepEqual(service.outliers, {
    consecutiveErrors: 0,
    consecutiveLocalErrors: 3,
    failureRate: 0.85,
    deviation: 1.9,
    minRequests: 50,
    minTargets: 2,
    intervalMs: 5000,
    ejectMs: 60_000,
    maxEjectMs: 120_000,
    maxEjected: 0.3,
    dryRun: true,
  })
  assert.deepEqual(service.breaker, {
    failureRate: 0,
    slowRate: 0.6,
    slowMs: 1000,
    consecutiveFailures: 5,
    minRequests: 1,
    windowMs: 1000,
    openMs: 2000,
    halfOpenRequests: 1,
    rampMs: 10_000,
  })
  assert.deepEqual(service.retry, {
    attempts: 3,
    on: [503, 'timeout'],
    perTryMs: 1000,
    backoffMs: { least: 0, most: 1000 },
    budget: 0.2,
    minRetries: 0,
    maxBodyBytes: 0,
    anyMethod: true,
    maxRetryAfterMs: 0,
  })
  assert.deepEqual(service.fallback, {
    on: ['5xx', 'timeout'],
    answer: {
      kind: 'respond',
      status: 203,
      headers: [
        ['content-type', 'application/json'],
        ['x-a', 'b'],
      ],
      body: '[]',
    },
  })
  assert.deepEqual(service.timeouts, { connectMs: 2000, tlsMs: 1000, headMs: 60_000, idleMs: 60_000, totalMs: 9000 })
  assert.deepEqual(service.connections, { max: 1, maxTotal: 2, open: 3, queue: 4, waitMs: 5000, idleMs: 6000 })
})

test('one try alone is no retry', () => {
  assert.equal(serviceOf({ retry: { attempts: 1 } }).retry, undefined)
})

const services = { a: { url: 'http://a', fallback: { to: 'b' } }, b: 'http://b' }
const routeOf = (given: object): RouteSpec =>
  specOf({ services, routes: [{ path: '/x/{id}', to: { a: 1, b: 0 }, ...given }] }).routes[0]!

test('another service stands in', () => {
  assert.deepEqual(specOf({ services }).services[0]?.fallback?.answer, { kind: 'service', service: 'b' })
})

test('routes say their own about retries', () => {
  assert.equal(routeOf({}).retry, undefined)
  assert.equal(routeOf({ retry: 'none' }).retry, 'none')
  assert.equal(routeOf({ retry: { attempts: 1 } }).retry, 'none')
  assert.deepEqual(routeOf({ retry: {} }).retry, RETRY)
})

test('routes make trouble on purpose', () => {
  assert.equal(routeOf({}).fault, undefined)
  assert.deepEqual(routeOf({ fault: { delay: { for: '500ms', share: '10%' }, header: 'X-Fault' } }).fault, {
    delay: { ms: 500, share: 0.1 },
    abort: undefined,
    header: 'x-fault',
  })
  assert.deepEqual(routeOf({ fault: { abort: {} } }).fault, {
    delay: undefined,
    abort: { status: 503, share: 1 },
    header: '',
  })
})

test('a service of weight 0 is kept where requests may name it', () => {
  const split = (given: object) => {
    const { action } = routeOf(given)
    return action.kind === 'forward' && [action.to.map(({ service }) => service).join(), action.split]
  }
  assert.deepEqual(split({}), ['a', { sticky: undefined, header: '', cookie: '' }])
  assert.deepEqual(split({ to: { a: 1, b: 1 }, split: { sticky: 'param:id' } }), [
    'a,b',
    { sticky: { kind: 'param', name: 'id' }, header: '', cookie: '' },
  ])
  assert.deepEqual(split({ split: { header: 'X-Version', cookie: 'Version' } }), [
    'a,b',
    { sticky: undefined, header: 'x-version', cookie: 'Version' },
  ])
})

test('load shedding is off unless it is asked for', () => {
  assert.equal(specOf({ overload: {} }).shedLagMs, 0)
  assert.equal(specOf({ overload: { lag: '250ms' } }).shedLagMs, 250)
})
