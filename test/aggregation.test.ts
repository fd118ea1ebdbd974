import assert from 'node:assert/strict'
import { type TestContext, test } from 'node:test'
import { type AskOptions, ask, type ResilientGateway, startResilient } from './support/resilience-gateway.ts'
import {
  type Behaviour,
  reset,
  type Seen,
  silence,
  startTarget,
  status,
  type Target,
} from './support/resilience-target.ts'
import { exchange } from './support/responses.ts'
import { until } from './support/until.ts'

/** One request over four services, through a real gateway with two workers. */

const DEADLINE_MS = 500
/** What a busy machine may add to a timer; the least is exact. */
const LATE_MS = 150

const json =
  (value: (seen: Seen) => unknown, headers: Readonly<Record<string, string>> = {}): Behaviour =>
  (seen, response) =>
    void response.writeHead(200, { 'content-type': 'application/json', ...headers }).end(JSON.stringify(value(seen)))

const raw =
  (text: string, headers: Readonly<Record<string, string>> = {}): Behaviour =>
  (_seen, response) =>
    void response.writeHead(200, { 'content-type': 'application/json', ...headers }).end(text)

/** Gives XML to whoever asks for it. */
const negotiating: Behaviour = (seen, response) => {
  if (seen.headers.accept !== 'text/xml') return json(() => ({ name: 'Ada', secret: 'x' }))(seen, response)
  response.writeHead(200, { 'content-type': 'text/xml' }).end('<secret/>')
}

const NAMES = ['user', 'orders', 'products', 'reviews', 'negotiating'] as const
type Name = (typeof NAMES)[number]

const GOOD: Readonly<Record<Name, Behaviour>> = {
  user: json(() => ({ id: 7, name: 'Ada' })),
  orders: json(() => [{ id: 1, total: 5, secret: 'x' }]),
  products: json(({ path }) => ({ path })),
  reviews: json(() => ({ stars: 4 })),
  negotiating,
}

const configOf = (targets: Readonly<Record<Name, Target>>): string => `
services:
${NAMES.map(name => `  ${name}: "${targets[name].url}"`).join('\n')}
routes:
  - path: "/dashboard/{id}"
    name: dashboard
    aggregate:
      deadline: ${DEADLINE_MS}ms
      passHeaders: [x-tenant]
      branches:
        user: { to: user, path: "/users/{id}", required: true }
        orders: { to: orders, path: "/orders?user={id}&page={query.page}", pick: [id, total], when: { query.page: { exists: true } } }
        products: { to: products, path: "/recommended/{branches.user.id}", fallback: [] }
        reviews: { to: reviews, path: "/reviews/{id}" }
  - path: /meta
    aggregate: { meta: true, deadline: 200ms, branches: { a: { to: user, path: / }, b: { to: reviews, path: / } } }
  - path: /merged
    aggregate: { shape: merge, branches: { a: { to: user, path: / }, b: { to: reviews, path: / } } }
  - path: /posted
    methods: [POST]
    aggregate:
      branches:
        a: { to: user, path: /x, method: POST, body: { id: "{body.id}", label: "n{body.id}", all: "{body.list}" } }
frontends:
  mobile:
    hosts: [m.example.com]
    fields: { pick: [name] }
    routes:
      - { prefix: /users, to: user }
      - { prefix: /both, to: negotiating }
      - { prefix: /files, to: negotiating, fields: { pick: [name], otherContent: pass } }
`

interface World {
  readonly gateway: ResilientGateway
  readonly targets: Readonly<Record<Name, Target>>
  ask(
    path: string,
    options?: AskOptions,
  ): Promise<{ status: number; body: unknown; text: string; header: (name: string) => string | undefined; ms: number }>
}

const start = async (t: TestContext): Promise<World> => {
  const started = await Promise.all(
    NAMES.map(async name => [name, await startTarget(name, { behaviour: GOOD[name] })] as const),
  )
  const targets = Object.fromEntries(started) as Record<Name, Target>
  for (const target of Object.values(targets)) t.after(() => target.close())
  const gateway = await startResilient(t, configOf(targets))
  return {
    gateway,
    targets,
    ask: async (path, options) => {
      const before = performance.now()
      const response = await ask(gateway.workers[0]!, path, options)
      const ms = performance.now() - before
      const text = response.body.toString()
      return { status: response.status, text, body: text === '' ? null : JSON.parse(text), header: response.header, ms }
    },
  }
}

