import assert from 'node:assert/strict'
import { readFileSync } from 'node:fs'
import { createSecureServer, createServer, type IncomingHttpHeaders, type ServerHttp2Stream } from 'node:http2'
import { createServer as createTcpServer, type Socket } from 'node:net'
import { type TestContext, test } from 'node:test'
import { createServer as createTlsServer, setDefaultCACertificates } from 'node:tls'
import { ask, probedAt, saying, served } from '../testing/probing.ts'
import { probeTarget } from './probe-target.ts'

const GRPC = { kind: 'grpc', service: '' } as const

interface Asked {
  readonly headers: IncomingHttpHeaders
  readonly body: Buffer
}
type Answer = (stream: ServerHttp2Stream) => void

const answering =
  (answer: Answer, asked: Asked[] = []) =>
  (stream: ServerHttp2Stream, headers: IncomingHttpHeaders): void => {
    const chunks: Buffer[] = []
    stream.on('error', () => {})
    stream.on('data', (chunk: Buffer) => void chunks.push(chunk))
    stream.on('end', () => {
      asked.push({ headers, body: Buffer.concat(chunks) })
      answer(stream)
    })
  }

const serving = (t: TestContext, answer: Answer, asked: Asked[] = []) => {
  const server = createServer()
  server.on('stream', answering(answer, asked))
  server.on('sessionError', () => {})
  return served(t, server)
}

/** A message in its frame, then trailers, with no status when it is empty. */
const says =
  (frame: string, status = '0', httpStatus = 200): Answer =>
  stream => {
    stream.respond({ ':status': httpStatus, 'content-type': 'application/grpc' }, { waitForTrailers: true })
    stream.on('wantTrailers', () => stream.sendTrailers(status === '' ? {} : { 'grpc-status': status }))
    stream.end(Buffer.from(frame, 'hex'))
  }

/** No message, and the status in the head. */
const trailersOnly =
  (status: string): Answer =>
  stream =>
    stream.respond({ ':status': 200, 'grpc-status': status }, { endStream: true })

const SERVING = '00000000020801'
const TABLE: readonly [what: string, answer: Answer, failure: string | null][] = [
  ['SERVING', says(SERVING), null],
  ['NOT_SERVING', says('00000000020802'), 'answered NOT_SERVING'],
  ['SERVICE_UNKNOWN', says('00000000020803'), 'answered SERVICE_UNKNOWN'],
  ['nothing in its message', says('0000000000'), 'answered UNKNOWN'],
  ['a status that there is not', says('00000000020863'), 'answered no health status'],
  ['no message', says(''), 'answered no health status'],
  ['a compressed message', says('01000000020801'), 'answered no health status'],
  ['that it knows no such service', trailersOnly('5'), 'answered with gRPC status 5'],
  ['that it cannot, after a message', says(SERVING, '14'), 'answered with gRPC status 14'],
  ['no status', says(SERVING, ''), 'sent no gRPC status'],
  ['a status that is none', says(SERVING, 'fine'), 'sent no gRPC status'],
  ['404', says('', '', 404), 'answered 404'],
  ['too much', says('00'.repeat(5000)), 'sent too long an answer'],
  ['by taking back the stream', stream => stream.close(2), 'sent no valid HTTP/2 answer (ERR_HTTP2_STREAM_ERROR)'],
  ['by closing the connection', stream => void stream.session!.destroy(), 'closed the connection'],
]

for (const [what, answer, failure] of TABLE) {
  test(`a target that answers ${what}: ${failure ?? 'well'}, and nothing is left`, async t => {
    const server = await serving(t, answer)
    assert.equal(await ask(probedAt(server.port, GRPC)), failure)
    await server.quiet()
  })
}

test('the request is one of gRPC, for the service that is configured', async t => {
  const asked: Asked[] = []
  const { port } = await serving(t, says(SERVING), asked)
  assert.equal(await ask(probedAt(port, { kind: 'grpc', service: 'shop.Orders' }, { authority: 'orders.test' })), null)
  const { ':path': path, ':method': method, ':authority': authority, te, 'content-type': type } = asked[0]!.headers
  assert.deepEqual(
    [method, path, authority, te, type],
    ['POST', '/grpc.health.v1.Health/Check', 'orders.test', 'trailers', 'application/grpc'],
  )
  assert.equal(asked[0]!.headers['grpc-timeout'], '1000m')
  assert.equal(asked[0]!.body.toString('latin1'), '\0\0\0\0\r\n\x0bshop.Orders')
})

test('a target that speaks something else', async t => {
  for (const text of ['HTTP/1.1 400 Bad Request\r\nconnection: close\r\n\r\n', 'x'.repeat(100_000)]) {
    const server = await saying(t, text)
    assert.match((await ask(probedAt(server.port, GRPC)))!, /sent no valid HTTP\/2 answer \(ERR_HTTP2_/)
    await server.quiet()
  }
})

test('a target that closes at once, or is not there', async t => {
  const server = await served(
    t,
    createTcpServer(socket => void socket.end()),
  )
  assert.equal(await ask(probedAt(server.port, GRPC)), 'closed the connection')
  await server.close()
  assert.equal(await ask(probedAt(server.port, GRPC)), 'refused the connection')
})

test('a probe that is given up closes its connection', async t => {
  const asked = Promise.withResolvers<void>()
  const server = await serving(t, () => asked.resolve())
  const giveUp = probeTarget(probedAt(server.port, GRPC), () => {})
  await asked.promise
  giveUp()
  await server.quiet()
})

const pem = (name: string): string =>
  readFileSync(new URL(`../../config/testdata/${name}.pem`, import.meta.url), 'utf8')
const KEYS = { cert: pem('cert'), key: pem('key') }

test('over TLS both agree on HTTP/2, or the target is not well', async t => {
  setDefaultCACertificates([KEYS.cert])
  const asked: Asked[] = []
  const good = createSecureServer(KEYS)
  good.on('stream', answering(says(SERVING), asked))
  const h2 = await served(t, good)
  assert.equal(await ask(probedAt(h2.port, GRPC, { tls: true })), null)
  assert.equal(asked[0]!.headers[':scheme'], 'https')
  await h2.quiet()

  const old = await served(
    t,
    createTlsServer(KEYS, (socket: Socket) => void socket.on('error', () => {})),
  )
  assert.equal(await ask(probedAt(old.port, GRPC, { tls: true })), 'does not speak HTTP/2')
  await old.quiet()
})
