import assert from 'node:assert/strict'
import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http'
import { connect } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { after, afterEach, before, test } from 'node:test'
import { z } from 'zod'
import {
  aggregate,
  type Config,
  ConfigError,
  createGateway,
  defineConfig,
  type Gateway,
  handler,
  optional,
  required,
  respond,
  service,
} from '../src/index.ts'
import { definePlugin } from '../src/plugin.ts'
import { issuerKey, startIssuer } from './support/issuer.ts'
import { type Listening, listen } from './support/listen.ts'
import { redisAvailable, startRedis } from './support/redis.ts'
import { trackResources } from './support/resources.ts'
import { signedToken } from './support/tokens-jwt.ts'
import { until } from './support/until.ts'

// `createGateway`: a gateway in the thread of whoever made it, over real sockets.

type Answer = (request: IncomingMessage, response: ServerResponse) => void

const echo: Answer = (request, response) => {
  const pieces: Buffer[] = []
  request.on('data', piece => pieces.push(piece))
  request.on('end', () => {
    const { method, url, headers } = request
    response.writeHead(200, { 'content-type': 'application/json', 'set-cookie': ['a=1', 'b=2'], 'x-two': ['1', '2'] })
    response.end(JSON.stringify({ method, url, headers, body: Buffer.concat(pieces).toString() }))
  })
}

let upstream: Listening
let answer: Answer = echo

before(async () => {
  upstream = await listen(createServer((request, response) => answer(request, response)))
})
after(() => upstream.close())

const quiet = { info() {}, warn() {}, error() {} }

/** Stopped after its test, however that ends: a gateway that is left would keep this process. */
const made: Gateway[] = []
const make = async (...given: Parameters<typeof createGateway>): Promise<Gateway> => {
  const gateway = await createGateway(...given)
  made.push(gateway)
  return gateway
}
afterEach(async () => {
  for (const gateway of made.splice(0)) await gateway.stop({ drain: false })
})

const configOf = (routes: Config['routes'], more: Partial<Config> = {}): Config => ({
  listeners: { web: '127.0.0.1:0' },
  services: { users: { url: `http://127.0.0.1:${upstream.port}`, connections: { idle: '1s' } } },
  ...more,
  routes,
})

const say = (text: string): Config => configOf([{ path: '/', respond: { body: text } }])
/** The value of one series; undefined when there is none. */
const metric = (gateway: Gateway, series: string): string | undefined =>
  gateway
    .metrics()
    .split('\n')
    .find(line => line.startsWith(`${series} `))
    ?.slice(series.length + 1)

const textAt = async (url: string): Promise<string> => (await fetch(url, { headers: { connection: 'close' } })).text()

test('it serves where it says that it does, until it is stopped', async () => {
  const gateway = await make(say('hello'), { log: quiet })
  assert.deepEqual(gateway.addresses(), { url: '', listeners: [] })
  const { url, listeners, admin } = await gateway.start()
  assert.equal(await textAt(url), 'hello')
  assert.equal(listeners[0]?.name, 'web')
  assert.equal(url, `http://127.0.0.1:${listeners[0]?.port}`)
  assert.equal(admin, undefined)
  assert.deepEqual(await gateway.start(), gateway.addresses())
  await gateway.stop()
  await gateway.stop()
  await assert.rejects(fetch(url))
  await assert.rejects(gateway.start(), /was stopped/)
  await assert.rejects(gateway.inject('/'), /was stopped/)
  await assert.rejects(gateway.reload(say('x')), /was stopped/)
  assert.deepEqual(gateway.addresses(), { url: '', listeners: [] })
})

test('an admin listener that is configured tells how it is; metrics say the same', async () => {
  const gateway = await make({ ...say('hello'), admin: '127.0.0.1:0' }, { log: quiet })
  assert.equal(gateway.metrics(), '')
  const { url, admin } = await gateway.start()
  assert.equal((await fetch(`${admin?.url}/readyz`)).status, 200)
  await textAt(url)
  const series = 'sallyport_requests_total{route="/",status="2xx"}'
  assert.equal(metric(gateway, series), '1')
  assert.ok((await textAt(`${admin?.url}/metrics`)).includes(`\n${series} 1\n`))
  await gateway.stop()
  await assert.rejects(fetch(`${admin?.url}/readyz`))
})

