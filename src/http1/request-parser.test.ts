import assert from 'node:assert/strict'
import { METHODS } from 'node:http'
import { test } from 'node:test'
import fc from 'fast-check'
import { type Slashes, Target } from '../base/target.ts'
import { linesOf } from '../base/testing.ts'
import { BAD, BAD_VERSION, DEFAULT_LIMITS, MORE, TARGET_TOO_LONG } from './head.ts'
import { RequestHead } from './request-parser.ts'
import { bytesOf, requestOf } from './testing.ts'

const H = 'Host: h'

const good: readonly [lines: readonly string[], expected: Partial<RequestHead>][] = [
  [['GET / HTTP/1.1', H], { method: 'GET', target: '/', minor: 1, host: 'h', keepAlive: true, contentLength: -1 }],
  [['POST /a?b=c HTTP/1.1', H, 'Content-Length: 5'], { method: 'POST', target: '/a?b=c', contentLength: 5 }],
  [['PUT / HTTP/1.1', H, 'Content-Length: 0'], { contentLength: 0, chunked: false }],
  [['POST / HTTP/1.1', H, 'transfer-encoding: Chunked'], { chunked: true, contentLength: -1 }],
  [['GET / HTTP/1.0'], { minor: 0, keepAlive: false, host: undefined }],
  [['GET / HTTP/1.0', 'Connection: keep-alive'], { keepAlive: true }],
  [['GET / HTTP/1.0', 'Connection: keep-alive', 'Connection: close'], { keepAlive: false }],
  [['GET / HTTP/1.1', H, 'Connection: x, close'], { keepAlive: false }],
  [['GET / HTTP/1.1', H, 'Expect: 100-Continue'], { expectContinue: true, expectsMore: false }],
  [['GET / HTTP/1.0', 'Expect: 100-continue'], { expectContinue: false, expectsMore: false }],
  [['GET / HTTP/1.1', H, 'Expect: x'], { expectContinue: false, expectsMore: true }],
  [['OPTIONS * HTTP/1.1', H], { target: '*' }],
  [['CONNECT h:443 HTTP/1.1', H], { method: 'CONNECT', target: 'h:443' }],
  [['CONNECT [::1]:443 HTTP/1.1', H], { target: '[::1]:443' }],
  [['GET http://a/b HTTP/1.1', H], { target: 'http://a/b', host: 'h' }],
  [['GET HTTPS://a:1?b HTTP/1.1', H], { target: 'HTTPS://a:1?b' }],
  [['GET http://[::1] HTTP/1.1', H], { target: 'http://[::1]' }],
  [['GET /~!$&\'()*+,;=:@%7f\\"<>^`{|} HTTP/1.1', H], { target: '/~!$&\'()*+,;=:@%7f\\"<>^`{|}' }],
]

for (const [lines, expected] of good) {
  test(`read: ${lines.join(' ⏎ ')}`, () => {
    const head = requestOf(...lines)
    for (const [key, value] of Object.entries(expected)) assert.equal(head[key as keyof RequestHead], value, key)
  })
}

