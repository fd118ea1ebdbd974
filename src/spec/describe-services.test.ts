import assert from 'node:assert/strict'
import { test } from 'node:test'
import { checkDocument } from './check.ts'
import { describeService } from './describe-services.ts'
import { describeShaping } from './describe-shaping.ts'
import { plainSource } from './source.ts'
import type { GatewaySpec } from './spec.ts'

const specOf = (document: unknown): GatewaySpec => {
  const { spec, problems } = checkDocument(plainSource(document), 1)
  assert.ok(spec, JSON.stringify(problems))
  return spec
}

const TWO = { endpoints: ['http://a', 'http://b'] }
const linesOf = (service: unknown): string[] => describeService(specOf({ services: { a: service } }).services[0]!)

/** What is written, and the lines it comes to. */
const table = (name: string, rows: readonly (readonly [service: unknown, ...lines: string[]])[]): void => {
  test(name, () => {
    for (const [service, ...lines] of rows) assert.deepEqual(linesOf(service), lines, JSON.stringify(service))
  })
}

table('a service that only forwards has nothing to tell', [['http://a'], [{ url: 'http://a', host: 'preserve' }]])

table('balancing', [
  [TWO, 'round-robin over 2 targets'],
  [{ url: 'http://a', balance: 'random' }, 'random over one target'],
  [
    { endpoints: ['http://a', 'http://b', { url: 'http://c', priority: 2 }], slowStart: '30s', panic: '50%' },
    'round-robin over 3 targets, 1 of them only when no other is well',
    'a target that is new or back starts slowly, over 30s',
    'all targets are asked when fewer than 50% are well',
  ],
  [{ ...TWO, balance: { hash: 'header:X-User' } }, 'hash of header x-user (maglev) over 2 targets'],
  [
    { ...TWO, balance: { hash: 'cookie:sid', algorithm: 'ring', boundedLoad: '125%' } },
    'hash of cookie sid (ring), at most 125% of the mean at one, over 2 targets',
  ],
  [{ ...TWO, balance: { hash: 'param:id' } }, 'hash of {id} (maglev) over 2 targets'],
  [{ ...TWO, balance: { sticky: 'sid' } }, 'sticky by cookie sid over 2 targets'],
  [{ ...TWO, balance: { sticky: 'sid', maxAge: '1h' } }, 'sticky by cookie sid, for 1h, over 2 targets'],
])

table('discovery', [
  [{ discover: { dns: 'http://u.internal:8080' } }, 'round-robin over the addresses of u.internal:8080'],
  [{ discover: { srv: 'http://_http._tcp.u' }, balance: 'ewma' }, 'ewma over the SRV records of _http._tcp.u'],
  [{ discover: { file: '/etc/u.yaml' } }, 'round-robin over the targets in /etc/u.yaml'],
])

const url = 'http://a'
table('health', [
  [
    { url, health: { path: '/healthz', headers: { authorization: 'hunter2' } } },
    'health: GET /healthz every 5s, within 1s; out after 3 bad, back after 2 good',
  ],
  [
    { url, health: { path: '/h', method: 'HEAD', status: ['2xx', 301], port: 81 } },
    'health: HEAD /h for 200-299, 301 on port 81 every 5s, within 1s; out after 3 bad, back after 2 good',
  ],
  [
    { url, health: { path: '/h', body: 'hunter2', unhealthyAfter: 1, healthyAfter: 1 } },
    'health: GET /h with the right body every 5s, within 1s; out after 1 bad, back after 1 good',
  ],
  [
    { url, health: { path: '/h?key=hunter2' } },
    'health: GET /h?… every 5s, within 1s; out after 3 bad, back after 2 good',
  ],
  [{ url, health: { tcp: true } }, 'health: a connection every 5s, within 1s; out after 3 bad, back after 2 good'],
  [{ url, health: { grpc: '' } }, 'health: gRPC health every 5s, within 1s; out after 3 bad, back after 2 good'],
  [
    { url, health: { grpc: 'a.B', interval: '1s' } },
    'health: gRPC health of a.B every 1s, within 500ms; out after 3 bad, back after 2 good',
  ],
])

