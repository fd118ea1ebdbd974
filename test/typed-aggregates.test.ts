import assert from 'node:assert/strict'
import { type TestContext, test } from 'node:test'
import { metric, readScrape } from './support/metrics.ts'
import { openClient } from './support/raw-client.ts'
import { ask, clientsOfWorkers, WORKERS } from './support/resilience-gateway.ts'
import { type Behaviour, reset, silence, startTarget, type Target } from './support/resilience-target.ts'
import type { RawResponse } from './support/responses.ts'
import { type Running, startRunning } from './support/running.ts'
import { until } from './support/until.ts'

/** Aggregates written in TypeScript, through a real gateway with two workers. */

const ZOD = import.meta.resolve('zod')

interface Services {
  readonly users: Target
  readonly orders: Target
}

const json =
  (value: unknown): Behaviour =>
  (_seen, response) =>
    void response.writeHead(200, { 'content-type': 'application/json' }).end(JSON.stringify(value))

/** `more`: members of the list of routes. */
const configOf = ({ users, orders }: Services, more = ''): string => `
import { aggregate, defineConfig, handler, optional, required, respond, service } from 'sallyport'
import { z } from '${ZOD}'
import { greet } from './greet.ts'

const User = z.object({ id: z.number(), name: z.string(), born: z.coerce.date() })
const Orders = z.array(z.object({ id: z.number(), total: z.number() }))

const users = service('users')
const orders = service('orders')

export default defineConfig({
  listeners: { web: { address: '127.0.0.1:0' } },
  admin: '127.0.0.1:0',
  workers: ${WORKERS},
  drain: '2s',
  services: { users: '${users.url}', orders: '${orders.url}' },
  routes: [
    {
      path: '/dashboard/{id}',
      aggregate: aggregate({
        deadline: '500ms',
        branches: {
          user: required(users.get('/users/{id}', User)),
          orders: optional(orders.get('/orders?user={branches.user.id}', Orders), { timeout: '200ms' }),
        },
        reply: ({ user, orders }, request) => ({
          greeting: greet(user.data.name),
          born: user.data.born.getUTCFullYear(),
          total: orders.ok ? orders.data.reduce((sum, { total }) => sum + total, 0) : orders.reason,
          for: request.params['id'],
        }),
      }),
    },
    {
      path: '/plain',
      aggregate: aggregate({ branches: { user: required(users.get('/users/1', z.object({ id: z.number() }))) } }),
    },
    ${more}
  ],
})
`

const greetOf = (word: string): string => `export const greet = (name: string): string => '${word} ' + name`

interface World extends Running, Services {
  ask(path: string): Promise<RawResponse>
}

const start = async (t: TestContext, more = ''): Promise<World & { readonly config: string }> => {
  const [users, orders] = await Promise.all([
    startTarget('users', { behaviour: json({ id: 7, name: 'Ada', born: '1815-12-10', secret: 'x' }) }),
    startTarget('orders', { behaviour: json([{ id: 1, total: 5 }]) }),
  ])
  t.after(() => Promise.all([users.close(), orders.close()]))
  const config = configOf({ users, orders }, more)
  const gateway = await startRunning(config, { name: 'sallyport.config.ts', files: { 'greet.ts': greetOf('Hello') } })
  t.after(() => gateway.child.kill('SIGKILL'))
  return { ...gateway, users, orders, config, ask: path => askOnce(gateway.port, path) }
}

const greetingOf = (response: RawResponse): unknown => (bodyOf(response) as { greeting: unknown }).greeting

const askOnce = async (port: number, path: string): Promise<RawResponse> => {
  const client = await openClient(port)
  try {
    return await ask(client, path)
  } finally {
    client.destroy()
  }
}

const bodyOf = (response: RawResponse): unknown => JSON.parse(response.body.toString())

