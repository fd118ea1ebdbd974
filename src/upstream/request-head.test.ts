import assert from 'node:assert/strict'
import { test } from 'node:test'
import { HeaderEdits } from '../base/headers.ts'
import { fakeSource } from '../base/testing.ts'
import type { Exchange } from '../core/exchange.ts'
import { isIdentityField } from '../http1/serialize.ts'
import { requestOf } from '../http1/testing.ts'
import { instanceId, isLoop, requestHead, viaOf } from './request-head.ts'
import { exchange } from './testing.ts'

/** The lines that go upstream for a client's field lines; the first two are the request line and `Host`. */
const sent = (fields: readonly string[], given: Partial<Exchange> = {}, via = ''): string[] => {
  const headers = requestOf('GET / HTTP/1.1', 'Host: client.test', ...fields)
  const x = exchange({
    method: 'GET',
    headers,
    authority: 'client.test',
    peerAddress: '192.0.2.7',
    requestId: 'id-1',
    ...given,
  })
  const head = requestHead(x, '/p?q', 'Host: target\r\n', via, isIdentityField)
  assert.ok(head.endsWith('\r\n\r\n'))
  return head.slice(0, -4).split('\r\n')
}

/** What the gateway says of a client nobody vouches for. */
const OURS = [
  'X-Forwarded-For: 192.0.2.7',
  'X-Forwarded-Proto: http',
  'X-Forwarded-Host: client.test',
  'X-Request-Id: id-1',
]
const START = ['GET /p?q HTTP/1.1', 'Host: target']
const trusted = { peerTrusted: true }

test("a plain request: request line, Host of the target, the client's fields, ours", () => {
  assert.deepEqual(sent(['Accept: a', 'X: y']), [...START, 'Accept: a', 'X: y', ...OURS])
})

const dropped = [
  'Connection: keep-alive',
  'Keep-Alive: timeout=5',
  'Proxy-Connection: x',
  'TE: trailers',
  'Upgrade: h2c',
  'HTTP2-Settings: x',
  'Expect: 100-continue',
  'Proxy-Authorization: x',
  'Forwarded: for=1',
  'X-Forwarded-For: 1.1.1.1',
  'X-Forwarded-Proto: https',
  'X-Forwarded-Host: evil',
  'X-Forwarded-Port: 1',
  'X-Forwarded-Server: s',
  'X-Real-IP: 1.1.1.1',
  'X-Request-Id: theirs',
  'X-Consumer: admin',
  'X-Consumer-Role: admin',
  'X-Claim-Sub: admin',
  'X_Forwarded_For: 1.1.1.1',
  'x_consumer: admin',
  'Content_Length: 5',
]

for (const field of dropped) {
  test(`a stranger's "${field}" is not passed on`, () => assert.deepEqual(sent([field]), [...START, ...OURS]))
}

const identity = ['X-Consumer: admin', 'X-Consumer-Role: admin', 'X-Claim-Sub: admin', 'X_Claim_Sub: a', 'Forwarded: x']

test('a trusted proxy may not say who the consumer is either', () => {
  assert.deepEqual(sent(identity, trusted), [...START, ...OURS])
})

test('fields named by Connection end here, except those the message cannot do without', () => {
  const fields = ['Connection: close, X-Hop, Content-Length', 'X-Hop: 1', 'x-hop: 2', 'Content-Length: 3']
  assert.deepEqual(sent(fields, { body: fakeSource(3) }), [...START, 'Content-Length: 3', ...OURS])
})

test('a trusted proxy is believed, and its peer address appended', () => {
  const fields = ['X-Forwarded-For: 203.0.113.1', 'X-Forwarded-For: 203.0.113.2', 'X-Forwarded-Proto: https']
  fields.push('X-Forwarded-Host: shop', 'X-Forwarded-Port: 443', 'X-Real-IP: 203.0.113.1', 'X-Request-Id: theirs')
  assert.deepEqual(sent(fields, trusted), [
    ...START,
    'X-Forwarded-Port: 443',
    'X-Real-IP: 203.0.113.1',
    'X-Forwarded-For: 203.0.113.1, 203.0.113.2, 192.0.2.7',
    'X-Forwarded-Proto: https',
    'X-Forwarded-Host: shop',
    'X-Request-Id: id-1',
  ])
})

test('a trusted proxy that says nothing', () => assert.deepEqual(sent([], trusted), [...START, ...OURS]))

test('the scheme is that of the connection', () => {
  assert.ok(sent([], { scheme: 'https' }).includes('X-Forwarded-Proto: https'))
})

test('Via: ours comes behind what is there, with the version the client spoke; off, nothing is added', () => {
  const via = viaOf('edge')
  assert.equal(via, `edge (${instanceId})\r\n`)
  assert.deepEqual(sent(['Via: 1.0 a'], {}, via), [...START, 'Via: 1.0 a', ...OURS, `Via: 1.1 edge (${instanceId})`])
  for (const version of ['1.0', '1.1', '2'] as const) {
    assert.equal(sent([], { httpVersion: version }, via).at(-1), `Via: ${version} edge (${instanceId})`)
  }
  assert.deepEqual(sent(['Via: 1.0 a']), [...START, 'Via: 1.0 a', ...OURS])
})

test('a loop is our own comment in any Via', () => {
  const loops = (...fields: string[]) => isLoop(exchange({ headers: requestOf('GET / HTTP/1.0', ...fields) }))
  assert.equal(loops('Via: 1.1 a', `Via: 1.0 b, 1.1 other (${instanceId}), 1.1 c`), true)
  assert.equal(loops('Via: 1.1 a (12345678)', `X-Via: (${instanceId})`), false)
  assert.equal(loops(), false)
})

test("framing: a length is the client's, otherwise chunked", () => {
  const known = sent(['Content-Length: 3'], { method: 'POST', body: fakeSource(3) })
  assert.deepEqual(known, ['POST /p?q HTTP/1.1', 'Host: target', 'Content-Length: 3', ...OURS])
  const unknown = sent(['Transfer-Encoding: Chunked'], { method: 'POST', body: fakeSource(-1) })
  assert.deepEqual(unknown, ['POST /p?q HTTP/1.1', 'Host: target', ...OURS, 'Transfer-Encoding: chunked'])
})

test('an upgrade is asked for anew; h2c never', () => {
  const fields = ['Connection: Upgrade, x', 'Upgrade: websocket', 'X: 1', 'Sec-WebSocket-Key: k']
  assert.deepEqual(sent(fields, { upgrade: 'websocket' }), [
    ...START,
    'Sec-WebSocket-Key: k',
    ...OURS,
    'Connection: Upgrade',
    'Upgrade: websocket',
  ])
  assert.deepEqual(sent(['Connection: Upgrade', 'Upgrade: h2c']), [...START, ...OURS])
})

test('edits of policies', () => {
  const requestEdits = new HeaderEdits().set('accept', 'b').remove('x').append('x-consumer', 'me')
  assert.deepEqual(sent(['Accept: a', 'X: y'], { requestEdits }), [...START, 'accept: b', 'x-consumer: me', ...OURS])
})
