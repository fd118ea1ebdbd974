import assert from 'node:assert/strict'
import { test } from 'node:test'
import { BytesSource } from '../base/bytes-source.ts'
import { Fault } from '../base/errors.ts'
import { HeaderEdits, headersOf } from '../base/headers.ts'
import { fakeSource, linesOf } from '../base/testing.ts'
import { Exchange } from '../core/exchange.ts'
import type { AggregateSpec, BranchSpec, JsonTemplate } from '../spec/spec-aggregate.ts'
import { FakeServices, turn } from './testing/fake-services.ts'
import { someone } from './testing/inputs.ts'
import { aggregateSpec, branchSpec, ref } from './testing/specs.ts'

/** The request that branch `a` makes, for one of a client. */
const asked = (branch: Partial<BranchSpec>, x: Partial<Exchange> = {}, spec: Partial<AggregateSpec> = {}): Exchange => {
  const services = new FakeServices()
  services.run(aggregateSpec([branchSpec('a', branch)], spec), {}, Object.assign(new Exchange(), x))
  const [visit] = services.visits
  assert.ok(visit !== undefined, 'nothing was asked')
  return visit.x
}

const FROM_CLIENT = headersOf([
  ['host', 'api.example.com'],
  ['accept', 'text/html'],
  ['accept-encoding', 'br'],
  ['accept-language', 'de'],
  ['authorization', 'Bearer secret'],
  ['content-type', 'text/plain'],
  ['cookie', 'sid=1'],
  ['traceparent', '00-1-2-01'],
  ['tracestate', 'a=1'],
  ['via', '1.1 edge'],
  ['x-forwarded-for', '203.0.113.9'],
  ['x-tenant', 'one'],
  ['x-tenant', 'two'],
])

test('towards a service go trace, language and what was asked for by name; nothing else of the client', () => {
  assert.deepEqual(linesOf(asked({}, { headers: FROM_CLIENT }).headers), [
    'accept: application/json',
    'accept-encoding: gzip',
    'traceparent: 00-1-2-01',
    'tracestate: a=1',
    'accept-language: de',
    'via: 1.1 edge',
  ])
  const passed = linesOf(
    asked({}, { headers: FROM_CLIENT }, { passHeaders: ['x-tenant', 'authorization', 'x-none'] }).headers,
  )
  assert.deepEqual(passed.slice(6), ['x-tenant: one', 'x-tenant: two', 'authorization: Bearer secret'])
})

test('what is ours to say is not said twice, whatever is to be passed on', () => {
  const passHeaders = [
    'accept',
    'accept-encoding',
    'accept-language',
    'content-type',
    'content-length',
    'traceparent',
    'via',
  ]
  assert.equal(asked({}, { headers: FROM_CLIENT }, { passHeaders }).headers.count, 6)
})

test('a credential that a gate took out does not come back', () => {
  const requestEdits = new HeaderEdits().remove('authorization').set('cookie', 'theme=dark')
  const { headers } = asked({}, { headers: FROM_CLIENT, requestEdits }, { passHeaders: ['authorization', 'cookie'] })
  assert.deepEqual([headers.all('authorization'), headers.all('cookie')], [[], ['theme=dark']])
})

test('the chain of a trusted proxy goes on', () => {
  const { headers } = asked({}, { headers: FROM_CLIENT, peerTrusted: true })
  assert.deepEqual(headers.all('x-forwarded-for'), ['203.0.113.9'])
})

test('a service learns who the client is; what the configuration says counts more', () => {
  const identity = someone({
    headers: new HeaderEdits().append('x-consumer', 'shop').append('x-claim-sub', 'u1'),
  })
  assert.deepEqual(asked({}, { identity }).requestEdits?.added, [
    ['x-consumer', 'shop'],
    ['x-claim-sub', 'u1'],
  ])
  const headers: BranchSpec['headers'] = [
    ['x-claim-sub', ['user-', ref('params.id')]],
    ['x-more', ['1']],
  ]
  const x = asked({ headers }, { identity, params: ['7'], paramNames: ['id'] })
  assert.deepEqual(x.requestEdits?.added, [
    ['x-consumer', 'shop'],
    ['x-claim-sub', 'user-7'],
    ['x-more', '1'],
  ])
})

