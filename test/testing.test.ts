import assert from 'node:assert/strict'
import { type TestContext, test } from 'node:test'
import { z } from 'zod'
import {
  aggregate,
  type Config,
  defineConfig,
  handler,
  type InjectAnswer,
  optional,
  required,
  service,
} from '../src/index.ts'
import { definePlugin } from '../src/plugin.ts'
import {
  createTestClock,
  createTestGateway,
  type FakeRequest,
  type FakeService,
  type TestGateway,
  type TestGatewayOptions,
} from '../src/testing.ts'
import { trackResources } from './support/resources.ts'

// `sallyport/testing`: the whole pipeline without a port and without waiting.

const start = async (t: TestContext, config: Config, options: TestGatewayOptions = {}): Promise<TestGateway> => {
  const gateway = await createTestGateway(config, options)
  t.after(() => gateway.stop())
  return gateway
}

type Service = Exclude<NonNullable<Config['services']>[string], string>

/** One service that all requests go to. */
const to = (users: Partial<Service> = {}, route: Partial<NonNullable<Config['routes']>[number]> = {}): Config => ({
  services: {
    users: { ...('endpoints' in users || 'discover' in users ? {} : { url: 'http://users.test/base' }), ...users },
  },
  routes: [{ prefix: '/', to: 'users', ...route }],
})

const never: FakeService = () => new Promise(() => {})

/** Answers as told, and remembers what it was asked. */
const scripted = (...replies: ReturnType<FakeService>[]): FakeService & { readonly asked: FakeRequest[] } => {
  const asked: FakeRequest[] = []
  const answer: FakeService = request => {
    asked.push(request)
    return replies[Math.min(asked.length, replies.length) - 1] ?? {}
  }
  return Object.assign(answer, { asked })
}

/** What a promise has come to so far, without waiting for it. */
const watch = <T>(promise: Promise<T>): (() => T | undefined) => {
  let seen: T | undefined
  promise.then(
    value => {
      seen = value
    },
    () => {},
  )
  return () => seen
}

const codeOf = (answer: InjectAnswer | undefined): string | undefined => answer?.json<{ code: string }>().code

test('a service sees what the gateway sends, and the client what the gateway makes of its answer', async t => {
  const users = scripted({ status: 201, headers: { 'X-A': '1', 'set-cookie': ['a=1', 'b=2'] }, json: { id: 7 } })
  const gateway = await start(t, to(), { services: { users } })
  const answer = await gateway.inject({
    method: 'PUT',
    url: 'https://api.example.com/u%2F7?x=1',
    headers: { 'X-Many': ['a', 'b'], connection: 'x-secret', 'x-secret': '1' },
    json: { name: 'Ada' },
  })
  assert.equal(answer.status, 201)
  assert.deepEqual(answer.json(), { id: 7 })
  assert.equal(answer.headers['x-a'], '1')
  assert.deepEqual(answer.headers['set-cookie'], ['a=1', 'b=2'])
  assert.equal(answer.headers['content-length'], '8')
  const [asked] = users.asked
  assert.equal(asked?.service, 'users')
  assert.equal(asked?.target, 'http://users.test/base')
  assert.deepEqual([asked?.method, asked?.path], ['PUT', '/base/u%2F7?x=1'])
  assert.equal(asked?.headers['host'], 'users.test')
  assert.equal(asked?.headers['x-forwarded-host'], 'api.example.com')
  assert.equal(asked?.headers['x-many'], 'a, b')
  assert.equal(asked?.headers['x-secret'], undefined)
  assert.equal(asked?.headers['x-request-id'], answer.headers['x-request-id'])
  assert.deepEqual(asked?.json(), { name: 'Ada' })
  const head = await gateway.inject({ method: 'HEAD', path: '/' })
  assert.deepEqual([head.status, head.body.length], [201, 0])
})

test('a limit is over when the clock says so', async t => {
  const gateway = await start(t, to({}, { rateLimit: { name: 'a', limit: '2/1m', by: 'ip' } }), {
    services: { users: () => ({ body: 'x' }) },
  })
  const status = async (): Promise<number> => (await gateway.inject('/')).status
  assert.deepEqual([await status(), await status(), await status()], [200, 200, 429])
  await gateway.clock.advance(29_999)
  assert.equal(await status(), 429)
  await gateway.clock.advance(1)
  assert.deepEqual([await status(), await status()], [200, 429])
})