test('reply makes the answer, of what the schemas made of the services’ answers', async t => {
  const { ask, users, orders, err } = await start(t)
  const whole = await ask('/dashboard/7')
  assert.equal(whole.status, 200, err())
  assert.deepEqual(bodyOf(whole), { greeting: 'Hello Ada', born: 1815, total: 5, for: '7' })
  assert.equal(whole.header('content-type'), 'application/json')
  assert.equal(whole.header('sallyport-partial'), undefined)
  assert.deepEqual(
    orders.seen.map(({ path }) => path),
    ['/orders?user=7'],
  )
  // Without a reply: what the schemas left.
  assert.deepEqual(bodyOf(await ask('/plain')), { user: { id: 7 } })

  orders.behave(silence)
  const partial = await ask('/dashboard/7')
  assert.equal(partial.status, 200)
  assert.deepEqual(bodyOf(partial), { greeting: 'Hello Ada', born: 1815, total: 'timeout', for: '7' })
  assert.match(partial.header('sallyport-partial') ?? '', /^orders;reason=timeout;after=2\d\d$/)
  assert.equal(partial.header('cache-control'), 'no-store')

  orders.behave(json([{ id: 'no number', total: 5 }]))
  const invalid = await ask('/dashboard/7')
  assert.equal(invalid.header('sallyport-partial'), 'orders;reason=invalid')
  await until(() => err().includes('does not fit its schema'), 'it is in the log')
  assert.match(err(), /"level":"warn".*branch \\"orders\\".*"at":"\*\.id"/)
  assert.doesNotMatch(err(), /no number/)

  users.behave(reset)
  const failed = await ask('/dashboard/7')
  assert.deepEqual([failed.status, (bodyOf(failed) as { code: string }).code], [502, 'BRANCH_FAILED'])
  users.behave(json({ id: 7, name: 5, born: '1815-12-10' }))
  const refused = await ask('/dashboard/7')
  assert.equal(refused.status, 502)
  assert.match(refused.body.toString(), /not valid/)
})

test('a reload counts for all workers: a changed reply, a changed import, and a broken module changes nothing', async t => {
  const world = await start(t)
  const { config, put, reload, orders } = world
  const workers = await clientsOfWorkers(world.port)
  t.after(() => workers.map(client => client.destroy()))
  const answers = async (): Promise<unknown[]> => {
    const bodies: unknown[] = []
    for (const client of workers) bodies.push(greetingOf(await ask(client, '/dashboard/7')))
    return bodies
  }
  assert.deepEqual(await answers(), ['Hello Ada', 'Hello Ada'])

  await put('greet.ts', greetOf('Hi'))
  assert.match(await reload(config), /^reloaded/)
  assert.deepEqual(await answers(), ['Hi Ada', 'Hi Ada'])

  assert.match(await reload(config.replace('greet(user.data.name)', '`${greet(user.data.name)}!`')), /^reloaded/)
  assert.deepEqual(await answers(), ['Hi Ada!', 'Hi Ada!'])

  // It is well where it is checked, and fails in workers.
  const broken = `import { workerData } from 'node:worker_threads'
if (workerData.self === undefined) throw new Error('not in a worker')
${config}`
  assert.match(await reload(broken), /not reloaded.*sallyport\.config\.ts: not in a worker/)
  assert.deepEqual(await answers(), ['Hi Ada!', 'Hi Ada!'])
  const failures = metric(readScrape((await world.admin('/metrics')).text), 'sallyport_code_failures_total')
  assert.ok(failures >= 1 && failures <= WORKERS, `${failures} workers could not evaluate it`)
  assert.match(
    world.err(),
    /"level":"error".*the code of \S*sallyport\.config\.ts cannot be evaluated.*not in a worker/,
  )
  assert.match(await reload(config.replace('reply: (', 'reply: 5 + (')), /not reloaded/)
  assert.deepEqual(await answers(), ['Hi Ada!', 'Hi Ada!'])

  // Back to what was there before, which is evaluated already.
  assert.match(await reload(config), /^reloaded/)
  assert.deepEqual(await answers(), ['Hi Ada', 'Hi Ada'])
  assert.ok(orders.seen.length > 0)
})

const HOSTILE = `
    { path: '/throws', aggregate: aggregate({ branches: { a: optional(users.get('/')) }, reply: (): null => { throw new Error('secret-in-error') } }) },
    { path: '/rejects', aggregate: aggregate({ branches: { a: optional(users.get('/')) }, reply: async (): Promise<null> => { await null; throw new Error('rejected') } }) },
    { path: '/never', aggregate: aggregate({ deadline: '200ms', branches: { a: optional(users.get('/')) }, reply: () => new Promise<null>(() => {}) }) },
    { path: '/nothing', aggregate: aggregate({ branches: { a: optional(users.get('/')) }, reply: (): any => undefined }) },
    { path: '/floats', aggregate: aggregate({ branches: { a: optional(users.get('/')) }, reply: () => { void Promise.reject(new Error('floating')); setTimeout(() => { throw new Error('later') }, 5); return 1 } }) },
    { path: '/ends', aggregate: aggregate({ branches: { a: optional(users.get('/')) }, reply: () => process.exit(1) as null }) },
`