test('the request is on behalf of the same client', () => {
  const given = {
    method: 'HEAD',
    scheme: 'https',
    host: 'api.example.com',
    authority: 'api.example.com:8443',
    httpVersion: '1.0',
    peerAddress: '192.0.2.1',
    clientAddress: '203.0.113.9',
    peerTrusted: true,
    listener: 'web',
    requestId: 'r1',
    route: 'dashboard',
    params: ['7'],
    paramNames: ['id'],
    identity: someone(),
    startedAt: 900_000,
    path: '/api/dashboard',
    query: '?x=1',
  } as const
  const x = asked({ path: ['/v1/users/', ref('params.id'), '?full=true'] }, given)
  const { method, path, query, ...same } = given
  const copied = Object.fromEntries(Object.keys(same).map(key => [key, x[key as keyof typeof same]]))
  assert.deepEqual(copied, same)
  assert.deepEqual(
    [x.method, x.path, x.query, x.target, x.body],
    ['GET', '/v1/users/7', '?full=true', '/v1/users/7?full=true', null],
  )
  assert.equal(x.deadlineAt, 1_000_500)
})

test('a JSON body is sent with its type and length', () => {
  const body: JsonTemplate = {
    kind: 'object',
    members: [
      ['id', { kind: 'ref', ref: ref('params.id') }],
      ['name', { kind: 'literal', value: 'ü' }],
    ],
  }
  const services = new FakeServices()
  services.run(
    aggregateSpec([branchSpec('a', { method: 'POST', body }), branchSpec('b')]),
    {},
    Object.assign(new Exchange(), { params: ['7'], paramNames: ['id'] }),
  )
  const [a, b] = services.visits
  assert.equal(a?.body, '{"id":"7","name":"ü"}')
  assert.deepEqual(linesOf(a.x.headers).slice(2), ['content-type: application/json', 'content-length: 22'])
  // Retries send it again.
  assert.ok(a.x.body instanceof BytesSource)
  assert.deepEqual([a.x.method, a.x.body?.length, b?.x.body, b?.x.headers.count], ['POST', 22, null, 2])
})

for (const [what, branch] of [
  ['a path', { path: ['/', ref('query.x')] }],
  ['a header', { headers: [['x-a', [ref('query.x')]]] }],
  ['a body', { body: { kind: 'ref', ref: ref('query.x') } }],
] as const satisfies readonly (readonly [string, Partial<BranchSpec>])[]) {
  test(`a branch without a value for ${what} is not asked, which is an error of that branch`, () => {
    const services = new FakeServices()
    const run = services.run(aggregateSpec([branchSpec('a'), branchSpec('b', branch)]), {})
    assert.deepEqual([run.answer[1], run.partial, services.visits.length], ['{"a":{},"b":null}', 'b;reason=invalid', 1])
  })
}

for (const value of ['a\r\nx-b: c', '\u0000', '日本', 'x'.repeat(9000)]) {
  test(`a header does not take ${JSON.stringify(value.slice(0, 20))}`, () => {
    const services = new FakeServices()
    const x = Object.assign(new Exchange(), { identity: someone({ claims: { v: value } }) })
    const branches = [branchSpec('a', { headers: [['x-a', [ref('claims.v')]]] }), branchSpec('b')]
    assert.equal(services.run(aggregateSpec(branches), {}, x).partial, 'a;reason=invalid')
  })
}

// The body of the request itself.

const BODY: Partial<BranchSpec> = { method: 'POST', body: { kind: 'ref', ref: ref('body.items') } }
const NEEDS_BODY = aggregateSpec([branchSpec('a', BODY), branchSpec('b')], { maxBytes: 100 })

const sends = (text: string, headers: readonly (readonly [string, string])[] = []) => {
  const services = new FakeServices()
  const source = fakeSource(-1)
  const x = Object.assign(new Exchange(), { method: 'POST', body: source, headers: headersOf(headers) })
  const run = services.run(NEEDS_BODY, {}, x)
  const bytes = Buffer.from(text)
  const finish = async (): Promise<void> => {
    if (bytes.length === 0) source.sink?.end(null)
    else source.sink?.write(bytes, 0, bytes.length, true)
    await turn()
  }
  return { services, run, source, finish }
}