test('timeouts come to the millisecond', async t => {
  const gateway = await start(t, to({ timeout: { head: '1s' } }), { services: { users: never } })
  const answer = watch(gateway.inject('/'))
  await gateway.clock.advance(999)
  assert.equal(answer(), undefined)
  await gateway.clock.advance(1)
  assert.equal(answer()?.status, 504)
  assert.equal(codeOf(answer()), 'UPSTREAM_TIMEOUT')
})

test('the time for the whole request counts, what a body and retries take included', async t => {
  const users = scripted(never({} as FakeRequest))
  const gateway = await start(
    t,
    to({ retry: { attempts: 5, perTry: '400ms', on: ['timeout'], anyMethod: true } }, { timeout: '1s' }),
    {
      services: { users },
    },
  )
  const answer = watch(gateway.inject({ method: 'PUT', path: '/', body: 'x' }))
  await gateway.clock.advance(999)
  assert.equal(answer(), undefined)
  await gateway.clock.advance(1)
  assert.equal(answer()?.status, 504)
  assert.equal(users.asked.length, 3)
  assert.ok(users.asked.every(({ signal }) => signal.aborted))
  assert.deepEqual(
    users.asked.map(request => request.text()),
    ['x', 'x', 'x'],
  )
})

test('retries wait for their pause, and a service may take its time', async t => {
  const clock = createTestClock()
  let tries = 0
  const users: FakeService = async () => {
    if (++tries === 1) return { status: 503 }
    await clock.wait(200)
    return { json: tries }
  }
  const retry = { attempts: 2, on: [503], backoff: '100ms..100ms' } as const
  const gateway = await start(t, to({ retry }), { services: { users }, clock })
  const answer = watch(gateway.inject('/'))
  await clock.advance(0)
  assert.equal(tries, 1)
  await clock.advance(100)
  assert.equal(tries, 2)
  await clock.advance(199)
  assert.equal(answer(), undefined)
  await clock.advance(1)
  assert.equal(answer()?.text(), '2')
})

test('a breaker opens, lets a probe through after its time, and closes', async t => {
  let well = false
  let asked = 0
  const users: FakeService = () => {
    asked++
    return { status: well ? 200 : 500 }
  }
  const breaker = { failureRate: '50%', minRequests: 4, window: '10s', openFor: '5s', halfOpenRequests: 1 } as const
  const gateway = await start(t, to({ breaker }), { services: { users } })
  const status = async (): Promise<number> => (await gateway.inject('/')).status
  for (let i = 0; i < 4; i++) assert.equal(await status(), 500)
  const refused = await gateway.inject('/')
  assert.deepEqual([refused.status, codeOf(refused), refused.headers['retry-after']], [503, 'CIRCUIT_OPEN', '5'])
  assert.equal(asked, 4)
  well = true
  await gateway.clock.advance(4_900)
  assert.equal(await status(), 503)
  await gateway.clock.advance(1_100)
  assert.deepEqual([await status(), await status()], [200, 200])
  assert.equal(asked, 6)
})

test('an outlier is left alone for its time', async t => {
  const [bad, good] = ['http://a.test', 'http://b.test']
  const users =
    (down: boolean): FakeService =>
    ({ target }) => ({ status: down && target === bad ? 500 : 200, body: target })
  let answer = users(true)
  const gateway = await start(
    t,
    to({
      endpoints: [bad, good],
      outliers: { consecutiveErrors: 2, interval: '1s', ejectFor: '30s', maxEjected: '50%' },
    }),
    { services: { users: request => answer(request) } },
  )
  const asked = async (n: number): Promise<Set<string>> => {
    const targets = new Set<string>()
    for (let i = 0; i < n; i++) targets.add((await gateway.inject('/')).text())
    return targets
  }
  assert.deepEqual(await asked(4), new Set([bad, good]))
  assert.deepEqual(await asked(4), new Set([good]))
  answer = users(false)
  await gateway.clock.advance(29_000)
  assert.deepEqual(await asked(4), new Set([good]))
  await gateway.clock.advance(2_000)
  assert.deepEqual(await asked(4), new Set([bad, good]))
})

