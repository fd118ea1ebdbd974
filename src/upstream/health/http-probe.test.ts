import assert from 'node:assert/strict'
import { once } from 'node:events'
import { readFileSync } from 'node:fs'
import type { IncomingMessage } from 'node:http'
import { createServer, type Socket } from 'node:net'
import { test } from 'node:test'
import { createServer as createTlsServer, setDefaultCACertificates } from 'node:tls'
import { http } from '../../base/node.ts'
import { ask, probedAt, saying, served } from '../testing/probing.ts'
import type { HttpProbeSpec } from './probe.ts'
import { probeTarget } from './probe-target.ts'

const HTTP: HttpProbeSpec = {
  kind: 'http',
  method: 'GET',
  path: '/healthz',
  host: '',
  headers: [],
  statuses: [[200, 299]],
  body: '',
}
const OK = 'HTTP/1.1 200 OK\r\ncontent-length: 2\r\n\r\nok'
const chunk = (text: string): string => `${text.length.toString(16)}\r\n${text}\r\n`
const CHUNKED = 'HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\n\r\n'
const end = (socket: Socket): void => void socket.end()
const cut = (socket: Socket): void => void socket.resetAndDestroy()

type Row = readonly [
  what: string,
  given: Partial<HttpProbeSpec>,
  says: string,
  then: (s: Socket) => void,
  failure: string | null,
]
const TABLE: readonly Row[] = [
  ['200', {}, OK, () => {}, null],
  ['503', {}, 'HTTP/1.1 503 No\r\ncontent-length: 0\r\n\r\n', () => {}, 'answered 503'],
  [
    'a redirect',
    {},
    'HTTP/1.1 302 Go\r\nlocation: http://127.0.0.1:1/\r\ncontent-length: 0\r\n\r\n',
    () => {},
    'answered 302',
  ],
  [
    'one of several ranges',
    {
      statuses: [
        [100, 199],
        [404, 404],
      ],
    },
    'HTTP/1.1 404 No\r\n\r\n',
    () => {},
    null,
  ],
  ['just beyond a range', { statuses: [[200, 204]] }, 'HTTP/1.1 205 Ok\r\n\r\n', () => {}, 'answered 205'],
  ['HEAD', { method: 'HEAD' }, 'HTTP/1.1 200 OK\r\ncontent-length: 200\r\n\r\n', () => {}, null],
  ['a head alone, when no text is expected', {}, CHUNKED, () => {}, null],
  ['the text', { body: 'ok' }, OK, () => {}, null],
  [
    'the text in two chunks, of a body without end',
    { body: '"up"' },
    `${CHUNKED}${chunk('{"s":"u')}${chunk('p"')}`,
    () => {},
    null,
  ],
  ['another text', { body: 'up' }, OK, () => {}, 'answered without the expected text'],
  ['no body', { body: 'up' }, 'HTTP/1.1 204 No\r\n\r\n', () => {}, 'answered without the expected text'],
  ['a body until the end', { body: 'up' }, 'HTTP/1.1 200 OK\r\n\r\nwell, up', end, null],
  [
    'a body that breaks off',
    { body: 'up' },
    'HTTP/1.1 200 OK\r\ncontent-length: 90\r\n\r\nok',
    end,
    'closed the connection',
  ],
  [
    'a body that is cut',
    { body: 'up' },
    'HTTP/1.1 200 OK\r\ncontent-length: 90\r\n\r\nok',
    cut,
    'closed the connection',
  ],
  ['a bad chunk', { body: 'up' }, `${CHUNKED}zz\r\n`, () => {}, 'sent no valid HTTP answer (HPE_INVALID_CHUNK_SIZE)'],
  ['nothing, and goes', {}, '', end, 'closed the connection'],
  ['nothing, and cuts', {}, '', cut, 'closed the connection'],
  ['garbage', {}, 'SSH-2.0-OpenSSH_9.2\r\n', () => {}, 'sent no valid HTTP answer (HPE_INVALID_CONSTANT)'],
  ['half a head', {}, 'HTTP/1.1 200 OK\r\nx: y', end, 'closed the connection'],
  [
    'a head without end',
    {},
    `HTTP/1.1 200 OK\r\nx: ${'y'.repeat(20_000)}`,
    () => {},
    'sent no valid HTTP answer (HPE_HEADER_OVERFLOW)',
  ],
  ['100 before 200', {}, `HTTP/1.1 100 Continue\r\n\r\nHTTP/1.1 103 Early Hints\r\n\r\n${OK}`, () => {}, null],
  ['100 without end', {}, 'HTTP/1.1 100 Continue\r\n\r\n'.repeat(40), () => {}, 'sent too many informational answers'],
  ['101', {}, 'HTTP/1.1 101 Yes\r\nconnection: upgrade\r\nupgrade: x\r\n\r\n', () => {}, 'answered 101'],
]

for (const [what, given, says, then, failure] of TABLE) {
  test(`a target that answers ${what}: ${failure ?? 'well'}, and nothing is left`, async t => {
    const server = await saying(t, says, then)
    assert.equal(await ask(probedAt(server.port, { ...HTTP, ...given })), failure)
    await server.quiet()
  })
}