const bad: readonly [text: string, code: number, reason: RegExp][] = [
  ['GET  / HTTP/1.1', BAD, /request target/],
  ['GET /  HTTP/1.1', BAD, /not HTTP/],
  [' GET / HTTP/1.1', BAD, /request line/],
  ['GET\t/ HTTP/1.1', BAD, /request line/],
  ['GET /', BAD, /request target/],
  ['GET / http/1.1', BAD, /not HTTP/],
  ['GET / HTTP/1.1 ', BAD, /not HTTP/],
  ['GET / HTTP/01.1', BAD, /not HTTP/],
  ['GET / HTTP/1.11', BAD, /not HTTP/],
  ['GET / HTTP/2.0', BAD_VERSION, /not HTTP/],
  ['GET / HTTP/1.2', BAD_VERSION, /not HTTP/],
  ['GET / HTTP/0.9', BAD_VERSION, /not HTTP/],
  ['PRI * HTTP/2.0', BAD_VERSION, /not HTTP/],
  ['\r\n\r\nGET / HTTP/1.1', BAD, /request line/],
  ['\rGET / HTTP/1.1', BAD, /carriage return/],
  ['\nGET / HTTP/1.1', BAD, /request line/],
  ['G@T / HTTP/1.1', BAD, /request line/],
  ['get / HTTP/1.1', BAD, /unknown method/],
  ['GETT / HTTP/1.1', BAD, /unknown method/],
  [`${'A'.repeat(33)} / HTTP/1.1`, BAD, /method is too long/],
  ['GET /\x7f HTTP/1.1', BAD, /request target/],
  ['GET /\u00e9 HTTP/1.1', BAD, /request target/],
  ['GET a HTTP/1.1', BAD, /request target/],
  ['GET * HTTP/1.1', BAD, /request target/],
  ['GET h:80 HTTP/1.1', BAD, /request target/],
  ['GET ftp://a/ HTTP/1.1', BAD, /request target/],
  ['GET http:///a HTTP/1.1', BAD, /request target/],
  ['GET http://a#b HTTP/1.1', BAD, /request target/],
  ['GET http://u@a/ HTTP/1.1', BAD, /request target/],
  ['CONNECT / HTTP/1.1', 0, /./],
  ['CONNECT h HTTP/1.1', BAD, /request target/],
  ['GET / HTTP/1.1\r\nContent-Length: 1', BAD, /^no Host/],
  ['GET / HTTP/1.1\r\nHost:', BAD, /^no Host/],
  ['GET / HTTP/1.1\r\nHost: a\r\nHost: a', BAD, /more than one Host/],
  ['GET / HTTP/1.0\r\nHost: a\r\nhost: b', BAD, /more than one Host/],
  ['GET / HTTP/1.1\r\nHost: a\r\nContent-Length: 1\r\nContent-Length: 1', BAD, /more than one Content-Length/],
  ['GET / HTTP/1.1\r\nHost: a\r\nContent-Length: 1, 1', BAD, /malformed Content-Length/],
  ['GET / HTTP/1.1\r\nHost: a\r\nContent-Length:', BAD, /malformed Content-Length/],
  ['GET / HTTP/1.1\r\nHost: a\r\nContent-Length: 0\r\nTransfer-Encoding: chunked', BAD, /both/],
  ['GET / HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\nContent-Length: 1', BAD, /both/],
  ['GET / HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\nTransfer-Encoding: x', BAD, /more than one Transfer/],
  ['GET / HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: gzip, chunked', BAD, /other than chunked/],
  ['GET / HTTP/1.1\r\nHost: a\r\nTransfer-Encoding:', BAD, /other than chunked/],
  ['GET / HTTP/1.1\r\nHost: a\r\nTransfer-Encoding:\tchunked', BAD, /other than chunked/],
  ['GET / HTTP/1.0\r\nTransfer-Encoding: chunked', BAD, /in HTTP\/1\.0/],
]

for (const [text, code, reason] of bad.filter(row => row[1] !== 0)) {
  const bytes = bytesOf(text)

  test(`refused: ${JSON.stringify(text)}`, () => {
    const head = new RequestHead()
    assert.equal(head.parse(bytes, 0, bytes.length), code)
    assert.match(head.reason, reason)
  })

  test(`refused for the same reason byte by byte: ${JSON.stringify(text)}`, () => {
    const head = new RequestHead()
    let after = MORE
    for (let end = 1; end <= bytes.length && after === MORE; end++) after = head.parse(bytes, 0, end)
    assert.equal(after, code)
  })
}

test('Connection may name a hundred fields, in one field or many; more is an attack on whoever compares them', () => {
  const parse = (...fields: string[]): number => {
    const bytes = bytesOf('GET / HTTP/1.1', H, ...fields)
    return new RequestHead().parse(bytes, 0, bytes.length)
  }
  const names = (count: number): string => Array.from({ length: count }, (_, i) => `x-${i}`).join(',')
  assert.ok(parse(`Connection: ${names(100)}`) > 0)
  assert.equal(parse(`Connection: ${names(101)}`), BAD)
  assert.equal(parse(`Connection: ${names(60)}`, `Connection: ${names(60)}`), BAD)
})