test('nothing is asked before the body is there, and then what it says', async () => {
  const { services, run, finish } = sends('{"items": [1, {"id": "x"}]}')
  await services.pass(400)
  assert.equal(services.visits.length, 0)
  await finish()
  assert.deepEqual(
    [run.answer, services.visits[0]?.body, services.timers.pending],
    [[200, '{"a":{},"b":{}}'], '[1,{"id":"x"}]', 0],
  )
})

test('a slow body takes nothing of the time for the services', async () => {
  const { services, run, finish } = sends('{"items": 1}')
  await services.pass(600)
  await finish()
  assert.deepEqual([run.at, run.answer[0], run.partial], [600, 200, ''])
})

for (const [what, text, headers, code] of [
  ['not JSON', '{"items": 1', [], 'BAD_REQUEST'],
  ['too large', `{"items": "${'x'.repeat(100)}"}`, [], 'BODY_TOO_LARGE'],
  ['packed', '{"items": 1}', [['content-encoding', 'gzip']], 'BAD_REQUEST'],
] as const) {
  test(`a body that is ${what} is ${code}, and nothing is asked`, async () => {
    const { services, run, finish } = sends(text, headers)
    await finish()
    assert.deepEqual([run.reply?.fault?.code, services.visits.length, run.x.onCancel], [code, 0, null])
  })
}

test('an empty body has no values', async () => {
  const { run, finish } = sends('')
  await finish()
  assert.deepEqual([run.answer[0], run.partial], [200, 'a;reason=invalid'])
})

test('a body that breaks is the answer', async () => {
  const { run, source } = sends('')
  source.sink?.abort(new Fault('REQUEST_TIMEOUT'))
  await turn()
  assert.equal(run.reply?.fault?.code, 'REQUEST_TIMEOUT')
})

test('the client leaves in the middle of its body', async () => {
  const { services, run, source, finish } = sends('{}')
  run.x.cancel(new Fault('CLIENT_GONE'))
  await finish()
  assert.deepEqual(
    [run.reply?.fault?.code, source.log, services.visits.length],
    ['CLIENT_GONE', ['cancel CLIENT_GONE'], 0],
  )
})

test('the deadline of the request ends the wait for its body', async () => {
  const services = new FakeServices()
  const source = fakeSource(-1)
  const x = Object.assign(new Exchange(), { method: 'POST', body: source, deadlineAt: services.startedAt + 100 })
  const run = services.run(NEEDS_BODY, {}, x)
  await services.pass(200)
  assert.deepEqual([run.at, run.reply?.fault?.code, source.log], [100, 'UPSTREAM_TIMEOUT', ['cancel UPSTREAM_TIMEOUT']])
})

test('once the body is there, its time is over and nobody cancels it', async () => {
  for (const isThere of [true, false]) {
    const services = new FakeServices()
    const bytes = Buffer.from('{"items": 1}')
    const source = fakeSource(-1, sink => void (isThere && sink.write(bytes, 0, bytes.length, true)))
    const x = Object.assign(new Exchange(), { method: 'POST', body: source, deadlineAt: services.startedAt + 100 })
    const run = services.run(NEEDS_BODY, { a: { after: Number.POSITIVE_INFINITY } }, x)
    if (!isThere) source.sink?.write(bytes, 0, bytes.length, true)
    await turn()
    // That of the whole.
    assert.equal(services.timers.pending, 1)
    x.cancel(new Fault('CLIENT_GONE'))
    assert.deepEqual([run.reply?.fault?.code, source.log, services.timers.pending], ['CLIENT_GONE', [], 0])
  }
})

test('a body that nothing refers to is not read', () => {
  const services = new FakeServices()
  const source = fakeSource(10, () => assert.fail('it was read'))
  const x = Object.assign(new Exchange(), { method: 'POST', body: source })
  const run = services.run(aggregateSpec([branchSpec('a')]), {}, x)
  assert.deepEqual([run.answer, source.log], [[200, '{"a":{}}'], ['cancel CLIENT_GONE']])
})
