import assert from 'node:assert/strict'
import { test } from 'node:test'
import { Exchange } from '../core/exchange.ts'
import { requestOf } from '../http1/testing.ts'
import { compile } from '../runtime/compile.ts'
import { fakeWorld, spec } from '../runtime/testing.ts'
import type { GatewaySpec } from '../spec/spec.ts'
import { newPeer, readRequest } from './request.ts'

interface Given {
  readonly peer?: string
  readonly slashes?: GatewaySpec['slashes']
}

const PROXIES = ['10.0.0.0/8', '::1']

const read = (lines: readonly string[], { peer = '192.0.2.7', slashes = 'keep' }: Given = {}) => {
  const plan = compile(spec({ trustedProxies: PROXIES, slashes }), fakeWorld())
  const from = newPeer(peer, 'http')
  from.trusted = plan.isTrusted(from.address)
  const x = new Exchange()
  const fault = readRequest(x, requestOf(...lines), from, plan)
  return { x, fault }
}

const get = (...fields: readonly string[]): string[] => ['GET / HTTP/1.1', 'Host: h', ...fields]

test('addresses of sockets: v4 in v6 is v4', () => {
  for (const [socket, address] of [
    ['::ffff:192.0.2.7', '192.0.2.7'],
    ['192.0.2.7', '192.0.2.7'],
    ['2001:db8::1', '2001:db8::1'],
    ['::ffff:c000:207', '::ffff:c000:207'],
  ] as const)
    assert.equal(newPeer(socket, 'https').address, address)
})

test('what is read of a head', () => {
  const { x, fault } = read(['POST /a/../b%7e?c=%2e HTTP/1.1', 'Host: Shop.Test:81', 'X: y'])
  assert.equal(fault, null)
  assert.deepEqual([x.method, x.target, x.path, x.query], ['POST', '/a/../b%7e?c=%2e', '/b~', '?c=%2e'])
  assert.deepEqual([x.host, x.authority, x.httpVersion, x.scheme], ['shop.test', 'Shop.Test:81', '1.1', 'http'])
  assert.deepEqual([x.peerAddress, x.clientAddress, x.peerTrusted], ['192.0.2.7', '192.0.2.7', false])
  assert.equal(x.headers.get('x'), 'y')
})

test('HTTP/1.0 may do without Host', () => {
  const { x, fault } = read(['GET / HTTP/1.0'])
  assert.deepEqual([fault, x.httpVersion, x.host, x.authority], [null, '1.0', '', ''])
})

const targets: readonly [target: string, path: string, query: string, host: string][] = [
  ['/a', '/a', '', 'h'],
  ['//a', '//a', '', 'h'],
  ['http://other', '/', '', 'other'],
  ['http://other/', '/', '', 'other'],
  ['http://other?q', '/', '?q', 'other'],
  ['HTTP://OTHER:8080/a/./b?q#', '', '', ''],
  ['http://OTHER:8080/a/./b?q', '/a/b', '?q', 'other'],
  ['https://[::1]:1//b', '//b', '', '[::1]'],
]

for (const [target, path, query, host] of targets) {
  test(`target ${target}`, () => {
    const { x, fault } = read([`GET ${target} HTTP/1.1`, 'Host: h'])
    if (host === '') return assert.equal(fault?.code, 'BAD_REQUEST')
    assert.deepEqual([fault, x.path, x.query, x.host, x.target], [null, path, query, host, target])
  })
}

test('the asterisk is a path of its own', () => {
  const { x, fault } = read(['OPTIONS * HTTP/1.1', 'Host: H'])
  assert.deepEqual([fault, x.path, x.query, x.host], [null, '*', '', 'h'])
})

const refused: readonly [lines: string[], code: string, detail: RegExp][] = [
  [['CONNECT h:1 HTTP/1.1', 'Host: h'], 'METHOD_NOT_ALLOWED', /CONNECT/],
  [['TRACE / HTTP/1.1', 'Host: h'], 'METHOD_NOT_ALLOWED', /TRACE/],
  [get('Expect: 200-maybe'), 'EXPECTATION_FAILED', /100-continue/],
  [['GET / HTTP/1.1', 'Host: a b'], 'BAD_REQUEST', /Host/],
  [['GET / HTTP/1.1', 'Host: a/b'], 'BAD_REQUEST', /Host/],
  [['GET / HTTP/1.1', 'Host: a, b'], 'BAD_REQUEST', /Host/],
  [['GET / HTTP/1.0', 'Host: u@h'], 'BAD_REQUEST', /Host/],
  [['GET http://good/ HTTP/1.1', 'Host: a b'], 'BAD_REQUEST', /Host/],
  [['OPTIONS * HTTP/1.1', 'Host: :1'], 'BAD_REQUEST', /Host/],
  [['GET /%zz HTTP/1.1', 'Host: h'], 'BAD_REQUEST', /hex/],
  [['GET /a\\b HTTP/1.1', 'Host: h'], 'BAD_REQUEST', /backslash/],
  [['GET /%00 HTTP/1.1', 'Host: h'], 'BAD_REQUEST', /control/],
]

