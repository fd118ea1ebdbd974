import assert from 'node:assert/strict'
import { test } from 'node:test'
import { BAD, MORE, TOO_LARGE } from './head.ts'
import { ResponseHead } from './response-parser.ts'
import { bytesOf, responseOf } from './testing.ts'

const good: readonly [lines: readonly string[], expected: Partial<ResponseHead>][] = [
  [['HTTP/1.1 200 OK'], { status: 200, minor: 1, keepAlive: true, contentLength: -1, chunked: false }],
  [['HTTP/1.1 200 '], { status: 200 }],
  [['HTTP/1.1 200'], { status: 200 }],
  [['HTTP/1.1 404 N\u00f6 \t way'], { status: 404 }],
  [['HTTP/1.0 200 OK'], { minor: 0, keepAlive: false }],
  [['HTTP/1.0 200 OK', 'Connection: keep-alive'], { keepAlive: true }],
  [['HTTP/1.1 200 OK', 'Connection: close'], { keepAlive: false }],
  [['HTTP/1.1 100 Continue'], { status: 100 }],
  [['HTTP/1.1 599 x'], { status: 599 }],
  [['HTTP/1.1 200 OK', 'Content-Length: 12'], { contentLength: 12 }],
  [['HTTP/1.1 200 OK', 'Transfer-Encoding: chunked'], { chunked: true }],
  [['HTTP/1.1 200 OK', 'Keep-Alive: timeout=5, max=100'], { keepAliveSeconds: 5 }],
  [['HTTP/1.1 200 OK', 'Keep-Alive: max=1,timeout=7'], { keepAliveSeconds: 7 }],
  [['HTTP/1.1 200 OK', 'Keep-Alive: mytimeout=7'], { keepAliveSeconds: -1 }],
  [['HTTP/1.1 200 OK', 'Keep-Alive: timeout=-1'], { keepAliveSeconds: -1 }],
  [['HTTP/1.1 200 OK', 'Host: a', 'Host: b'], { status: 200 }],
]

for (const [lines, expected] of good) {
  test(`read: ${lines.join(' ⏎ ')}`, () => {
    const head = responseOf(...lines)
    for (const [key, value] of Object.entries(expected)) assert.equal(head[key as keyof ResponseHead], value, key)
  })
}

const bad: readonly [text: string, reason: RegExp][] = [
  ['http/1.1 200 OK', /not an HTTP\/1/],
  ['HTTP/2.0 200 OK', /not an HTTP\/1/],
  [' HTTP/1.1 200 OK', /not an HTTP\/1/],
  ['\r\nHTTP/1.1 200 OK', /not an HTTP\/1/],
  ['<html>', /not an HTTP\/1/],
  ['HTTP/1.2 200 OK', /version/],
  ['HTTP/1.1  200 OK', /status/],
  ['HTTP/1.1\t200 OK', /status line/],
  ['HTTP/1.1 099 x', /outside 100 to 599/],
  ['HTTP/1.1 600 x', /outside 100 to 599/],
  ['HTTP/1.1 2x0 x', /outside 100 to 599/],
  ['HTTP/1.1 20 xx', /outside 100 to 599/],
  ['HTTP/1.1 2000 x', /status line/],
  ['HTTP/1.1 200\tOK', /status line/],
  ['HTTP/1.1 200 O\0K', /status line/],
  ['HTTP/1.1 200 O\nK', /status line/],
  ['HTTP/1.1 200 O\rK', /status line/],
  ['HTTP/1.1 200 OK\r\nContent-Length: 1\r\nContent-Length: 1', /more than one Content-Length/],
  ['HTTP/1.1 200 OK\r\nContent-Length: -1', /malformed Content-Length/],
  ['HTTP/1.1 200 OK\r\nContent-Length: 1\r\nTransfer-Encoding: chunked', /both/],
  ['HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\nTransfer-Encoding: chunked', /more than one Transfer/],
  ['HTTP/1.1 200 OK\r\nTransfer-Encoding: gzip', /other than chunked/],
  ['HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\t', /other than chunked/],
  ['HTTP/1.0 200 OK\r\nTransfer-Encoding: chunked', /in HTTP\/1\.0/],
  ['HTTP/1.1 200 OK\r\nA : b', /field name/],
  ['HTTP/1.1 200 OK\r\nA: b\r\n c', /field name/],
]

for (const [text, reason] of bad) {
  test(`refused, whole and byte by byte: ${JSON.stringify(text)}`, () => {
    const bytes = bytesOf(text)
    const head = new ResponseHead()
    assert.equal(head.parse(bytes, 0, bytes.length), BAD)
    assert.match(head.reason, reason)
    let after = MORE
    for (let end = 1; end <= bytes.length && after === MORE; end++) after = head.parse(bytes, 0, end)
    assert.equal(after, BAD)
  })
}

test('at every split more bytes are asked for, then the head is the same; what follows is left', () => {
  for (const lines of [['HTTP/1.1 200'], ['HTTP/1.1 200 OK', 'Content-Length: 3', 'X-A: b']]) {
    const head = bytesOf(...lines)
    const bytes = Buffer.concat([Buffer.from('...'), head, Buffer.from('abc')])
    for (let end = 3; end <= bytes.length; end++) {
      const whole = end >= 3 + head.length
      assert.equal(new ResponseHead().parse(bytes, 3, end), whole ? 3 + head.length : MORE, `at ${end}`)
    }
  }
})

test('a reason that never ends is too large', () => {
  const bytes = Buffer.from(`HTTP/1.1 200 ${'x'.repeat(20_000)}`)
  assert.equal(new ResponseHead().parse(bytes, 0, bytes.length), TOO_LARGE)
})

test('the reused table forgets the message before', () => {
  const head = responseOf(
    'HTTP/1.1 200 OK',
    'Connection: close, x',
    'Transfer-Encoding: chunked',
    'Keep-Alive: timeout=3',
  )
  const next = bytesOf('HTTP/1.1 204 No Content')
  assert.equal(head.parse(next, 0, next.length), next.length)
  assert.deepEqual([head.status, head.chunked, head.keepAlive, head.connection], [204, false, true, null])
  assert.deepEqual([head.keepAliveSeconds, head.count], [-1, 0])
})
