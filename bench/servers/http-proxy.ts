import { randomUUID } from 'node:crypto'
import { Agent, createServer } from 'node:http'
import httpProxy from 'http-proxy'

/**
 * The package `http-proxy` as its page shows it, with a keep-alive agent and forwarded headers. Arguments: port, upstream
 * port.
 */
const [port, upstreamPort] = process.argv.slice(2).map(Number)
const proxy = httpProxy.createProxyServer({
  target: `http://127.0.0.1:${upstreamPort}`,
  agent: new Agent({ keepAlive: true, maxSockets: 128, maxFreeSockets: 128 }),
  xfwd: true,
  changeOrigin: true,
})
proxy.on('error', (_error, _request, response) => {
  if (response.headersSent) response.destroy()
  else response.writeHead(502).end()
})

/**
 * The package waits for `aborted` of the request, which comes no more once a request without a body was read. A client that
 * leaves during an answer would keep its upstream connection for ever, and 128 of them would be the end.
 */
proxy.on('proxyReq', (sent, _request, response) => {
  if (response.closed) sent.destroy()
  response.once('close', () => {
    if (!response.writableFinished) sent.destroy()
  })
})

const STRIPPED = /^\/api\/(?:users|search)(?=\/)/

const server = createServer({ keepAliveTimeout: 300_000, requestTimeout: 0 }, (request, response) => {
  const id = randomUUID()
  request.headers['x-request-id'] = id
  response.setHeader('X-Request-Id', id)
  request.url = request.url?.replace(STRIPPED, '') ?? '/'
  proxy.web(request, response)
})
server.maxRequestsPerSocket = 0
server.listen(port, '127.0.0.1', 4096)