test('what goes wrong in a reply is a 500 for that request alone, and is told in the log alone', async t => {
  const { ask, err } = await start(t, HOSTILE)
  for (const path of ['/throws', '/rejects', '/never', '/nothing']) {
    const before = err().length
    const [failed, other] = await Promise.all([ask(path), ask('/dashboard/7')])
    assert.equal(failed.status, 500, path)
    const problem = bodyOf(failed) as Record<string, unknown>
    assert.equal(problem['code'], 'INTERNAL')
    assert.doesNotMatch(failed.body.toString(), /secret-in-error|rejected|config/)
    assert.equal(other.status, 200)
    await until(() => err().slice(before).includes('the reply of an aggregate failed'), `the log tells of ${path}`)
    assert.ok(err().slice(before).includes(String(problem['requestId'])))
  }
  assert.match(err(), /secret-in-error/)
  assert.match(err(), /sallyport\.config\.ts/)

  const floats = await ask('/floats')
  assert.equal(floats.status, 200)
  await until(() => /floating/.test(err()) && /later/.test(err()), 'what nobody waits for is in the log')
  assert.doesNotMatch(err(), /worker \d+ (died|ended)/)
})

test('a worker that is replaced evaluates what was checked, not what the files hold by then', async t => {
  const { ask, err, put, says } = await start(t, HOSTILE)
  await put('greet.ts', 'this is no TypeScript')
  await says(/not reloaded/)
  await ask('/ends').catch(() => {})
  await says(/worker \d+ is back/)
  for (let i = 0; i < 20; i++) assert.deepEqual(greetingOf(await ask('/dashboard/7')), 'Hello Ada', err())
})

const HANDLERS = `
    { path: '/hello/{name}', handler: handler(({ params, header }) => ({ text: greet(params['name'] ?? ''), lang: header('accept-language') ?? null })) },
    { path: '/things', methods: ['POST'], handler: handler(async ({ body }) => respond({ status: 201, headers: { location: '/things/1' }, json: { got: body ?? null } })) },
    { path: '/breaks', handler: handler((): null => { throw new Error('secret-in-error') }) },
    { path: '/waits', handler: handler(() => new Promise<null>(() => {}), { deadline: '150ms' }) },
    { path: '/empty', handler: handler(() => respond({ status: 204 })) },
`

test('a handler answers by itself, in all workers, and a changed one counts after a reload', async t => {
  const world = await start(t, HANDLERS)
  const { ask: get, err, port, put, reload, config } = world
  const workers = await clientsOfWorkers(port)
  t.after(() => workers.map(client => client.destroy()))
  for (const client of workers) {
    const hello = await ask(client, '/hello/Ada%20L', { fields: ['Accept-Language: de'] })
    assert.deepEqual([hello.status, bodyOf(hello)], [200, { text: 'Hello Ada L', lang: 'de' }])
    assert.equal(hello.header('content-type'), 'application/json')
    const head = await ask(client, '/hello/x', { method: 'HEAD' })
    assert.deepEqual([head.status, head.body.length], [200, 0])
    const made = await ask(client, '/things', { method: 'POST', body: '{"a":[1]}' })
    assert.deepEqual([made.status, made.header('location'), bodyOf(made)], [201, '/things/1', { got: { a: [1] } }])
    assert.equal((await ask(client, '/things', { method: 'POST', body: '{' })).status, 400)
    const empty = await ask(client, '/empty')
    assert.deepEqual([empty.status, empty.body.length], [204, 0])
  }
  assert.equal((await get('/things')).status, 405)
  for (const path of ['/breaks', '/waits']) {
    const failed = await get(path)
    assert.deepEqual([failed.status, (bodyOf(failed) as { code: string }).code], [500, 'INTERNAL'])
    assert.doesNotMatch(failed.body.toString(), /secret/)
  }
  await until(() => /secret-in-error/.test(err()) && /took longer than the 150 ms/.test(err()), 'the log tells why')
  assert.match(err(), /sallyport\.config\.ts/)

  await put('greet.ts', greetOf('Hi'))
  assert.match(await reload(config), /^reloaded/)
  assert.deepEqual(bodyOf(await get('/hello/Ada')), { text: 'Hi Ada', lang: null })
})

