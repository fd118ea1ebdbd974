import { spawnSync } from 'node:child_process'
import { createHash, createHmac } from 'node:crypto'
import { Exchange } from '../../src/core/exchange.ts'
import type { Reply } from '../../src/core/reply.ts'
import { noProvisions } from '../../src/core/testing.ts'
import { RequestHead } from '../../src/http1/request-parser.ts'
import { ResponseHead } from '../../src/http1/response-parser.ts'
import { isIdentityField } from '../../src/http1/serialize.ts'
import { compile } from '../../src/runtime/compile.ts'
import { Gateway } from '../../src/runtime/gateway.ts'
import { fakeWorld, route, spec } from '../../src/runtime/testing.ts'
import { newPeer, readRequest } from '../../src/server/request.ts'
import { type Framed, frameReply } from '../../src/server/response-head.ts'
import type { GatewaySpec, RouteSpec } from '../../src/spec/spec.ts'
import { apiKeySpec, jwtSpec, rateLimit } from '../../src/spec/testing.ts'
import { createLimitMemory, localLimitStore } from '../../src/store/limits/limit-store.ts'
import { createAccessLog } from '../../src/telemetry/access-log.ts'
import { requestHead } from '../../src/upstream/request-head.ts'
import { bench } from './loop.ts'

/**
 * All JavaScript of a proxied request but the sockets: both heads scanned, the route and its policies, both heads
 * written. What authentication and limits add to it, with 1,000 clients in turn, is the difference.
 */
const CLIENTS = 1000
const SECRET = Buffer.alloc(32, 7)

const base64url = (value: object): string => Buffer.from(JSON.stringify(value)).toString('base64url')
const tokenOf = (user: number): string => {
  const filler = 'x'.repeat(400)
  const claims = { sub: `user-${user}`, exp: 4_000_000_000, iat: 1_700_000_000, roles: ['user'], filler }
  const input = `${base64url({ alg: 'HS256', typ: 'JWT' })}.${base64url(claims)}`
  return `${input}.${createHmac('sha256', SECRET).update(input).digest('base64url')}`
}
const keyOf = (user: number): string => `sp_${createHash('sha256').update(`${user}`).digest('base64url')}`

const requests = Array.from({ length: CLIENTS }, (_, user) =>
  Buffer.from(
    [
      `GET /api/users/${10_000 + user * 7} HTTP/1.1`,
      'Host: api.example.com',
      'User-Agent: Mozilla/5.0 (X11; Linux x86_64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/124.0 Safari/537.36',
      'Accept: application/json, text/plain, */*',
      'Accept-Encoding: gzip, deflate, br',
      'Accept-Language: en-GB,en;q=0.9,de;q=0.7',
      'Cache-Control: no-cache',
      `Referer: https://www.example.com/account/overview?tab=${user}`,
      'Cookie: sid=9e3779b10000c6ef; theme=dark; consent=1',
      `Authorization: Bearer ${tokenOf(user)}`,
      `X-Api-Key: ${keyOf(user)}`,
      `X-Client-Version: web-4.17.2+build.${1000 + user}`,
      '',
      '',
    ].join('\r\n'),
    'latin1',
  ),
)
const answer = Buffer.from(
  'HTTP/1.1 200 OK\r\nServer: nginx\r\nDate: Thu, 26 Nov 2026 12:00:00 GMT\r\nContent-Type: application/json\r\nContent-Length: 1024\r\nConnection: keep-alive\r\n\r\n',
  'latin1',
)

const gatewayOf = (given: Partial<GatewaySpec>, policies: Partial<RouteSpec>): Gateway => {
  const world = fakeWorld()
  const { meter } = noProvisions()
  const clock = { now: () => 1000, wall: () => 1_800_000_000_000 }
  const limits = localLimitStore(createLimitMemory(100_000, clock.wall()), clock)
  const routes = [route({ match: { kind: 'prefix', pattern: '/api/users' }, ...policies })]
  return new Gateway(
    compile(spec({ ...given, routes }), { ...world, meter, clock, limits, accessLog: null }),
    world.log,
    meter.gauge(''),
  )
}

const framed: Framed = { head: '', framing: 'none', length: 0, keepAlive: true }

