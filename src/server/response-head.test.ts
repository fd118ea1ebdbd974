import assert from 'node:assert/strict'
import { test } from 'node:test'
import { headersOf } from '../base/headers.ts'
import { fakeSource } from '../base/testing.ts'
import { Exchange } from '../core/exchange.ts'
import { Reply } from '../core/reply.ts'
import { responseOf } from '../http1/testing.ts'
import { type Framed, frameReply, upgradeHead } from './response-head.ts'

const DATE = 'Date: now\r\n'

const frame = (reply: Reply, given: Partial<Exchange> = {}, keepAlive = true): Framed => {
  const x = Object.assign(new Exchange(), { method: 'GET', requestId: 'id-1', ...given })
  return frameReply(x, reply, DATE, keepAlive, { head: '', framing: 'none', length: 0, keepAlive: false })
}

const linesIn = (head: string): string[] => {
  assert.ok(head.endsWith('\r\n\r\n') && head.indexOf('\r\n\r\n') === head.length - 4)
  return head.slice(0, -4).split('\r\n')
}

// --- framing: every combination ---

const BODIES: Readonly<Record<string, () => Reply['body']>> = {
  nothing: () => null,
  bytes: () => Buffer.from('abc'),
  known: () => fakeSource(3),
  unknown: () => fakeSource(-1),
}

/** What the upstream's head said of the body, if there is one. */
const HEADS: Readonly<Record<string, (status: number) => Reply['headers']>> = {
  ours: () => headersOf([['x-a', 'b']]),
  length: status => responseOf(`HTTP/1.1 ${status} X`, 'X-A: b', 'Content-Length: 3'),
  chunked: status => responseOf(`HTTP/1.1 ${status} X`, 'X-A: b', 'Transfer-Encoding: chunked'),
  close: status => responseOf(`HTTP/1.0 ${status} X`, 'X-A: b'),
}

/** RFC 9112 §6.3 and RFC 9110 §8.6, said once more in other words than the code's. */
const rules = (status: number, method: string, version: string, body: string, head: string) => {
  const never = status < 200 || status === 204
  const silent = never || status === 304 || method === 'HEAD'
  const chunked = !silent && body === 'unknown' && version === '1.1'
  const untilClose = !silent && body === 'unknown' && version === '1.0'
  const framing = silent || body === 'nothing' ? 'none' : chunked ? 'chunked' : untilClose ? 'close' : 'length'
  const told = head === 'length' ? 3 : undefined
  const length = never
    ? undefined
    : silent
      ? body === 'bytes'
        ? 3
        : told
      : body === 'nothing'
        ? 0
        : body === 'unknown'
          ? undefined
          : 3
  return { framing, chunked, length, keepAlive: !untilClose }
}

let combinations = 0
for (const status of [101, 103, 200, 204, 206, 301, 304, 404, 500]) {
  for (const method of ['GET', 'HEAD', 'POST']) {
    for (const version of ['1.0', '1.1'] as const) {
      for (const [body, bodyOf] of Object.entries(BODIES)) {
        for (const [head, headOf] of Object.entries(HEADS)) {
          combinations++
          test(`framing: ${status} ${method} ${version}, body ${body}, head ${head}`, () => {
            const framed = frame(new Reply(status, headOf(status), bodyOf()), { method, httpVersion: version })
            const lines = linesIn(framed.head)
            const values = (name: string) =>
              lines.filter(line => line.toLowerCase().startsWith(`${name}: `)).map(line => line.slice(name.length + 2))
            const rule = rules(status, method, version, body, head)
            assert.equal(framed.framing, rule.framing)
            assert.deepEqual(values('content-length'), rule.length === undefined ? [] : [String(rule.length)])
            assert.deepEqual(values('transfer-encoding'), rule.chunked ? ['chunked'] : [])
            assert.equal(framed.keepAlive, rule.keepAlive)
            const connection = rule.keepAlive ? (version === '1.0' ? ['keep-alive'] : []) : ['close']
            assert.deepEqual(values('connection'), connection)
            if (rule.framing === 'length') assert.equal(framed.length, 3)
            assert.deepEqual(values('x-a'), ['b'])
          })
        }
      }
    }
  }
}

test('that was all of them', () => assert.equal(combinations, 9 * 3 * 2 * 4 * 4))

// --- the rest of the head ---

test("an upstream's head: its fields, our id, our date only where it has none", () => {
  const with_ = responseOf('HTTP/1.1 200 Fine', 'Date: then', 'Server: s', 'X-Request-Id: theirs', 'Content-Length: 0')
  assert.deepEqual(linesIn(frame(new Reply(200, with_)).head), [
    'HTTP/1.1 200 OK',
    'Date: then',
    'Server: s',
    'Content-Length: 0',
    'X-Request-Id: id-1',
  ])
  assert.deepEqual(linesIn(frame(new Reply(200)).head), [
    'HTTP/1.1 200 OK',
    'Content-Length: 0',
    'Date: now',
    'X-Request-Id: id-1',
  ])
})

test('hop-by-hop fields and those named by Connection are not passed on, lengths are not named away', () => {
  const hop = ['Connection: close, X-Hop, Content-Length', 'X-Hop: 1', 'Keep-Alive: timeout=5', 'Upgrade: h2c']
  const headers = responseOf('HTTP/1.1 200 OK', ...hop, 'Proxy-Connection: x', 'TE: x', 'Content-Length: 0', 'X-A: b')
  const lines = linesIn(frame(new Reply(200, headers)).head)
  assert.deepEqual(lines.slice(1, 3), ['Content-Length: 0', 'X-A: b'])
  assert.equal(lines.length, 5)
})

test('a length that is not that of the body is replaced, not repeated', () => {
  const headers = responseOf('HTTP/1.1 200 OK', 'Content-Length: 5')
  const lines = linesIn(frame(new Reply(200, headers, Buffer.from('abc'))).head)
  assert.deepEqual(
    lines.filter(line => /length/i.test(line)),
    ['Content-Length: 3'],
  )
})

test('edits are applied', () => {
  const reply = new Reply(
    200,
    headersOf([
      ['x-a', '1'],
      ['x-b', '2'],
    ]),
  )
  reply.edit.set('x-a', '3').remove('x-b').append('vary', 'origin')
  const lines = linesIn(frame(reply).head)
  assert.deepEqual(
    lines.filter(line => /^(x-[ab]|vary)/.test(line)),
    ['x-a: 3', 'vary: origin'],
  )
})

test('a connection that ends says so, in either version', () => {
  for (const httpVersion of ['1.0', '1.1'] as const) {
    const framed = frame(new Reply(200), { httpVersion }, false)
    assert.deepEqual([linesIn(framed.head).at(-1), framed.keepAlive], ['Connection: close', false])
  }
})

test('an accepted upgrade: their fields, our Connection and Upgrade, no length', () => {
  const fields = ['Connection: upgrade', 'Upgrade: WebSocket', 'Sec-WebSocket-Accept: a', 'Content-Length: 0']
  const x = Object.assign(new Exchange(), { upgrade: 'websocket', requestId: 'id-1' })
  assert.deepEqual(linesIn(upgradeHead(x, new Reply(101, responseOf('HTTP/1.1 101 X', ...fields)))), [
    'HTTP/1.1 101 Switching Protocols',
    'Sec-WebSocket-Accept: a',
    'X-Request-Id: id-1',
    'Connection: Upgrade',
    'Upgrade: websocket',
  ])
})
