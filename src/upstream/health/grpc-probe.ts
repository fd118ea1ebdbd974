import type { ClientHttp2Stream, IncomingHttpHeaders } from 'node:http2'
import { checkRequest, SERVING, servingStatus } from './grpc-message.ts'
import { type Opened, open } from './open.ts'
import type { Done, Failure, GrpcProbeSpec, Probed } from './probe.ts'
import { why } from './why.ts'

/** 14 MB in the thread that asks for it. */
const loadHttp2 = () => process.getBuiltinModule('node:http2')

const MOST_BYTES = 4096

/** `grpc.health.v1.Health/Check`: over HTTP/2, agreed on by ALPN with TLS and taken for granted without. */
export const grpcProbe = (probed: Probed, spec: GrpcProbeSpec, done: Done): (() => void) => {
  const { socket } = open(probed, 'h2', done, opened => ask(probed, spec, opened))
  return () => void socket.destroy()
}

const ask = ({ endpoint, health }: Probed, spec: GrpcProbeSpec, { socket, end }: Opened): void => {
  if ('alpnProtocol' in socket && socket.alpnProtocol !== 'h2') return end('does not speak HTTP/2')
  const session = loadHttp2().connect('http://target', {
    createConnection: () => socket,
    settings: { enablePush: false },
    maxSessionMemory: 1,
  })
  session.on('error', error => end(why(error)))
  const stream = session.request({
    ':method': 'POST',
    ':scheme': endpoint.tls ? 'https' : 'http',
    ':authority': endpoint.authority,
    ':path': '/grpc.health.v1.Health/Check',
    te: 'trailers',
    'content-type': 'application/grpc',
    'user-agent': 'sallyport',
    'grpc-timeout': `${Math.min(health.timeoutMs, 99_999_999)}m`,
  })
  listen(stream, end)
  stream.end(checkRequest(spec.service))
}

const listen = (stream: ClientHttp2Stream, end: Done): void => {
  const chunks: Buffer[] = []
  let length = 0
  let status: IncomingHttpHeaders[string]
  stream.on('response', headers => {
    if (headers[':status'] !== 200) return end(`answered ${headers[':status']}`)
    // Without a message there are no trailers of their own.
    status = headers['grpc-status']
  })
  stream.on('data', (chunk: Buffer) => {
    chunks.push(chunk)
    length += chunk.length
    if (length > MOST_BYTES) end('sent too long an answer')
  })
  stream.on('trailers', trailers => {
    status = trailers['grpc-status']
  })
  stream.on('error', error => end(why(error)))
  stream.on('close', () => end(failureOf(status, Buffer.concat(chunks))))
}

const STATUSES = ['UNKNOWN', 'SERVING', 'NOT_SERVING', 'SERVICE_UNKNOWN']

const failureOf = (grpcStatus: unknown, frame: Buffer): Failure => {
  if (typeof grpcStatus !== 'string' || !/^\d{1,3}$/.test(grpcStatus)) return 'sent no gRPC status'
  if (grpcStatus !== '0') return `answered with gRPC status ${grpcStatus}`
  const status = servingStatus(frame)
  return status === SERVING ? null : `answered ${STATUSES[status] ?? 'no health status'}`
}