test('every mistake is told, with its path, and nothing is made', async () => {
  const bad = { routes: [{ path: '/a', to: 'ordres' }, { pat: '/b' }], services: { orders: 'http://127.0.0.1:1' } }
  const failed = await make(bad as unknown as Config).catch((error: unknown) => error)
  assert.ok(failed instanceof ConfigError)
  assert.equal(failed.code, 'SALLYPORT_CONFIG')
  assert.deepEqual(failed.problems.map(({ path }) => path.join('.')).sort(), [
    'routes.0.to',
    'routes.1',
    'routes.1.pat',
  ])
  assert.match(failed.message, /routes\[0\]\.to: unknown service "ordres"; did you mean "orders"\?/)
  assert.deepEqual(failed.problems.find(({ path }) => path.at(-1) === 'to')?.hint, 'did you mean "orders"?')
  await assert.rejects(createGateway({} as Config), ConfigError)
  await assert.rejects(createGateway('no-such-file.yaml'), { name: 'ConfigError', message: /no such file/ })
})

test('a file will do, with places in what is wrong with it and with code of its own', async t => {
  const cwd = await mkdtemp(join(tmpdir(), 'sallyport-embed-'))
  t.after(() => rm(cwd, { recursive: true }))
  await writeFile(join(cwd, 'text.txt'), 'from a file')
  await writeFile(join(cwd, 'good.yaml'), 'routes: [{ path: /, respond: { body: "${file:text.txt} ${env:WHO}" } }]\n')
  await writeFile(join(cwd, 'bad.yaml'), 'routes:\n  - path: /\n    respnd: {}\n')
  await writeFile(
    join(cwd, 'code.config.ts'),
    `import { defineConfig, handler } from 'sallyport'
     const say: string = 'hello'
     export default defineConfig({ admin: false, routes: [{ path: '/{name}', handler: handler(({ params }) => ({ text: say + params['name'] })) }] })`,
  )
  const gateway = await make('good.yaml', { cwd, env: { WHO: 'and the environment' }, log: quiet })
  assert.equal((await gateway.inject('/')).text(), 'from a file and the environment')
  const failed = await gateway.reload('bad.yaml').catch((error: unknown) => error)
  assert.ok(failed instanceof ConfigError)
  const unknown = failed.problems.find(({ path }) => path.at(-1) === 'respnd')
  assert.deepEqual(unknown?.place, { file: 'bad.yaml', line: 3, column: 5 })
  assert.equal(metric(gateway, 'sallyport_reloads_total{result="failed"}'), '1')
  await gateway.reload('code.config.ts')
  assert.deepEqual((await gateway.inject('/Ada')).json(), { text: 'helloAda' })
  await gateway.stop()
})

test('plugins in a configuration object are called as they are, and may be others after a reload', async () => {
  const seen: unknown[] = []
  const made = (word: string) =>
    defineConfig({
      routes: [
        {
          path: '/',
          respond: { text: 'x' },
          plugins: [
            definePlugin({
              name: 'mark',
              gate: request => void seen.push(request.route),
              shape: (_request, { setHeader }) => setHeader('x-mark', word),
            }),
          ],
        },
      ],
    })
  const gateway = await make(made('one'), { log: quiet })
  assert.equal((await gateway.inject('/')).headers['x-mark'], 'one')
  await gateway.reload(made('two'))
  assert.equal((await gateway.inject('/')).headers['x-mark'], 'two')
  assert.deepEqual(seen, ['/', '/'])
  const bare = { routes: [{ path: '/', respond: {}, plugins: [{ name: 'a', parts: ['gate' as const] }] }] }
  const failed = await gateway.reload(bare).catch((error: unknown) => error)
  assert.ok(failed instanceof ConfigError)
  assert.match(failed.message, /routes\[0\]\.plugins\[0\]: has no code/)
  await gateway.stop()
})

test('handlers in a configuration object are called as they are', async () => {
  const seen: unknown[] = []
  const gateway = await make(
    defineConfig({
      routes: [
        {
          path: '/hi/{name}',
          handler: handler(({ params }) => {
            seen.push(params['name'])
            return respond({ status: 201, headers: { 'x-a': '1' }, json: { hi: params['name'] ?? '' } })
          }),
        },
      ],
    }),
    { log: quiet },
  )
  const answer = await gateway.inject('/hi/Ada')
  assert.deepEqual([answer.status, answer.headers['x-a'], answer.json()], [201, '1', { hi: 'Ada' }])
  assert.deepEqual(seen, ['Ada'])
  await gateway.stop()
})

