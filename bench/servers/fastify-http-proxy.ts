import { randomUUID } from 'node:crypto'
import { readFileSync } from 'node:fs'
import httpProxy, { type FastifyHttpProxyOptions } from '@fastify/http-proxy'
import fastify from 'fastify'

/**
 * Fastify with `@fastify/http-proxy`, over undici. Its cache of parsed addresses is off: no gateway's paths fit into a
 * hundred. Arguments: port, upstream port, and for a table of many routes a JSON file with the prefixes that are passed on
 * as they are, in place of the usual ones.
 */
const [port, upstreamPort] = process.argv.slice(2, 4).map(Number)
const PASSED = ['orders', 'products', 'carts', 'reports', 'exports', 'uploads', 'dashboard'].map(name => `/api/${name}`)
const table = process.argv[4] === undefined ? null : (JSON.parse(readFileSync(process.argv[4], 'utf8')) as string[])
const stripped = table === null ? ['/api/users', '/api/search'] : ['/api/users']

const options = {
  upstream: `http://127.0.0.1:${upstreamPort}`,
  undici: { connections: 128, pipelining: 1 },
  disableCache: true,
  disableRequestLogging: true,
  replyOptions: {
    rewriteRequestHeaders: (request, headers) =>
      Object.assign(headers, {
        'x-forwarded-for': request.ip,
        'x-forwarded-proto': request.protocol,
        'x-forwarded-host': request.headers.host,
        'x-request-id': request.id,
      }),
    rewriteHeaders: (headers, request) => Object.assign(headers, { 'x-request-id': request?.id }),
  },
} satisfies FastifyHttpProxyOptions

const app = fastify({ genReqId: () => randomUUID(), keepAliveTimeout: 300_000, bodyLimit: 2 ** 30 })
app.register(httpProxy, { ...options, routes: (table ?? PASSED).map(prefix => `${prefix}/*`) })
for (const prefix of stripped) {
  app.register(httpProxy, { ...options, prefix, rewritePrefix: '/' })
}
await app.listen({ port: port!, host: '127.0.0.1', backlog: 4096 })