for (const [lines, code, detail] of refused) {
  test(`refused: ${lines.join(' ⏎ ')}`, () => {
    const { x, fault } = read(lines)
    assert.equal(fault?.code, code)
    assert.match(fault?.detail ?? '', detail)
    // Log and limits want to know who it was all the same.
    assert.deepEqual([x.method, x.clientAddress], [lines[0]!.split(' ')[0], '192.0.2.7'])
  })
}

test('slashes are treated as the configuration says', () => {
  const path = (slashes: GatewaySpec['slashes']) => {
    const { x, fault } = read(['GET //a//b HTTP/1.1', 'Host: h'], { slashes })
    return fault?.code ?? x.path
  }
  assert.deepEqual([path('keep'), path('merge'), path('reject')], ['//a//b', '/a/b', 'BAD_REQUEST'])
})

test('a Host is judged anew when it changes on a connection, not when it stays', () => {
  const plan = compile(spec(), fakeWorld())
  const peer = newPeer('192.0.2.7', 'http')
  const next = (host: string): string => {
    const x = new Exchange()
    return readRequest(x, requestOf('GET / HTTP/1.1', `Host: ${host}`), peer, plan)?.code ?? x.host
  }
  assert.deepEqual(['a', 'a', 'B', 'x y', 'x y', 'B', 'a'].map(next), [
    'a',
    'a',
    'b',
    'BAD_REQUEST',
    'BAD_REQUEST',
    'b',
    'a',
  ])
})

const clients: readonly [peer: string, forwarded: string[], client: string][] = [
  ['192.0.2.7', ['203.0.113.1'], '192.0.2.7'],
  ['10.0.0.1', [], '10.0.0.1'],
  ['10.0.0.1', ['203.0.113.1'], '203.0.113.1'],
  ['::ffff:10.0.0.1', ['203.0.113.1'], '203.0.113.1'],
  ['::1', ['2001:db8::9'], '2001:db8::9'],
  ['10.0.0.1', ['6.6.6.6, 203.0.113.1'], '203.0.113.1'],
  ['10.0.0.1', ['6.6.6.6', '203.0.113.1,10.0.0.2 ,\t10.0.0.3'], '203.0.113.1'],
  ['10.0.0.1', ['10.0.0.2, 10.0.0.3'], '10.0.0.2'],
  ['10.0.0.1', ['203.0.113.1,, 10.0.0.2'], '10.0.0.2'],
  ['10.0.0.1', ['203.0.113.1,'], '10.0.0.1'],
  ['10.0.0.1', [`6.6.6.6, ${'x'.repeat(65)}`], '10.0.0.1'],
  ['10.0.0.1', ['unknown, 10.0.0.2'], 'unknown'],
]

for (const [peer, forwarded, client] of clients) {
  test(`peer ${peer}, X-Forwarded-For ${forwarded.join(' ⏎ ').slice(0, 40)}: the client is ${client}`, () => {
    const fields = forwarded.map(value => `X-Forwarded-For: ${value}`)
    assert.equal(read(get(...fields), { peer }).x.clientAddress, client)
  })
}

const requestIds: readonly [peer: string, id: string, kept: string][] = [
  ['10.0.0.1', 'abc-1', 'abc-1'],
  ['10.0.0.1', 'a b', ''],
  ['10.0.0.1', 'x'.repeat(129), ''],
  ['192.0.2.7', 'abc-1', ''],
]

for (const [peer, id, kept] of requestIds) {
  test(`request id ${id.slice(0, 10)} of ${peer} is ${kept === '' ? 'not ' : ''}kept`, () => {
    assert.equal(read(get(`X-Request-Id: ${id}`), { peer }).x.requestId, kept)
  })
}