test('keys of an issuer are fetched', async t => {
  const key = issuerKey('one')
  const issuer = await startIssuer(key)
  t.after(() => issuer.down())
  const gateway = await make(
    configOf([{ path: '/', auth: 'main', respond: { body: 'in' } }], {
      auth: { main: { jwt: { issuer: issuer.url, jwks: issuer.jwksUrl, algorithms: ['ES256'], allowHttp: true } } },
    }),
    { log: quiet },
  )
  const status = async (token: string): Promise<number> =>
    (await gateway.inject({ path: '/', headers: { authorization: `Bearer ${token}` } })).status
  assert.equal(await status(signedToken(key, 'me', { iss: issuer.url })), 200)
  assert.equal(await status(signedToken(issuerKey('two'), 'me', { iss: issuer.url })), 401)
  await gateway.stop()
})

const noRedis = redisAvailable() ? false : 'redis-server is missing'

test('two gateways in one process count together where Redis does', { skip: noRedis }, async () => {
  const redis = await startRedis()
  const limited = configOf([{ path: '/', respond: { body: 'x' }, rateLimit: { name: 'a', limit: '1/1m', by: 'ip' } }], {
    state: { redis: `redis://127.0.0.1:${redis.port}` },
  })
  try {
    const gateways = [await make(limited, { log: quiet }), await make(limited, { log: quiet })]
    const statuses: number[] = []
    for (const gateway of gateways) statuses.push((await gateway.inject('/')).status)
    assert.deepEqual(statuses, [200, 429])
    for (const gateway of gateways) await gateway.stop()
  } finally {
    await redis.stop()
  }
})

test('a port that is taken is told, nothing stays open, and another try may succeed', async () => {
  const taken = createServer()
  const { port, close } = await listen(taken)
  const gateway = await make({ ...say('x'), listeners: { a: '127.0.0.1:0', web: `127.0.0.1:${port}` } }, { log: quiet })
  await assert.rejects(gateway.start(), { message: `port ${port} on 127.0.0.1 is already in use (listener "web")` })
  assert.deepEqual(gateway.addresses().listeners, [])
  await close()
  assert.equal((await gateway.start()).listeners[1]?.port, port)
  await gateway.stop()
})

test('fifty gateways, one after the other, leave nothing behind', { timeout: 60_000 }, async () => {
  const signals = ['SIGTERM', 'SIGINT', 'SIGHUP', 'uncaughtException', 'unhandledRejection', 'exit', 'warning']
  const listeners = (): readonly number[] => signals.map(name => process.listenerCount(name))
  const cycle = async (): Promise<void> => {
    const gateway = await make(
      configOf([{ prefix: '/', to: 'users', rateLimit: { name: 'a', limit: '100/1m', by: 'ip' } }], {
        admin: '127.0.0.1:0',
        accessLog: { to: '/dev/null', format: 'json' },
        overload: { lag: '1s' },
        services: {
          users: {
            url: `http://127.0.0.1:${upstream.port}`,
            health: { path: '/', interval: '1s' },
            outliers: { consecutiveErrors: 5 },
            retry: { attempts: 2, on: [503] },
            breaker: { failureRate: '50%' },
          },
        },
      }),
      { log: quiet },
    )
    assert.equal((await gateway.inject('/before')).status, 200)
    const { url } = await gateway.start()
    assert.equal((await fetch(url, { headers: { connection: 'close' } })).status, 200)
    await gateway.stop()
  }
  await cycle()
  const heard = listeners()
  const resources = trackResources()
  try {
    for (let i = 0; i < 50; i++) await cycle()
    // Sockets close in turns of their own; the connections of `fetch` in this process are not ours.
    await until(() => resources.left().filter(kind => kind !== 'Timeout').length === 0)
    assert.ok(resources.left().length < 5, resources.left().join())
    assert.deepEqual(listeners(), heard)
  } finally {
    resources.stop()
  }
})

test('several gateways in one process count, limit and stop each by itself', async () => {
  const limited = configOf([{ path: '/', respond: { body: 'x' }, rateLimit: { name: 'a', limit: '1/1m', by: 'ip' } }])
  const [a, b] = await Promise.all([make(limited, { log: quiet }), make(limited, { log: quiet })])
  const [atA, atB] = await Promise.all([a.start(), b.start()])
  const statuses = async (url: string): Promise<number> =>
    (await fetch(url, { headers: { connection: 'close' } })).status
  assert.deepEqual([await statuses(atA.url), await statuses(atA.url), await statuses(atB.url)], [200, 429, 200])
  await a.stop()
  assert.equal(await statuses(atB.url), 429)
  await b.stop()
})