const hostAsk = async (gateway: ResilientGateway, host: string, path: string) => {
  const response = await exchange(gateway.workers[0]!, `GET ${path} HTTP/1.1\r\nHost: ${host}\r\n\r\n`, 5000)
  return { status: response.status, body: JSON.parse(response.body.toString()) as unknown }
}

const PAGE = '/dashboard/7?page=2'
const WHOLE = {
  user: { id: 7, name: 'Ada' },
  orders: [{ id: 1, total: 5 }],
  products: { path: '/recommended/7' },
  reviews: { stars: 4 },
}

test('an aggregate over four services', async t => {
  const { gateway, targets, ask: get } = await start(t)
  const good = (): void => {
    for (const name of NAMES) targets[name].behave(GOOD[name])
  }

  await t.test('all fast: the whole answer', async () => {
    const { status, body, header } = await get(PAGE, {
      fields: ['X-Tenant: acme', 'Cookie: secret=1', 'Accept-Language: de'],
    })
    assert.deepEqual([status, body], [200, WHOLE])
    assert.equal(header('sallyport-partial'), undefined)
    const { headers, path } = targets.orders.seen.at(-1)!
    assert.equal(path, '/orders?user=7&page=2')
    assert.deepEqual([headers['x-tenant'], headers['accept-language'], headers['cookie']], ['acme', 'de', undefined])
    assert.equal(headers['x-request-id'], header('x-request-id'))
  })

  await t.test('what needs no change goes on as it came, byte for byte', async () => {
    targets.reviews.behave(raw(' { "a" : 1e2,\n "a":2 } '))
    assert.ok((await get(PAGE)).text.includes('"reviews":{ "a" : 1e2,\n "a":2 }'))
    good()
  })

  await t.test('one slow: partial at the deadline, and its request is cancelled', async () => {
    targets.reviews.behave(silence)
    const { status, body, header, ms } = await get(PAGE)
    assert.deepEqual([status, body], [200, { ...WHOLE, reviews: null }])
    assert.ok(ms >= DEADLINE_MS - 1 && ms < DEADLINE_MS + LATE_MS, `${ms} ms`)
    assert.match(header('sallyport-partial') ?? '', /^reviews;reason=timeout;after=50\d$/)
    assert.equal(header('cache-control'), 'no-store')
    await until(() => targets.reviews.seen.at(-1)!.goneAt > 0, 'the slow request is cancelled')
    good()
  })

  const required: readonly [what: string, behaviour: Behaviour, status: number, code: string][] = [
    ['500', status(500), 502, 'BRANCH_FAILED'],
    ['reset', reset, 502, 'BRANCH_FAILED'],
    ['garbage', raw('{"id":'), 502, 'BRANCH_FAILED'],
    ['injection', raw('1},"admin":{"yes":1'), 502, 'BRANCH_FAILED'],
    ['slow', silence, 504, 'BRANCH_TIMEOUT'],
  ]
  for (const [what, behaviour, expected, code] of required) {
    await t.test(`the required one: ${what}`, async () => {
      targets.user.behave(behaviour)
      const { status, body, ms } = await get(PAGE)
      const problem = body as Record<string, unknown>
      assert.deepEqual([status, problem['code'], problem['branch']], [expected, code, 'user'])
      assert.ok(what === 'slow' ? ms >= DEADLINE_MS - 1 : ms < DEADLINE_MS, `${ms} ms`)
      good()
    })
  }

  const optional: readonly [what: string, behaviour: Behaviour, partial: RegExp][] = [
    ['500', status(503), /^reviews;reason=status;status=503;after=\d+$|^reviews;reason=status;status=503$/],
    ['reset', reset, /^reviews;reason=connect/],
    ['garbage', raw('nonsense'), /^reviews;reason=invalid/],
    ['wrong charset', raw('{}', { 'content-type': 'application/json; charset=utf-16' }), /^reviews;reason=invalid/],
    ['oversize', raw(`"${'x'.repeat(1_100_000)}"`), /^reviews;reason=oversize/],
  ]
  for (const [what, behaviour, partial] of optional) {
    await t.test(`an optional one: ${what}`, async () => {
      targets.reviews.behave(behaviour)
      const { status, body, header } = await get(PAGE)
      assert.deepEqual([status, body], [200, { ...WHOLE, reviews: null }])
      assert.match(header('sallyport-partial') ?? '', partial)
      good()
    })
  }

  await t.test('a fallback stands in, and the answer says so', async () => {
    targets.products.behave(status(500))
    const { body, header } = await get(PAGE)
    assert.deepEqual(body, { ...WHOLE, products: [] })
    assert.match(header('sallyport-partial') ?? '', /^products;reason=status;status=500/)
    good()
  })

  await t.test('a condition that does not hold leaves a branch out: that is no partial answer', async () => {
    const before = targets.orders.seen.length
    const { body, header } = await get('/dashboard/7')
    const { orders: _, ...others } = WHOLE
    assert.deepEqual(body, others)
    assert.equal(header('sallyport-partial'), undefined)
    assert.equal(targets.orders.seen.length, before)
  })

  await t.test('a value cannot leave its place in a path', async () => {
    for (const id of ['..', '%2e%2e', '.']) {
      const { status } = await get(`/dashboard/${id}`)
      assert.ok(status === 404 || status === 502, `${id}: ${status}`)
    }
    targets.user.behave(json(() => ({ id: '../../admin?x=1#' })))
    const refused = await get(PAGE)
    assert.deepEqual((refused.body as { products: unknown }).products, [])
    assert.match(refused.header('sallyport-partial') ?? '', /^products;reason=invalid/)
    targets.user.behave(json(() => ({ id: 'a/b?x=1#' })))
    const { products } = (await get(PAGE)).body as { products: { path: string } }
    assert.equal(products.path, '/recommended/a%2Fb%3Fx%3D1%23')
    good()
  })

  await t.test('_meta tells how each branch fared', async () => {
    targets.reviews.behave(silence)
    const { body } = await get('/meta')
    const { _meta } = body as { _meta: { complete: boolean; branches: Record<string, { status: string }> } }
    assert.deepEqual(
      [_meta.complete, _meta.branches['a']?.status, _meta.branches['b']?.status],
      [false, 'ok', 'timeout'],
    )
    good()
  })

  await t.test('members that two branches have are a conflict, not a lottery', async () => {
    assert.deepEqual((await get('/merged')).body, { id: 7, name: 'Ada', stars: 4 })
    targets.reviews.behave(json(() => ({ name: 'Bob' })))
    assert.equal((await get('/merged')).status, 502)
    good()
  })

  await t.test('bodies are built with their types', async () => {
    await get('/posted', {
      method: 'POST',
      body: '{"id":5,"list":[1,null]}',
      fields: ['Content-Type: application/json'],
    })
    assert.deepEqual(JSON.parse(targets.user.seen.at(-1)!.body), { id: 5, label: 'n5', all: [1, null] })
    const { status, body } = await get('/posted', {
      method: 'POST',
      body: '{"list":[]}',
      fields: ['Content-Type: application/json'],
    })
    const { code, branches } = body as Readonly<Record<string, unknown>>
    assert.deepEqual([status, code, branches], [400, 'BAD_REQUEST', { a: 'invalid' }])
  })

  await t.test('GET and HEAD only, unless the route says otherwise', async () => {
    assert.equal((await get(PAGE, { method: 'POST', body: '{}' })).status, 405)
    const head = await get(PAGE, { method: 'HEAD' })
    assert.deepEqual([head.status, head.text], [200, ''])
  })

  await t.test('a frontend sees its own routes and fields, and nothing of the others', async () => {
    const { status, body } = await hostAsk(gateway, 'm.example.com', '/users/7')
    assert.deepEqual([status, body], [200, { name: 'Ada' }])
    assert.equal((await hostAsk(gateway, 'm.example.com', PAGE)).status, 404)
  })

  await t.test('who asks for another content than JSON does not see more', async () => {
    const xml = async (path: string) => {
      const head = `GET ${path} HTTP/1.1\r\nHost: m.example.com\r\nAccept: text/xml\r\n\r\n`
      const { status, body } = await exchange(gateway.workers[0]!, head, 5000)
      return [status, body.toString()]
    }
    assert.deepEqual(await xml('/both'), [200, '{"name":"Ada"}'])
    assert.deepEqual(await xml('/files'), [200, '<secret/>'])
  })

  await t.test('each branch is counted, and each frontend', async () => {
    const { text } = await gateway.admin('/metrics')
    assert.match(text, /sallyport_branch_requests_total\{route="dashboard",branch="reviews",outcome="timeout"\} [1-9]/)
    assert.match(text, /sallyport_requests_total\{route="mobile\/users\/\*",frontend="mobile",status="2xx"\} [1-9]/)
    assert.match(text, /sallyport_requests_total\{route="dashboard",status="2xx"\} [1-9]/)
    assert.match(text, /sallyport_branch_duration_seconds_count\{route="dashboard",branch="user"\} [1-9]/)
  })
})