test('of a body without end 64 KiB are read', async t => {
  let wanted = 0
  const flood = (socket: Socket): void => {
    while (socket.write(chunk('x'.repeat(1000)))) wanted += 1000
    socket.once('drain', () => flood(socket))
  }
  const server = await saying(t, CHUNKED, flood)
  assert.equal(await ask(probedAt(server.port, { ...HTTP, body: 'up' })), 'answered without the expected text')
  await server.quiet()
  assert.ok(wanted > 0)
})

test('a text beyond the first 64 KiB is not found, one just within them is', async t => {
  for (const [before, failure] of [
    [65_534, null],
    [65_535, 'answered without the expected text'],
  ] as const) {
    const server = await saying(t, `HTTP/1.1 200 OK\r\n\r\n${'x'.repeat(before)}up`, end)
    assert.equal(await ask(probedAt(server.port, { ...HTTP, body: 'up' })), failure)
  }
})

test('nobody listens: refused', async t => {
  const server = await saying(t, OK)
  await server.close()
  assert.equal(await ask(probedAt(server.port, HTTP)), 'refused the connection')
})

test('a probe that is given up closes its connection, whatever it waits for', async t => {
  for (const says of ['', CHUNKED]) {
    const connected = Promise.withResolvers<void>()
    const server = await saying(t, says, () => connected.resolve())
    const giveUp = probeTarget(probedAt(server.port, { ...HTTP, body: 'up' }), () => {})
    await connected.promise
    giveUp()
    await server.quiet()
  }
})

/** The head of the request that a probe sends. */
const requestOf = async (t: Parameters<typeof served>[0], given: Partial<HttpProbeSpec>, authority?: string) => {
  const server = http.createServer()
  const request = once(server, 'request')
  const { port } = await served(t, server)
  const endpoint = { host: 'orders.test', address: '127.0.0.1', basePath: '/v2', ...(authority && { authority }) }
  const answer = ask(probedAt(port, { ...HTTP, ...given }, endpoint))
  const [asked, response] = await request
  response.end()
  assert.equal(await answer, null)
  return asked as IncomingMessage
}

test('the request has the path as it is configured, the name of the target and the headers that were asked for', async t => {
  const plain = await requestOf(t, {}, 'orders.test:81')
  assert.equal(`${plain.method} ${plain.url}`, 'GET /healthz')
  assert.deepEqual(plain.rawHeaders, ['host', 'orders.test:81', 'user-agent', 'sallyport', 'Connection', 'close'])

  const headers = [
    ['x-a', '1'],
    ['x-a', '2'],
    ['User-Agent', 'me'],
  ] as const
  const other = await requestOf(t, { method: 'HEAD', host: 'health.test', headers })
  assert.equal(other.method, 'HEAD')
  assert.deepEqual(
    { ...other.headersDistinct },
    {
      host: ['health.test'],
      'x-a': ['1', '2'],
      'user-agent': ['me'],
      connection: ['close'],
    },
  )
})

test('another port may be asked', async t => {
  const server = await saying(t, OK)
  assert.equal(await ask(probedAt(1, HTTP, {}, { port: server.port })), null)
})

test('a request that cannot be written is a failure, and throws nothing', async t => {
  const server = await saying(t, OK)
  assert.match((await ask(probedAt(server.port, { ...HTTP, headers: [['x', 'a\nb']] })))!, /ERR_INVALID_CHAR/)
  assert.match((await ask(probedAt(server.port, { ...HTTP, path: '/ä ' })))!, /ERR_UNESCAPED_CHARACTERS/)
  await server.quiet()
})

const pem = (name: string): string =>
  readFileSync(new URL(`../../config/testdata/${name}.pem`, import.meta.url), 'utf8')

test('over TLS the certificate must be trusted and for the name of the target, though it has another address', async t => {
  const names: unknown[] = []
  const server = createTlsServer({ cert: pem('cert'), key: pem('key'), ALPNProtocols: ['http/1.1'] }, socket => {
    names.push(socket.servername)
    socket.on('error', () => {})
    socket.once('data', () => socket.write(OK))
  })
  server.on('tlsClientError', () => {})
  const { port, quiet } = await served(t, server)
  const endpoint = { tls: true, host: 'localhost', address: '127.0.0.1', port }
  assert.match((await ask(probedAt(port, HTTP, endpoint)))!, /certificate of the upstream is not trusted/)
  setDefaultCACertificates([pem('cert')])
  assert.equal(await ask(probedAt(port, HTTP, endpoint)), null)
  assert.match((await ask(probedAt(port, HTTP, { ...endpoint, host: 'orders.test' })))!, /is for another name/)
  assert.deepEqual(names, ['localhost'])
  await quiet()
})

test('a target that does not speak TLS is told from one that is not there', async t => {
  const server = await served(
    t,
    createServer(socket => void socket.resume().end('HTTP/1.1 400 Bad\r\n\r\n')),
  )
  assert.match((await ask(probedAt(server.port, HTTP, { tls: true })))!, /failed the TLS handshake/)
  await server.quiet()
})