test('a reload changes all or nothing, and keeps connections and ports', async () => {
  const gateway = await make(say('one'), { log: quiet })
  const { url, listeners } = await gateway.start()
  const socket = connect(listeners[0]!.port, '127.0.0.1')
  let received = ''
  socket.setEncoding('utf8').on('data', text => {
    received += text
  })
  const ask = async (expected: string): Promise<void> => {
    socket.write('GET / HTTP/1.1\r\nHost: h\r\n\r\n')
    await until(() => received.endsWith(expected))
  }
  await ask('one')
  assert.deepEqual(await gateway.reload(say('two')), [])
  await ask('two')
  await assert.rejects(gateway.reload({ ...say('three'), services: 3 } as unknown as Config), ConfigError)
  const blocker = await listen(createServer())
  const busy = { ...say('four'), listeners: { web: '127.0.0.1:0', more: `127.0.0.1:${blocker.port}` } }
  await assert.rejects(gateway.reload(busy), /already in use/)
  await blocker.close()
  await ask('two')
  assert.equal(metric(gateway, 'sallyport_reloads_total{result="failed"}'), '2')
  assert.deepEqual(await gateway.reload({ ...say('five'), admin: '127.0.0.1:0' }), [
    'admin: stays on no address; 127.0.0.1:0 needs a restart',
  ])
  assert.equal(await textAt(url), 'five')
  socket.destroy()
  await gateway.stop()
})

test('a reload before the start is what will be started', async () => {
  const gateway = await make(say('one'), { log: quiet })
  await gateway.reload(say('two'))
  assert.equal((await gateway.inject('/')).text(), 'two')
  await gateway.reload(say('three'))
  assert.equal((await gateway.inject('/')).text(), 'three')
  assert.deepEqual(gateway.addresses().listeners, [])
  assert.equal(await textAt((await gateway.start()).url), 'three')
  await gateway.stop()
})

test('stop lets requests end, or cuts them off', async () => {
  let release = (): void => {}
  answer = (_request, response) => {
    release = () => void response.end('done')
  }
  try {
    for (const drain of [true, false]) {
      release = () => {}
      let waiting = false
      const gateway = await make(configOf([{ prefix: '/', to: 'users' }]), { log: quiet })
      const { url } = await gateway.start()
      const held = release
      const outcome = gateway.inject('/slow').then(
        ({ status }) => String(status),
        (error: Error) => error.message,
      )
      await until(() => release !== held)
      const stopped = gateway.stop({ drain }).then(() => {
        waiting = false
      })
      waiting = true
      if (drain) {
        await until(() =>
          fetch(url).then(
            () => false,
            () => true,
          ),
        )
        assert.ok(waiting)
        release()
      }
      assert.equal(await outcome, drain ? '200' : 'the gateway was stopped before the answer was there')
      await stopped
    }
  } finally {
    answer = echo
  }
})

// --- inject ---

const routes: Config['routes'] = [
  { prefix: '/users', to: 'users' },
  { path: '/hello', respond: { json: { hello: true } } },
  { path: '/old/{id}', redirect: { to: '/users/{id}', status: 308 } },
  { path: '/guarded', auth: 'keys', respond: { body: 'in' } },
  { path: '/limited', respond: { body: 'x' }, rateLimit: { name: 'a', limit: '1/1m', by: 'ip' } },
  { path: '/nobody', to: 'nobody' },
  {
    path: '/both',
    aggregate: {
      branches: { user: { to: 'users', path: '/users/1' }, gone: { to: 'nobody', path: '/', required: false } },
    },
  },
]

const rich = (): Config =>
  configOf(routes, {
    listeners: { web: { address: '127.0.0.1:0', limits: { body: '1KiB', target: '100B' } } },
    trustedProxies: ['10.0.0.0/8'],
    auth: { keys: { apiKey: { header: 'x-api-key' } } },
    services: { users: `http://127.0.0.1:${upstream.port}`, nobody: 'http://127.0.0.1:1' },
  })

interface Seen {
  readonly method: string
  readonly url: string
  readonly headers: Readonly<Record<string, string>>
  readonly body: string
}

