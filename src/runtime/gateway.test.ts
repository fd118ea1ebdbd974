import assert from 'node:assert/strict'
import { test } from 'node:test'
import { Fault } from '../base/errors.ts'
import { headersOf } from '../base/headers.ts'
import { linesOf } from '../base/testing.ts'
import { Exchange } from '../core/exchange.ts'
import { faultReply, type Reply } from '../core/reply.ts'
import type { RouteSpec } from '../spec/spec.ts'
import { aggregateSpec, branchSpec } from '../spec/testing.ts'
import { compile } from './compile.ts'
import { fakeGateway, fakeWorld, route, service, spec } from './testing.ts'

const at = (pattern: string, given: Partial<RouteSpec> = {}): RouteSpec =>
  route({ name: pattern, match: { kind: 'prefix', pattern }, ...given })

const ROUTES = [
  at('/open'),
  at('/get', { methods: ['GET'] }),
  at('/many', { methods: ['PUT', 'GET'] }),
  at('/own', { methods: ['OPTIONS', 'POST'] }),
]

const text = (reply: Reply): string =>
  reply.body instanceof Uint8Array ? Buffer.from(reply.body).toString('utf8') : String(reply.body)
const code = (reply: Reply): string => (reply.fault === null ? '' : JSON.parse(text(reply)).code)

const answers: readonly [method: string, path: string, status: number, code: string, allow?: string][] = [
  ['GET', '/open', 200, ''],
  ['DELETE', '/open/x', 200, ''],
  ['GET', '/none', 404, 'NO_ROUTE'],
  ['OPTIONS', '/none', 404, 'NO_ROUTE'],
  ['GET', '/get', 200, ''],
  ['HEAD', '/get', 200, ''],
  ['POST', '/get', 405, 'METHOD_NOT_ALLOWED', 'GET, HEAD, OPTIONS'],
  ['POST', '/many', 405, 'METHOD_NOT_ALLOWED', 'GET, HEAD, PUT, OPTIONS'],
  ['OPTIONS', '/many', 204, '', 'GET, HEAD, PUT, OPTIONS'],
  ['OPTIONS', '/open', 200, ''],
  ['OPTIONS', '/own', 200, ''],
  ['GET', '/own', 405, 'METHOD_NOT_ALLOWED', 'OPTIONS, POST'],
  ['OPTIONS', '*', 204, ''],
]

for (const [method, path, status, expected, allow] of answers) {
  test(`${method} ${path} is ${status}`, () => {
    const { reply } = fakeGateway({ routes: ROUTES }).ask(method, path)
    assert.deepEqual([reply.status, code(reply), reply.header('allow')], [status, expected, allow])
  })
}

test('fixed reply: status, fields, body; the same bytes for all', () => {
  const action = { kind: 'respond', status: 418, headers: [['x-a', 'b']], body: 'té' } as const
  const { ask } = fakeGateway({ routes: [at('/', { action })] })
  const { reply } = ask('GET', '/')
  assert.deepEqual([reply.status, linesOf(reply.headers), text(reply)], [418, ['x-a: b'], 'té'])
  assert.equal(ask('GET', '/').reply.body, reply.body)
})

test('fixed reply without a body', () => {
  const action = { kind: 'respond', status: 204, headers: [], body: '' } as const
  assert.equal(fakeGateway({ routes: [at('/', { action })] }).ask('GET', '/').reply.body, null)
})

test('redirect: what is behind the prefix and the query go along', () => {
  const action = { kind: 'redirect', to: '/new', status: 308 } as const
  const { reply } = fakeGateway({ routes: [at('/old', { action })] }).ask('GET', '/old/a', { query: '?q' })
  assert.deepEqual([reply.status, linesOf(reply.headers), reply.body], [308, ['location: /new/a?q'], null])
})

test('a route leaves its name and parameters', () => {
  const routes = [route({ name: 'user', match: { kind: 'path', pattern: '/u/{id}' } })]
  const { x } = fakeGateway({ routes }).ask('GET', '/u/%41')
  assert.deepEqual([x.route, x.params], ['user', ['%41']])
})

test('our own errors are problems with the pseudonym of this gateway', () => {
  const { reply } = fakeGateway({}).ask('GET', '/')
  assert.equal(reply.header('content-type'), 'application/problem+json')
  assert.equal(JSON.parse(text(reply)).requestId, 'id-1')
})