const proxied = (gateway: Gateway, logged: boolean) => {
  const head = new RequestHead()
  const upstream = new ResponseHead()
  const peer = newPeer('192.0.2.7', 'http')
  let bytes = 0
  let client = 0
  const flush = (lines: Buffer): void => {
    bytes += lines.length
  }
  const log = createAccessLog({ format: 'json', flush })
  const responder = {
    send: (x: Exchange, reply: Reply): void => {
      bytes += frameReply(x, reply, 'Date: x\r\n', true, framed).head.length
      gateway.finish(x, reply)
    },
  }
  const { plan } = gateway
  const one = (): void => {
    const buf = requests[client]!
    client = client + 1 === CLIENTS ? 0 : client + 1
    head.parse(buf, 0, buf.length)
    const x = new Exchange()
    x.requestId = 'a1b2c3d4-12345'
    readRequest(x, head, peer, plan)
    gateway.handle(x, responder)
    bytes += requestHead(x, x.path, 'Host: upstream\r\n', 'edge (x)\r\n', isIdentityField).length
    upstream.parse(answer, 0, answer.length)
    if (logged) log.write(entryOf(x))
  }
  return (times: number): number => {
    for (let i = 0; i < times; i++) one()
    return bytes
  }
}

const entryOf = (x: Exchange) => ({
  at: 1_800_000_000_000,
  client: x.clientAddress,
  method: x.method,
  target: x.target,
  version: x.httpVersion,
  host: x.authority,
  status: 200,
  code: '',
  bytesIn: 0,
  bytesOut: 1024,
  ms: 1.234,
  upstreamMs: 0.987,
  route: x.route,
  service: x.service,
  upstream: x.upstream,
  traceId: '',
  requestId: x.requestId,
  userAgent: x.headers.get('user-agent') ?? '',
  referer: x.headers.get('referer') ?? '',
  consumer: x.identity === null ? '' : x.identity.consumer || x.identity.subject,
})

const auth: GatewaySpec['auth'] = [
  jwtSpec({ keys: { kind: 'secret', secret: SECRET.toString('base64url') } }),
  apiKeySpec(),
]
const consumers = Array.from({ length: 100 }, (_, consumer) => ({
  name: `consumer-${consumer}`,
  keys: Array.from({ length: 10 }, (_, i) => ({
    hash: createHash('sha256')
      .update(keyOf(consumer * 10 + i))
      .digest('hex'),
    expiresAt: 0,
    disabled: false,
  })),
  roles: [],
  scopes: [],
  tier: '',
}))
const by = (way: string): Partial<RouteSpec> => ({ auth: { need: 'any', ways: [way], optional: false } })
const often = rateLimit({ rate: { count: 1_000_000, perMs: 60_000, burst: 1_000_000 } })
const perClient = { ...often, by: [{ kind: 'header', name: 'x-client-version' } as const] }
const perConsumer = { ...often, by: [{ kind: 'consumer' } as const] }

const measure = async (name: string, policies: Partial<RouteSpec>, logged = false): Promise<void> => {
  const run = proxied(gatewayOf({ auth, consumers }, policies), logged)
  // Tokens are verified the first time, which takes turns of the event loop.
  for (let i = 0; i < 8; i++) {
    run(CLIENTS / 4)
    await new Promise(resolve => setTimeout(resolve, 100))
  }
  await bench(name, run)
}

const VARIANTS: readonly [name: string, policies: Partial<RouteSpec>, logged?: boolean][] = [
  ['a proxied request without its sockets', {}],
  ['  with a token', by('main')],
  ['  with an API key', by('keys')],
  ['  with a limit', { limits: [perClient] }],
  ['  with a limit, without its headers', { limits: [{ ...perClient, headers: 'off' }] }],
  ['  with a line of the access log', {}, true],
  ['  with a token, a limit and a line', { ...by('main'), limits: [perConsumer] }, true],
]

// Each in a process of its own, as a gateway has one configuration: what was compiled for others would count as well.
const [, , wanted] = process.argv
const variant = VARIANTS[Number(wanted)]
if (wanted !== undefined && variant !== undefined) await measure(...variant)
else
  for (const i of VARIANTS.keys()) spawnSync(process.execPath, [import.meta.filename, String(i)], { stdio: 'inherit' })