test('inject runs the whole way, before the start and after it', async () => {
  const gateway = await make(rich(), { log: quiet })
  for (const started of [false, true]) {
    if (started) await gateway.start()
    const forwarded = await gateway.inject({
      method: 'POST',
      url: 'http://api.example.com/users/42?x=%20y',
      headers: {
        'X-Forwarded-For': '192.0.2.7',
        'x-request-id': 'from-proxy-1',
        cookie: 'a=b',
        accept: ['a/b', 'c/d'],
      },
      json: { name: 'Ada' },
      clientAddress: '10.1.2.3',
    })
    assert.equal(forwarded.status, 200)
    const seen = forwarded.json<Seen>()
    assert.equal(seen.url, '/users/42?x=%20y')
    assert.equal(seen.body, '{"name":"Ada"}')
    assert.equal(seen.headers['x-forwarded-host'], 'api.example.com')
    assert.equal(seen.headers['x-forwarded-for'], '192.0.2.7, 10.1.2.3')
    assert.equal(seen.headers['content-type'], 'application/json')
    assert.equal(seen.headers['accept'], 'a/b, c/d')
    assert.deepEqual(forwarded.headers['set-cookie'], ['a=1', 'b=2'])
    assert.equal(forwarded.headers['x-two'], '1, 2')
    assert.equal(forwarded.headers['x-request-id'], 'from-proxy-1')
    assert.equal(forwarded.headers['transfer-encoding'], undefined)

    assert.deepEqual((await gateway.inject('/hello')).json(), { hello: true })
    const head = await gateway.inject({ method: 'HEAD', path: '/hello' })
    assert.deepEqual([head.status, head.body.length, head.headers['content-length']], [200, 0, '14'])
    const redirect = await gateway.inject('/old/7?a=1')
    assert.deepEqual([redirect.status, redirect.headers['location']], [308, '/users/7?a=1'])
    const both = await gateway.inject('/both')
    assert.equal(both.status, 200)
    assert.match(String(both.headers['sallyport-partial']), /^gone;reason=connect$/)
  }
  await gateway.stop()
})

test('the gateway’s errors are answers', async () => {
  const gateway = await make(rich(), { log: quiet })
  const codeOf = async (request: Parameters<typeof gateway.inject>[0]): Promise<string> => {
    const { status, json } = await gateway.inject(request)
    return `${status} ${json<{ code: string }>().code}`
  }
  assert.equal(await codeOf('/guarded'), '401 MISSING_CREDENTIAL')
  assert.equal(await codeOf({ path: '/guarded', headers: { 'x-api-key': 'no' } }), '401 INVALID_CREDENTIAL')
  assert.equal((await gateway.inject('/limited')).status, 200)
  const refused = await gateway.inject('/limited')
  assert.deepEqual([refused.status, refused.headers['retry-after']], [429, '60'])
  assert.equal((await gateway.inject({ path: '/limited', clientAddress: '192.0.2.1' })).status, 200)
  assert.equal(await codeOf('/none'), '404 NO_ROUTE')
  assert.equal(await codeOf('/nobody'), '502 UPSTREAM_CONNECT')
  assert.equal(await codeOf(`/users/${'x'.repeat(100)}`), '414 URI_TOO_LONG')
  assert.equal(await codeOf({ path: '/users', headers: { a: 'x'.repeat(20_000) } }), '431 HEAD_TOO_LARGE')
  assert.equal(await codeOf({ method: 'POST', path: '/users', body: 'x'.repeat(1025) }), '413 BODY_TOO_LARGE')
  assert.equal(await codeOf('/users/%zz'), '400 BAD_REQUEST')
  assert.equal(await codeOf({ path: '/users', headers: { 'bad name': 'x' } }), '400 BAD_REQUEST')
  assert.equal(await codeOf({ path: '/users', headers: { host: 'a b' } }), '400 BAD_REQUEST')
  assert.equal(metric(gateway, 'sallyport_requests_total{route="-",status="4xx"}'), '7')
  assert.equal(metric(gateway, 'sallyport_requests_in_flight'), '0')
  await gateway.stop()
})

test('what cannot be one request is the caller’s mistake', async () => {
  const gateway = await make(rich(), { log: quiet })
  const bad: Parameters<typeof gateway.inject>[0][] = [
    { path: '/hello', headers: { a: 'x\r\nhost: evil' } },
    { path: '/hello', headers: { 'a: b\r\nc': 'x' } },
    { path: '/hello HTTP/1.1\r\nhost: evil\r\n\r\n' },
    { method: 'GET /x', path: '/hello' },
    { path: '/hello', url: '/hello' },
    {},
    { path: '' },
    { path: '/hello', body: 'x', json: 1 },
    { path: '/hello', json: () => {} },
    { path: '/hello', headers: { a: 'Ā' } },
  ]
  for (const request of bad) await assert.rejects(gateway.inject(request), TypeError, JSON.stringify(request))
  await gateway.stop()
})