test('one empty line before the request line is forgiven', () => {
  const head = new RequestHead()
  const bytes = bytesOf('\r\nGET /a HTTP/1.1', H)
  assert.equal(head.parse(bytes, 0, 1), MORE)
  assert.equal(head.parse(bytes, 0, bytes.length), bytes.length)
  assert.deepEqual([head.method, head.target, linesOf(head)], ['GET', '/a', ['Host: h']])
})

test('at every split more bytes are asked for, then the head is the same; what follows is left', () => {
  const lines = ['POST /path?q HTTP/1.1', 'Host: example.com', 'Content-Length: 3', 'X:', 'Connection: Keep-Alive, a']
  const head = bytesOf(...lines)
  const bytes = Buffer.concat([Buffer.from('...'), head, Buffer.from('abcGET')])
  for (let end = 3; end <= bytes.length; end++) {
    const parser = new RequestHead()
    const whole = end >= 3 + head.length
    assert.equal(parser.parse(bytes, 3, end), whole ? 3 + head.length : MORE, `at ${end}`)
    if (!whole) continue
    assert.deepEqual([parser.method, parser.target, parser.contentLength], ['POST', '/path?q', 3])
    assert.deepEqual(parser.connection?.others, ['a'])
  }
})

test('the target has a limit of its own, known before the line ends', () => {
  const limits = { ...DEFAULT_LIMITS, targetBytes: 10 }
  const parse = (target: string, cut = 0) => {
    const bytes = bytesOf(`GET ${target} HTTP/1.1`, H)
    return new RequestHead().parse(bytes, 0, cut || bytes.length, limits)
  }
  assert.ok(parse('/123456789') > 0)
  assert.equal(parse('/1234567890'), TARGET_TOO_LONG)
  assert.equal(parse('/12345678901234567890', 20), TARGET_TOO_LONG)
})

test('the methods are those of node:http, no others', () => {
  for (const method of METHODS) {
    const target = method === 'CONNECT' ? 'h:1' : '/'
    assert.equal(requestOf(`${method} ${target} HTTP/1.1`, H).method, method)
  }
})

test('property: a target that is called normal is what normalising gives, however slashes are meant', () => {
  const head = new RequestHead()
  const pieces = fc.constantFrom('/', '.', '..', '//', '?', '#', '%2e', '%', '\\', ';', 'a', 'b.c', '%2F', '~', '"')
  fc.assert(
    fc.property(fc.array(pieces, { maxLength: 8 }), fc.constantFrom('keep', 'merge', 'reject'), (parts, slashes) => {
      const raw = `/${parts.join('')}`
      const request = bytesOf(`GET ${raw} HTTP/1.1`, 'Host: h')
      assert.equal(head.parse(request, 0, request.length), request.length)
      if (!head.targetIsNormal) return
      const [known, judged] = [new Target(), new Target()]
      known.setNormal(head.target, head.queryAt)
      assert.ok(judged.set(raw, slashes as Slashes), raw)
      assert.deepEqual([known.path, known.query], [judged.path, judged.query])
    }),
    { numRuns: 2000 },
  )
})

test('nearly all targets are called normal', () => {
  const head = new RequestHead()
  const called = (raw: string): boolean => {
    const request = bytesOf(`GET ${raw} HTTP/1.1`, 'Host: h')
    return head.parse(request, 0, request.length) === request.length && head.targetIsNormal
  }
  for (const raw of ['/', '/a', '/a/b.c/', '/a?b=%2f//../\\', '/a?b?c', '/a.b..c']) assert.ok(called(raw), raw)
  for (const raw of ['*', 'http://h/', '/a//b', '/./a', '/..', '/%41', '/a\\b', '/a?b#c', '//'])
    assert.ok(!called(raw), raw)
})