test('an aggregate answers by its deadline, without what is missing by then', async t => {
  const config = defineConfig({
    services: { users: 'http://users.test', orders: 'http://orders.test', reviews: 'http://reviews.test' },
    routes: [
      {
        path: '/home/{id}',
        aggregate: aggregate({
          deadline: '500ms',
          branches: {
            user: required(service('users').get('/users/{id}', z.object({ path: z.string() }))),
            orders: optional(service('orders').get('/orders')),
            reviews: optional(service('reviews').get('/reviews'), { timeout: '200ms' }),
          },
          reply: ({ user, orders, reviews }) => ({ user: user.data, orders: orders.ok, reviews: reviews.ok }),
        }),
      },
    ],
  })
  const clock = createTestClock()
  const slow: FakeService = async () => {
    await clock.wait(10_000)
    return { json: [] }
  }
  const users: FakeService = async ({ path }) => {
    await clock.wait(100)
    return { json: { path } }
  }
  const gateway = await start(t, config, { services: { users, orders: slow, reviews: slow }, clock })
  const answer = watch(gateway.inject('/home/7'))
  await clock.advance(499)
  assert.equal(answer(), undefined)
  await clock.advance(1)
  assert.deepEqual(answer()?.json(), { user: { path: '/users/7' }, orders: false, reviews: false })
  assert.equal(
    answer()?.headers['sallyport-partial'],
    'orders;reason=timeout;after=500, reviews;reason=timeout;after=200',
  )
})

test('a handler that hangs is waited for until its deadline', async t => {
  const hangs = handler(() => new Promise<{ never: true }>(() => {}), { deadline: '2s' })
  const gateway = await start(t, defineConfig({ routes: [{ path: '/', handler: hangs }] }))
  const answer = watch(gateway.inject('/'))
  await gateway.clock.advance(1_999)
  assert.equal(answer(), undefined)
  await gateway.clock.advance(1)
  assert.deepEqual([answer()?.status, codeOf(answer())], [500, 'INTERNAL'])
})

test('a service that throws is a connection that breaks, and the answer says what was thrown', async t => {
  const errors: string[] = []
  const gateway = await start(t, to(), {
    services: {
      users: ({ path }) => {
        if (path.endsWith('/later')) return Promise.reject(new Error('thrown later'))
        throw new Error('thrown at once')
      },
    },
    log: { info() {}, warn() {}, error: message => void errors.push(message) },
  })
  for (const when of ['at once', 'later']) {
    const answer = await gateway.inject(when === 'later' ? '/later' : '/')
    assert.equal(answer.status, 502)
    assert.equal(codeOf(answer), 'UPSTREAM_CONNECT')
    const said = `the service "users" of the test threw: thrown ${when}`
    assert.equal(answer.json<{ detail: string }>().detail, said)
    assert.ok(errors.includes(said))
  }
})

test('what is no answer is a mistake that is told', async t => {
  const odd: unknown[] = [
    undefined,
    { status: 99 },
    { status: 'x' },
    { headers: { 'a b': '1' } },
    { body: 'x', json: 1 },
    { json: 1n },
  ]
  for (const reply of odd) {
    const gateway = await start(t, to(), { services: { users: () => reply as object } })
    const answer = await gateway.inject('/')
    assert.equal(answer.status, 502)
    assert.match(answer.json<{ detail: string }>().detail, /^the service "users" of the test threw: /)
  }
  const gateway = await start(t, to(), { services: { users: () => ({ headers: { a: 'x\r\nb: y' } }) } })
  const { headers } = await gateway.inject('/')
  assert.deepEqual([headers['a'], headers['b']], ['x  b: y', undefined])
})

test('services refuse, break off, or are not there', async t => {
  const config: Config = {
    services: { a: 'http://a.test', b: 'http://b.test', c: 'http://c.test' },
    routes: ['a', 'b', 'c'].map(name => ({ prefix: `/${name}`, to: name })),
  }
  const gateway = await start(t, config, {
    services: { a: () => ({ fails: 'refused' }), b: () => ({ fails: 'reset' }) },
  })
  for (const name of ['a', 'b', 'c']) {
    const answer = await gateway.inject(`/${name}`)
    assert.deepEqual([answer.status, codeOf(answer)], [502, 'UPSTREAM_CONNECT'], name)
    const outcome = gateway
      .metrics()
      .match(new RegExp(`upstream_requests_total.service="${name}".*outcome="connect". (\\d)`))
    assert.equal(outcome?.[1], '1')
  }
  await assert.rejects(createTestGateway(config, { services: { d: never } }), {
    name: 'TypeError',
    message: 'the configuration has no service "d"; it has "a", "b", "c"',
  })
})

test('a client that leaves takes its request along', async t => {
  const users = scripted(never({} as FakeRequest))
  const gateway = await start(t, to(), { services: { users } })
  const leave = new AbortController()
  const answer = assert.rejects(gateway.inject({ path: '/', signal: leave.signal }), { name: 'AbortError' })
  await gateway.clock.advance(0)
  assert.equal(users.asked[0]?.signal.aborted, false)
  leave.abort()
  await answer
  assert.equal(users.asked[0]?.signal.aborted, true)
})