/** All that is typed belongs to a frontend which nothing but a listener of its own tells from the rest. */
const insideConfig = ({ users, orders }: Services, title = 'Dr'): string => `
import { aggregate, defineConfig, handler, optional, required, respond, service } from 'sallyport'
import { z } from '${ZOD}'
import { greet } from './greet.ts'

const users = service('users')
const orders = service('orders')

export default defineConfig({
  listeners: { web: { address: '127.0.0.1:0' }, inside: { address: '127.0.0.1:0' } },
  admin: '127.0.0.1:0',
  workers: ${WORKERS},
  drain: '2s',
  services: { users: '${users.url}', orders: '${orders.url}' },
  frontends: {
    staff: {
      listener: 'inside',
      routes: [
        {
          path: '/dashboard/{id}',
          aggregate: aggregate({
            branches: {
              user: required(users.get('/users/{id}', z.object({ name: z.string() }))),
              orders: optional(orders.get('/orders', z.array(z.object({ total: z.number() }))), { timeout: '200ms' }),
            },
            reply: ({ user, orders }) => ({
              greeting: greet('${title} ' + user.data.name),
              orders: orders.ok ? orders.data.length : orders.reason,
            }),
          }),
        },
        { path: '/hello/{name}', handler: handler(({ params }) => ({ text: greet(params['name'] ?? '') })) },
        { path: '/missing', handler: handler(() => respond({ status: 404, json: { missing: true } })) },
      ],
    },
  },
  routes: [{ path: '/hello/{name}', respond: { text: 'outside' } }],
})
`

test('typed replies and handlers of a frontend with nothing but a listener: there alone, in all workers, and reloaded', async t => {
  const [users, orders] = await Promise.all([
    startTarget('users', { behaviour: json({ id: 7, name: 'Ada', secret: 'x' }) }),
    startTarget('orders', { behaviour: json([{ id: 1, total: 5 }]) }),
  ])
  t.after(() => Promise.all([users.close(), orders.close()]))
  const services = { users, orders }
  const gateway = await startRunning(insideConfig(services), {
    name: 'sallyport.config.ts',
    files: { 'greet.ts': greetOf('Hello') },
  })
  t.after(() => gateway.child.kill('SIGKILL'))
  const portOf = async (listener: string): Promise<number> =>
    Number((await gateway.says(new RegExp(`listening on http://[\\d.]+:(\\d+)"[^\\n]*"listener":"${listener}"`)))[1])
  const [web, inside] = [await portOf('web'), await portOf('inside')]
  assert.notEqual(web, inside)
  const workers = await clientsOfWorkers(inside)
  t.after(() => workers.map(client => client.destroy()))
  const says = async (greeting: string, text: string): Promise<void> => {
    for (const client of workers) {
      const whole = await ask(client, '/dashboard/7')
      assert.deepEqual([whole.status, bodyOf(whole)], [200, { greeting, orders: 1 }], gateway.err())
      const hello = await ask(client, '/hello/Bob')
      assert.deepEqual([hello.status, bodyOf(hello)], [200, { text }])
    }
  }
  await says('Hello Dr Ada', 'Hello Bob')
  const chosen = await askOnce(inside, '/missing')
  assert.deepEqual([chosen.status, bodyOf(chosen)], [404, { missing: true }])

  // What the listener claims never falls through, and nothing of it is had elsewhere.
  assert.equal((await askOnce(inside, '/other')).status, 404)
  assert.equal((await askOnce(web, '/hello/Bob')).body.toString(), 'outside')
  assert.equal((await askOnce(web, '/dashboard/7')).status, 404)

  orders.behave(silence)
  const partial = await askOnce(inside, '/dashboard/7')
  assert.deepEqual(bodyOf(partial), { greeting: 'Hello Dr Ada', orders: 'timeout' })
  orders.behave(json([{ id: 1, total: 5 }]))

  // Code of the configuration, and of a file that it imports; on connections that were open before.
  await gateway.put('greet.ts', greetOf('Hi'))
  assert.match(await gateway.reload(insideConfig(services, 'Lady')), /^reloaded/)
  await says('Hi Lady Ada', 'Hi Bob')
  assert.equal((await askOnce(web, '/dashboard/7')).status, 404)

  // What fails in workers alone changes nothing on either listener.
  const broken = `import { workerData } from 'node:worker_threads'
if (workerData.self === undefined) throw new Error('not in a worker')
${insideConfig(services, 'Sir')}`
  assert.match(await gateway.reload(broken), /not reloaded/)
  await says('Hi Lady Ada', 'Hi Bob')

  const { text } = await gateway.admin('/metrics')
  const staff = metric(readScrape(text), 'sallyport_requests_total', 'frontend="staff"')
  assert.equal(staff, 3 * 2 * WORKERS + 2, 'what it claimed and had a route for')
})
