import assert from 'node:assert/strict'
import { createServer, type IncomingMessage } from 'node:http'
import { after, before, test } from 'node:test'
import { createGateway, defineConfig, type Gateway } from '../src/index.ts'
import { type Listening, listen } from './support/listen.ts'
import { openClient } from './support/raw-client.ts'
import { closedPort } from './support/resilience-target.ts'
import { exchange, type RawResponse } from './support/responses.ts'
import { keyHash } from './support/tokens-jwt.ts'

/** `requestHeaders`, `responseHeaders` and `rewriteHost` over real sockets: what services get to see, and clients. */

let upstream: Listening
let gateway: Gateway
let port: number
let last: IncomingMessage | null = null

const THEIRS = ['x-powered-by', 'theirs', 'cache-control', 'no-cache', 'set-cookie', 'theirs=1', 'vary', 'Accept']

before(async () => {
  upstream = await listen(
    createServer((request, response) => {
      last = request
      response.writeHead(200, THEIRS).end('ok')
    }),
  )
  const url = `http://127.0.0.1:${upstream.port}`
  const config = defineConfig({
    listeners: { web: '127.0.0.1:0' },
    admin: false,
    accessLog: false,
    services: {
      app: url,
      kept: { url, host: 'preserve' },
      sticky: { endpoints: [url], balance: { sticky: 'lb' } },
      down: `http://127.0.0.1:${await closedPort()}`,
    },
    auth: { keys: { apiKey: { header: 'x-api-key' } } },
    consumers: { app: { keys: [`sha256:${keyHash('secret-key-1')}`] } },
    defaults: {
      requestHeaders: { set: { 'x-env': 'prod', 'x-level': 'defaults' } },
      responseHeaders: { set: { 'strict-transport-security': 'max-age=31536000' }, remove: ['x-powered-by'] },
    },
    routes: [
      {
        path: '/made/{id}',
        to: 'app',
        requestHeaders: {
          set: {
            'x-id': 'n-{id}',
            'x-q': '{query.q}',
            'x-was': '{headers.x-q}',
            'x-who': '{consumer}',
            'x-braces': '{{}}',
          },
          add: { 'x-more': ['1', '{query.more}'] },
          remove: ['x-secret'],
        },
        responseHeaders: { set: { 'x-id': '{id}', 'x-agent': '{headers.user-agent}', 'x-asked': '{query.q}' } },
      },
      {
        path: '/who',
        to: 'app',
        auth: 'keys',
        requestHeaders: { set: { authorization: 'Basic eA==', 'x-who': '{consumer}' } },
      },
      { path: '/host', to: 'app', rewriteHost: 'shop.example.com' },
      { path: '/host/kept', to: 'kept', rewriteHost: 'shop.example.com' },
      { path: '/down', to: 'down', responseHeaders: { set: { 'content-type': 'x/y', 'cache-control': 'max-age=9' } } },
      {
        path: '/cors',
        to: 'app',
        cors: { origins: '*' as const },
        responseHeaders: { add: { vary: 'X-A' } },
        rateLimit: { by: 'ip', limit: '100/1m' },
      },
      {
        path: '/limited',
        to: 'app',
        rateLimit: { by: 'ip', limit: '100/1m' },
        responseHeaders: { set: { ratelimit: 'mine' } },
      },
      { path: '/sticky', to: 'sticky', responseHeaders: { remove: ['set-cookie'] } },
      { path: '/none', to: 'app', requestHeaders: 'none', responseHeaders: 'none' },
      {
        prefix: '/shop',
        requestHeaders: { set: { 'x-level': 'group' }, add: { 'x-path': 'group' } },
        routes: [
          {
            path: '/own',
            to: 'app',
            requestHeaders: { add: { 'x-level': 'own', 'x-path': 'own' }, remove: ['x-env'] },
          },
        ],
      },
      { path: '/fixed', respond: { text: 'hi' }, responseHeaders: { set: { 'x-a': '1' } } },
    ],
  })
  gateway = await createGateway(config, { log: { info() {}, warn() {}, error() {} } })
  port = (await gateway.start()).listeners[0]!.port
})

after(async () => {
  await upstream.close()
  await gateway.stop()
})

interface Seen {
  readonly response: RawResponse
  /** Values of one field of the request as the service got it. */
  sent(name: string): string[]
}

const ask = async (target: string, ...fields: string[]): Promise<Seen> => {
  last = null
  const client = await openClient(port)
  try {
    const lines = ['Host: gw.test', ...fields].map(line => `${line}\r\n`).join('')
    const response = await exchange(client, `GET ${target} HTTP/1.1\r\n${lines}\r\n`)
    const raw = (last as IncomingMessage | null)?.rawHeaders ?? []
    const sent = (name: string): string[] =>
      raw.flatMap((_, i) => (i % 2 === 0 && raw[i]!.toLowerCase() === name ? [raw[i + 1]!] : []))
    return { response, sent }
  } finally {
    client.destroy()
  }
}