test('what would reach out of the test does not: Redis, discovery, health checks', async t => {
  const config = to({ discover: { dns: 'http://users.internal:3000' }, health: { path: '/healthz' } })
  const gateway = await start(
    t,
    {
      ...config,
      state: { redis: 'redis://127.0.0.1:1' },
      routes: [{ prefix: '/', to: 'users', rateLimit: { name: 'a', limit: '1/1m', by: 'ip' } }],
    },
    { services: { users: ({ target, headers }) => ({ json: [target, headers['host']] }) } },
  )
  await gateway.clock.advance(60_000)
  assert.deepEqual((await gateway.inject('/')).json(), ['http://users', 'users'])
  assert.equal((await gateway.inject('/')).status, 429)
})

test('plugins run as they are; the time a gate has goes by the clock of the test', async t => {
  const waits = Promise.withResolvers<undefined>()
  const ends: unknown[] = []
  const gate = definePlugin({
    name: 'gate',
    budget: '5s',
    gate: async ({ query, setHeader }) => {
      if (query.has('wait')) await waits.promise
      setHeader('x-gate', 'passed')
    },
    tap: ({ path }, { status, ms }) => ends.push([path, status, ms]),
  })
  const asked: FakeRequest[] = []
  const users: FakeService = request => {
    asked.push(request)
    return {}
  }
  const gateway = await start(t, to({}, { plugins: [gate] }), { services: { users } })
  assert.equal((await gateway.inject('/a')).status, 200)
  assert.equal(asked[0]?.headers['x-gate'], 'passed')

  const pending = gateway.inject('/b?wait')
  const answer = watch(pending)
  await gateway.clock.advance(4999)
  assert.equal(answer(), undefined)
  await gateway.clock.advance(1)
  assert.equal((await pending).status, 500)
  waits.resolve(undefined)
  await pending
  assert.deepEqual(
    [asked.length, ends],
    [
      1,
      [
        ['/a', 200, 0],
        ['/b', 500, 5000],
      ],
    ],
  )
})

test('a reload keeps the services, the clock and what was counted', async t => {
  const limited = (via: string): Config => ({
    ...to({}, { rateLimit: { name: 'a', limit: '1/1m', by: 'ip' }, name: 'r' }),
    via,
  })
  const gateway = await start(t, limited('one'), {
    services: { users: ({ headers }) => ({ body: headers['via'] ?? '' }) },
  })
  assert.match((await gateway.inject('/')).text(), /one/)
  await gateway.reload(limited('two'))
  assert.equal((await gateway.inject('/')).status, 429)
  await gateway.clock.advance(60_000)
  assert.match((await gateway.inject('/')).text(), /two/)
  await assert.rejects(gateway.reload({ routes: [], services: {} }), TypeError)
})

test('the clock says what time it is', async t => {
  const clock = createTestClock({ at: new Date('2030-01-01T00:00:00Z') })
  const gateway = await start(t, { routes: [{ path: '/', respond: { body: 'x' } }] }, { clock })
  await clock.advance(3_600_000)
  assert.equal(clock.now(), Date.UTC(2030, 0, 1, 1))
  assert.equal((await gateway.inject('/')).headers['date'], 'Tue, 01 Jan 2030 01:00:00 GMT')
  await assert.rejects(clock.advance(-1), TypeError)
  assert.throws(() => createTestClock({ at: Number.NaN }), TypeError)
  for (const never of [Number.NaN, undefined, '5s']) await assert.rejects(clock.wait(never as number), TypeError)
  const other = { now: () => 0, advance: async () => {}, wait: async () => {} }
  await assert.rejects(createTestGateway({ routes: [] }, { clock: other }), TypeError)
})

test('stop cuts off what is under way, and leaves nothing', async () => {
  const cycle = async (): Promise<void> => {
    const gateway = await createTestGateway(to({ outliers: { consecutiveErrors: 5 } }), { services: { users: never } })
    const answer = assert.rejects(gateway.inject('/'), /was stopped/)
    await gateway.clock.advance(0)
    await gateway.stop()
    await answer
  }
  await cycle()
  const resources = trackResources()
  for (let i = 0; i < 5; i++) await cycle()
  await new Promise(resolve => setImmediate(resolve))
  assert.deepEqual(resources.left(), [])
  resources.stop()
})