table('outliers', [
  [
    { ...TWO, outliers: {} },
    'round-robin over 2 targets',
    'outliers: out after 5 failures in a row, for 30s, growing to 5m; at most 50% at once',
  ],
  [
    {
      ...TWO,
      outliers: { consecutiveLocalErrors: 3, failureRate: '85%', deviation: 1.9, minTargets: 2, dryRun: true },
    },
    'round-robin over 2 targets',
    'outliers: out after 5 failures in a row, 3 without an answer in a row, 85% failures or success 1.9 deviations below the mean of at least 100 in 10s, for 30s, growing to 5m; at most 50% at once (dry run)',
  ],
])

table('breakers', [
  [{ url, breaker: {} }, 'breaker: opens at 50% failures of at least 20 in 10s, for 5s, then 3 on trial'],
  [
    { url, breaker: { failureRate: '0%', consecutiveFailures: 5, rampFor: '10s' } },
    'breaker: opens at 5 failures in a row, for 5s, then 3 on trial, then more and more over 10s',
  ],
  [
    { url, targetBreaker: { slowCalls: { longerThan: '1s' }, consecutiveFailures: 5 } },
    'breaker of each target: opens at 50% failures or 50% slower than 1s of at least 20 in 10s or 5 failures in a row, for 5s, then 3 on trial',
  ],
])

table('retries, fallbacks, bounds and deadlines', [
  [{ url, retry: {} }, 'retries: 2 tries on connect, reset, 502, 503 or 504'],
  [
    { url, retry: { attempts: 3, on: ['timeout'], perTry: '1s', budget: '20%', anyMethod: true } },
    'retries: 3 tries on timeout, each within 1s, within a budget of 20%, of any method',
  ],
  [
    { url, fallback: { respond: { status: 203 }, on: ['unhealthy', 'overloaded', 'connect', 'timeout', '5xx'] } },
    'fallback: an answer with status 203 when no target is well, the queue is full, no connection brings an answer, it is too slow or it answers 5xx',
  ],
  [
    { url, connections: { max: 1, maxTotal: 2, open: 3, queue: 0 } },
    'at most 1 request at a target, 2 in all and 3 connections to a target; none waits',
  ],
  [{ url, connections: { open: 3, wait: '1s' } }, 'at most 3 connections to a target; 1024 wait up to 1s'],
  [{ url, deadlineHeader: 'X-Left', timeout: { total: '1s' } }, 'time left is told in x-left'],
])

test('what a route does on the way to its service', () => {
  const services = { a: 'http://a', b: 'http://b' }
  const rows: readonly (readonly [route: object, ...lines: string[]])[] = [
    [{ to: 'a' }],
    [{ respond: {} }],
    [{ to: 'a', retry: 'none' }, 'no retries'],
    [{ to: 'a', retry: { attempts: 3, on: [503] } }, 'retries: 3 tries on 503'],
    [
      { to: { a: 1, b: 0 }, split: { header: 'X-Version', cookie: 'version' } },
      'header x-version or cookie version may name the service',
    ],
    [{ to: { a: 1, b: 1 }, split: { sticky: 'cookie:sid' } }, 'the same cookie sid gets the same service'],
    [
      { to: 'a', fault: { delay: { for: '500ms', share: '0.5%' }, abort: {}, header: 'X-Fault' } },
      'fault: 0.5% wait 500ms, 100% get 503, where x-fault is sent',
    ],
  ]
  for (const [route, ...lines] of rows) {
    const [first] = specOf({ services, routes: [{ path: '/', ...route }] }).routes
    assert.deepEqual(describeShaping(first!), lines, JSON.stringify(route))
  }
})
