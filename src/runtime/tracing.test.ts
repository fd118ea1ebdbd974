import assert from 'node:assert/strict'
import { test } from 'node:test'
import { headersOf } from '../base/headers.ts'
import type { TracingSpec } from '../spec/spec-tracing.ts'
import { chainOf } from './builtins.ts'
import { fakeGateway, fakeWorld, route, spec } from './testing.ts'

const TRACING: TracingSpec = { url: 'http://c/v1/traces', sample: 0.5, service: 's', headers: [], timeoutMs: 1 }
const TRACE = '0af7651916cd43dd8448eb211c80319c'
const parent = (flags: string): string => `00-${TRACE}-b7ad6b7169203331-${flags}`

const LOG = { accessLog: { format: 'json', to: 'stdout' } } as const

const scene = (chance = 0) =>
  fakeGateway(
    { ...LOG, tracing: TRACING, routes: [route({ match: { kind: 'path', pattern: '/a/{id}' } })] },
    { ...fakeWorld(), random: () => chance },
  )

const asked = (fields: readonly (readonly [string, string])[], peerTrusted = false, chance = 0) => {
  const { ask, world } = scene(chance)
  const { x } = ask('GET', '/a/1', { headers: headersOf(fields), peerTrusted })
  return { x, spans: world.spansWritten }
}

test('tracing runs before all else, where it is on', () => {
  assert.equal(chainOf(route({}), spec({ tracing: TRACING, shedLagMs: 1 }))[0], 'tracing')
  assert.ok(!chainOf(route({}), spec()).includes('tracing'))
})

test('without tracing there is no trace, and the fields of the request are left alone', () => {
  const { ask, world } = fakeGateway({ ...LOG, routes: [route({})] })
  const { x } = ask('GET', '/', { headers: headersOf([['traceparent', parent('01')]]) })
  assert.deepEqual([x.trace, x.requestEdits, world.spansWritten], [null, null, []])
  assert.equal(world.entries[0]?.traceId, '')
})

test('of a stranger the trace goes on and chance decides; a trusted peer has decided', () => {
  for (const [flags, trusted, chance, kept] of [
    ['01', false, 0.6, 0],
    ['00', false, 0.4, 1],
    ['01', true, 0.6, 1],
    ['00', true, 0.4, 0],
  ] as const) {
    const { x, spans } = asked([['traceparent', parent(flags)]], trusted, chance)
    assert.equal(x.trace?.traceId, TRACE)
    assert.equal(spans.length, kept, `${flags} ${trusted}`)
    if (kept > 0) assert.equal(spans[0]?.parentSpanId, 'b7ad6b7169203331')
  }
})

test('a traceparent that is not valid, or there twice, begins a new trace, without its state', () => {
  for (const fields of [
    [['traceparent', parent('1')]],
    [
      ['traceparent', parent('01')],
      ['traceparent', parent('01')],
    ],
    [],
  ] as const) {
    const { x, spans } = asked([...fields, ['tracestate', 'a=1']], true)
    assert.notEqual(x.trace?.traceId, TRACE)
    assert.deepEqual([spans[0]?.parentSpanId, spans[0]?.traceState, spans[0]?.flags], ['', '', 0x103])
  }
})

test('what goes upstream of the trace is not what the client sent', () => {
  const { x } = asked([['traceparent', parent('01')]])
  assert.ok(x.requestEdits?.removes('traceparent') && x.requestEdits.removes('tracestate'))
  const call = {
    method: 'GET',
    service: 's',
    scheme: 'http',
    host: 'h',
    port: 1,
    authority: 'h:1',
    path: () => '/',
  } as const
  const lines = (trace: typeof x.trace): string => trace?.send(call).lines ?? ''
  assert.match(lines(x.trace), new RegExp(`^traceparent: 00-${TRACE}-(?!b7ad6b7169203331)[0-9a-f]{16}-01\r\n$`))
  const passed = asked(
    [
      ['traceparent', parent('03')],
      ['tracestate', 'a=1'],
    ],
    false,
    0.9,
  ).x
  assert.match(lines(passed.trace), new RegExp(`^traceparent: 00-${TRACE}-[0-9a-f]{16}-02\r\ntracestate: a=1\r\n$`))
  assert.notEqual(lines(passed.trace), lines(passed.trace))
})

test('the span of a request', () => {
  const { ask, world } = scene()
  const { x } = ask('GET', '/a/1', {
    query: '?token=s3cret',
    target: '/a/1?token=s3cret',
    authority: 'h:8443',
    scheme: 'https',
    clientAddress: '192.0.2.1',
    peerAddress: '10.0.0.1',
    startedAt: world.clock.now() - 5,
    headers: headersOf([['user-agent', 'probe']]),
  })
  const [span, ...more] = world.spansWritten
  assert.deepEqual(more, [])
  assert.equal(span?.traceId, x.trace?.traceId)
  assert.deepEqual([span?.name, span?.kind, span?.isError], ['GET /a/{id}', 2, false])
  assert.deepEqual([span!.endMs - span!.startMs, span?.endMs], [5, world.clock.wall()])
  assert.deepEqual(span?.attributes, {
    'http.request.method': 'GET',
    'url.scheme': 'https',
    'url.path': '/a/1',
    'http.route': '/a/{id}',
    'http.response.status_code': 200,
    'server.address': 'h',
    'server.port': 8443,
    'client.address': '192.0.2.1',
    'network.peer.address': '10.0.0.1',
    'network.protocol.version': '1.1',
    'user_agent.original': 'probe',
    'sallyport.route': 'r',
    'sallyport.request_id': 'id-1',
  })
  assert.equal(world.entries[0]?.traceId, span?.traceId)
})

test('what no route takes has a span too, and the access log its trace', () => {
  const { ask, world } = scene()
  ask('GET', '/nowhere', { fault: null })
  const [span] = world.spansWritten
  assert.deepEqual([span?.name, span?.isError], ['GET', false])
  assert.equal(span?.attributes['http.response.status_code'], 404)
  assert.equal(world.entries[0]?.traceId, span?.traceId)
})