test('an answer is kept up to a bound, and one that breaks off is none', async () => {
  const gateway = await make(configOf([{ prefix: '/', to: 'users' }]), { log: quiet, maxAnswerBytes: 1000 })
  try {
    answer = (_request, response) => void response.end(Buffer.alloc(1001))
    await assert.rejects(gateway.inject('/'), /larger than 1000 bytes/)
    answer = (_request, response) => {
      response.writeHead(200)
      for (let i = 0; i < 11; i++) response.write(Buffer.alloc(100))
      response.end()
    }
    await assert.rejects(gateway.inject('/'), /larger than 1000 bytes/)
    answer = (_request, response) => void response.end(Buffer.alloc(1000))
    assert.equal((await gateway.inject('/')).body.length, 1000)
    answer = (_request, response) => {
      response.writeHead(200, { 'content-length': '10' })
      response.write('12345', () => response.destroy())
    }
    await assert.rejects(gateway.inject('/'), /the answer broke off/)
    assert.equal(metric(gateway, 'sallyport_requests_in_flight'), '0')
  } finally {
    answer = echo
    await gateway.stop()
  }
})

test('who aborts has left, and the service is given up', async () => {
  const gateway = await make(configOf([{ prefix: '/', to: 'users' }]), { log: quiet })
  const closed = Promise.withResolvers<void>()
  const asked = Promise.withResolvers<void>()
  answer = request => {
    request.on('close', closed.resolve)
    asked.resolve()
  }
  try {
    const leave = new AbortController()
    const outcome = assert.rejects(gateway.inject({ path: '/', signal: leave.signal }), { name: 'AbortError' })
    await asked.promise
    leave.abort()
    await outcome
    await closed.promise
    await assert.rejects(gateway.inject({ path: '/', signal: leave.signal }), { name: 'AbortError' })
    assert.equal(metric(gateway, 'sallyport_errors_total{code="CLIENT_GONE"}'), '1')
  } finally {
    answer = echo
    await gateway.stop()
  }
})

test('code of typed aggregates is called as it is: no copy, no other thread', async () => {
  const calls: unknown[] = []
  const isUser = z.object({ url: z.string() }).transform(user => {
    calls.push('schema')
    return user
  })
  const users = service('users')
  const made = (greeting: string) =>
    defineConfig({
      listeners: { web: '127.0.0.1:0' },
      services: { users: `http://127.0.0.1:${upstream.port}`, nobody: 'http://127.0.0.1:1' },
      routes: [
        {
          path: '/hi/{id}',
          aggregate: aggregate({
            branches: { user: required(users.get('/users/{id}', isUser)), gone: optional(service('nobody').get('/')) },
            reply: ({ user, gone }, { params }) => {
              calls.push(greeting)
              return { hi: `${greeting} ${params['id']}`, url: user.data.url, gone: gone.ok }
            },
          }),
        },
      ],
    })
  const before = process.listenerCount('uncaughtException')
  const gateway = await make(made('hello'), { log: quiet })
  assert.deepEqual((await gateway.inject('/hi/7')).json(), { hi: 'hello 7', url: '/users/7', gone: false })
  assert.deepEqual(calls, ['schema', 'hello'])
  await gateway.reload(made('bye'))
  assert.deepEqual((await gateway.inject('/hi/8')).json(), { hi: 'bye 8', url: '/users/8', gone: false })
  assert.deepEqual(calls, ['schema', 'hello', 'schema', 'bye'])
  assert.equal(process.listenerCount('uncaughtException'), before)
  await gateway.stop()
})

test('a log that throws costs no request its answer', async t => {
  const throws = (): never => {
    throw new Error('the disk is full')
  }
  const gateway = await createGateway(
    {
      routes: [
        {
          path: '/',
          handler: handler(() => {
            throw new Error('theirs')
          }),
        },
      ],
    },
    { log: { info: throws, warn: throws, error: throws } },
  )
  t.after(() => gateway.stop())
  assert.equal((await gateway.inject('/')).status, 500)
})