test('every request is counted and logged once, with its route or -', () => {
  const { ask, world } = fakeGateway({ routes: ROUTES, accessLog: { format: 'json', to: 'stdout' } })
  const headers = headersOf([['user-agent', 'ua']])
  ask('GET', '/open', { headers, target: '/open?raw', startedAt: world.clock.now() - 5, authority: 'h:1' })
  ask('GET', '/none')
  assert.equal(world.meter.counts.get('in_flight{}'), 0)
  assert.equal(world.meter.counts.get('sallyport_requests_total{route=/open,status=2xx}'), 1)
  assert.equal(world.meter.counts.get('sallyport_requests_total{route=-,status=4xx}'), 1)
  const [first, second] = world.entries
  assert.equal(world.entries.length, 2)
  const { route, status, target, ms, userAgent, host } = first!
  assert.deepEqual([route, status, target, ms, userAgent, host], ['/open', 200, '/open?raw', 5, 'ua', 'h:1'])
  assert.deepEqual([second?.route, second?.status], ['', 404])
})

test('without an access log nothing is logged', () => {
  const { ask, world } = fakeGateway({ routes: ROUTES })
  ask('GET', '/open')
  assert.deepEqual(world.entries, [])
})

test('refused before routing: an answer, a count, no route', () => {
  const { gateway, world } = fakeGateway({ routes: ROUTES })
  const x = Object.assign(new Exchange(), { requestId: 'id-2' })
  const sent: Reply[] = []
  gateway.refuse(x, new Fault('BAD_REQUEST', 'why'), { send: (_x, reply) => void sent.push(reply) })
  assert.equal(world.meter.counts.get('in_flight{}'), 1)
  gateway.finish(x, sent[0]!)
  assert.deepEqual([sent[0]?.status, code(sent[0]!), x.route], [400, 'BAD_REQUEST', ''])
  assert.equal(world.meter.counts.get('in_flight{}'), 0)
  assert.equal(world.meter.counts.get('sallyport_requests_total{route=-,status=4xx}'), 1)
})

test('refused after routing: counted for its route, in flight once', () => {
  const { gateway, world } = fakeGateway({ routes: ROUTES })
  const x = Object.assign(new Exchange(), { method: 'GET', path: '/open' })
  gateway.handle(x, { send: () => {} })
  const sent: Reply[] = []
  gateway.refuse(x, new Fault('REQUEST_TIMEOUT'), { send: (_x, reply) => void sent.push(reply) })
  gateway.finish(x, sent[0]!)
  assert.equal(world.meter.counts.get('in_flight{}'), 0)
  assert.equal(world.meter.counts.get('sallyport_requests_total{route=/open,status=4xx}'), 1)
})

test('a request ends on the Plan it began with, and the old Plan lets go of what it held', () => {
  const world = fakeWorld()
  const { gateway, ask } = fakeGateway({ routes: [at('/a')], services: [service('one')] }, world)
  const before = gateway.plan
  const next = compile(spec({ routes: [at('/b')] }), world)
  assert.equal(ask('GET', '/a').reply.status, 200)
  gateway.swap(next)
  assert.deepEqual([ask('GET', '/a').reply.status, ask('GET', '/b').reply.status], [404, 200])
  assert.notEqual(before, gateway.plan)
  assert.equal(world.ended.length, 1)
})

test('a fault that comes after the shapes ran is told with what the policies of the route say', () => {
  const cors = { origins: ['*'], methods: [], headers: [], expose: [], credentials: false, maxAgeMs: 0 }
  const { gateway, ask } = fakeGateway({ routes: [at('/cors', { cors }), at('/plain')] })
  const explained = (path: string): string | undefined => {
    const { x } = ask('GET', path, { headers: headersOf([['origin', 'https://a.example']]) })
    const reply = faultReply(new Fault('UPSTREAM_PROTOCOL'))
    gateway.explain(x, reply)
    assert.equal(code(reply), 'UPSTREAM_PROTOCOL')
    return reply.header('access-control-allow-origin')
  }
  assert.equal(explained('/cors'), '*')
  assert.equal(explained('/plain'), undefined)
})

test('how branches fared is logged for routes that an aggregate answers, and only there', () => {
  const aggregate = aggregateSpec([branchSpec('a', { service: 's' })])
  const routes = [
    at('/open'),
    at('/all', { action: aggregate }),
    at('/denied', { action: aggregate, ip: { allow: ['192.0.2.1'], deny: [] } }),
  ]
  const logged = fakeGateway({ routes, services: [service('s')], accessLog: { format: 'json', to: 'stdout' } })
  logged.ask('GET', '/open')
  logged.ask('GET', '/denied')
  const { x } = logged.ask('GET', '/all', { deadlineAt: 1 })
  assert.deepEqual(
    logged.world.entries.map(entry => 'branches' in entry && entry.branches),
    [false, false, [{ name: 'a', status: 'timeout', reason: '', ms: 0, httpStatus: 0, upstream: '' }]],
  )
  assert.notEqual(x.fares, null)
  const silent = fakeGateway({ routes, services: [service('s')] })
  assert.equal(silent.ask('GET', '/all', { deadlineAt: 1 }).x.fares, null)
})
