import { createServer, type IncomingMessage, type ServerResponse } from 'node:http'
import { type Dispatcher, Pool } from 'undici'

/**
 * The proxy a careful Node team would write: a `node:http` server, undici's `dispatch` (its fastest way, without
 * streams or promises), headers passed as raw pairs, backpressure both ways. Arguments: port, upstream port.
 */
const [port, upstreamPort] = process.argv.slice(2).map(Number)
const upstream = new Pool(`http://127.0.0.1:${upstreamPort}`, { connections: 128, pipelining: 1 })

const DROPPED = new Set([
  'connection',
  'keep-alive',
  'proxy-connection',
  'te',
  'trailer',
  'transfer-encoding',
  'upgrade',
  'expect',
  'host',
  'x-forwarded-for',
  'x-forwarded-proto',
  'x-forwarded-host',
  'x-request-id',
])
const STRIPPED = ['/api/users/', '/api/search/']
const idPrefix = process.pid.toString(16) + Date.now().toString(16)
let idCount = 0

const pathOf = (url: string): string => {
  for (const prefix of STRIPPED) if (url.startsWith(prefix)) return url.slice(prefix.length - 1)
  return url
}

const requestHeaders = (request: IncomingMessage, id: string): string[] => {
  const raw = request.rawHeaders
  const headers: string[] = []
  for (let i = 0; i < raw.length; i += 2) {
    if (!DROPPED.has(raw[i]!.toLowerCase())) headers.push(raw[i]!, raw[i + 1]!)
  }
  headers.push('X-Forwarded-For', request.socket.remoteAddress ?? '', 'X-Forwarded-Proto', 'http')
  headers.push('X-Forwarded-Host', request.headers.host ?? '', 'X-Request-Id', id)
  return headers
}

const responseHeaders = (raw: readonly Buffer[], id: string): string[] => {
  const headers: string[] = []
  for (let i = 0; i < raw.length; i += 2) {
    const name = raw[i]!.toString('latin1')
    if (!DROPPED.has(name.toLowerCase())) headers.push(name, raw[i + 1]!.toString('latin1'))
  }
  headers.push('X-Request-Id', id)
  return headers
}

const isRaw = (headers: unknown): headers is Buffer[] => Array.isArray(headers) && Buffer.isBuffer(headers[0])

const pass = (request: IncomingMessage, response: ServerResponse): void => {
  const id = `${idPrefix}-${(idCount++).toString(16)}`
  const hasBody = request.headers['content-length'] !== undefined || request.headers['transfer-encoding'] !== undefined
  const handler: Dispatcher.DispatchHandler = {
    onRequestStart(controller) {
      response.once('close', () => {
        if (!response.writableFinished) controller.abort(new Error('client gone'))
      })
    },
    onResponseStart(controller, status) {
      if (status < 200) return
      response.writeHead(status, isRaw(controller.rawHeaders) ? responseHeaders(controller.rawHeaders, id) : [])
      response.on('drain', () => controller.resume())
    },
    onResponseData(controller, chunk) {
      if (!response.write(chunk)) controller.pause()
    },
    onResponseEnd() {
      response.end()
    },
    onResponseError() {
      if (response.headersSent) response.destroy()
      else response.writeHead(502).end()
    },
  }
  upstream.dispatch(
    {
      path: pathOf(request.url ?? '/'),
      method: request.method ?? 'GET',
      headers: requestHeaders(request, id),
      body: hasBody ? request : null,
    },
    handler,
  )
}

const server = createServer({ keepAliveTimeout: 300_000, requestTimeout: 0 }, pass)
server.maxRequestsPerSocket = 0
server.listen(port, '127.0.0.1', 4096)