test('values are made of what the request has; what it lacks leaves the field out, and the client’s own too', async () => {
  const { sent, response } = await ask(
    '/made/7?q=a%20b',
    'X-Q: theirs',
    'X-Who: forged',
    'X_Who: forged',
    'X-More: 0',
    'X-Secret: s',
    'User-Agent: tester',
  )
  assert.deepEqual(['x-id', 'x-q', 'x-was', 'x-who', 'x_who', 'x-more', 'x-secret', 'x-braces', 'x-env'].map(sent), [
    ['n-7'],
    ['a b'],
    ['theirs'],
    [],
    [],
    ['0', '1'],
    [],
    ['{}'],
    ['prod'],
  ])
  assert.deepEqual([response.header('x-id'), response.header('x-agent')], ['7', 'tester'])
})

const HOSTILE = [
  '%0d%0aX-Evil:%201',
  '%0aX-Evil:1',
  '%00',
  '%E2%80%A8X-Evil:1',
  '%C4%8AX-Evil:%201',
  '%C4%8D%C4%8A%C4%8D%C4%8AX',
  '%7f%08%1b[31m',
  '%20pad%20',
]

for (const value of HOSTILE) {
  test(`${value} in a query starts no field, here or there`, async () => {
    const { sent, response } = await ask(`/made/1?q=${value}&more=${value}`)
    assert.equal(response.status, 200)
    assert.deepEqual([sent('x-evil'), response.header('x-evil')], [[], undefined])
    const all = [...sent('x-q'), ...sent('x-more'), response.header('x-asked') ?? '']
    assert.equal(all.length, 4)
    for (const one of all) assert.match(one, /^[\x21-\x7e\x80-\xff]+( [\x21-\x7e\x80-\xff]+)*$/)
  })
}

test('escapes that are no text leave the field out', async () => {
  const { sent, response } = await ask('/made/%ff?q=1', 'X-Id: theirs')
  assert.deepEqual([response.status, sent('x-id'), sent('x-q'), response.header('x-id')], [200, [], ['1'], undefined])
})

test('the consumer that was proved, and a credential of the gateway in place of the client’s', async () => {
  const { sent, response } = await ask('/who', 'X-Api-Key: secret-key-1', 'X-Who: root', 'Authorization: Bearer theirs')
  assert.equal(response.status, 200)
  assert.deepEqual(['x-who', 'authorization', 'x-api-key', 'x-consumer'].map(sent), [
    ['app'],
    ['Basic eA=='],
    [],
    ['app'],
  ])
})

test('another Host, whatever the service says; the client’s is still told', async () => {
  for (const path of ['/host', '/host/kept']) {
    const { sent } = await ask(path)
    assert.deepEqual([sent('host'), sent('x-forwarded-host')], [['shop.example.com'], ['gw.test']])
  }
})

test('all answers are edited: of services, fixed ones, errors, and where there is no route', async () => {
  const hsts = async (path: string): Promise<unknown> => (await ask(path)).response.header('strict-transport-security')
  for (const path of ['/host', '/fixed', '/down', '/who', '/nowhere'])
    assert.equal(await hsts(path), 'max-age=31536000', path)
  assert.equal((await ask('/host')).response.header('x-powered-by'), undefined)
  assert.equal((await ask('/fixed')).response.header('x-a'), '1')
})

test('an error stays what it is: of its type, and kept by nobody', async () => {
  const { response } = await ask('/down')
  assert.deepEqual(
    [response.status, response.header('content-type'), response.header('cache-control')],
    [502, 'application/problem+json', 'no-store'],
  )
})

test('what CORS, limits and sticky cookies write goes over it', async () => {
  const { response } = await ask('/cors', 'Origin: https://a.example')
  assert.deepEqual(
    response.headers.filter(([name]) => name.toLowerCase() === 'vary').map(([, value]) => value),
    ['Accept', 'X-A'],
  )
  assert.equal(response.header('access-control-allow-origin'), '*')
  assert.match((await ask('/limited')).response.header('ratelimit') ?? '', /^"default";r=99/)
  const cookies = (await ask('/sticky')).response.headers.filter(([name]) => name.toLowerCase() === 'set-cookie')
  assert.deepEqual(
    cookies.map(([, value]) => value.split('=')[0]),
    ['lb'],
  )
})

test('a route comes after its group, that after the defaults; none forgets both', async () => {
  const { sent } = await ask('/shop/own', 'X-Path: client')
  assert.deepEqual(['x-env', 'x-level', 'x-path'].map(sent), [[], ['group', 'own'], ['client', 'group', 'own']])
  const none = await ask('/none', 'X-Env: client')
  assert.deepEqual([none.sent('x-env'), none.sent('x-level')], [['client'], []])
  assert.deepEqual(
    [none.response.header('strict-transport-security'), none.response.header('x-powered-by')],
    [undefined, 'theirs'],
  )
})
