import assert from 'node:assert/strict'
import { type TestContext, test } from 'node:test'
import type { WrittenSpan } from '../src/telemetry/tracing/testing.ts'
import { type Collector, outline, startCollector, treesOf } from './support/collector.ts'
import { metric, readScrape } from './support/metrics.ts'
import { AROUND, ask, gist, startResilient } from './support/resilience-gateway.ts'
import {
  after,
  status as answering,
  byName,
  closedPort,
  startTargets,
  type Target,
} from './support/resilience-target.ts'
import { startRunning } from './support/running.ts'
import { until } from './support/until.ts'

/** Traces through a real gateway of two workers, as a collector gets them. */

const TRACE = '0af7651916cd43dd8448eb211c80319c'
const CALLER = 'b7ad6b7169203331'
const traceparent = (flags: string, trace = TRACE): string => `traceparent: 00-${trace}-${CALLER}-${flags}`

interface Services {
  readonly users: Target
  readonly orders: Target
}

const configOf = (otlp: string, { users, orders }: Services, more = ''): string => `
tracing: { otlp: '${otlp}', sample: 100%, headers: { x-team: s3cret } ${more} }
accessLog: { to: stderr }
services:
  users:
    url: ${users.url}
    retry: { attempts: 2, backoff: 1ms..2ms }
  orders: ${orders.url}
  gone: http://127.0.0.1:1
routes:
  - { path: '/users/{id}', to: users }
  - { path: /gone, to: gone }
  - path: '/dashboard/{id}'
    aggregate:
      deadline: 2s
      branches:
        user: { to: users, path: '/users/{id}' }
        orders: { to: orders, path: /orders, required: false, timeout: 50ms }
        advice: { to: users, path: '/advice/{branches.orders.id}', required: false }
`

const scene = async (t: TestContext) => {
  const collector = await startCollector(t)
  const targets = await startTargets(t, ['users', 'orders'])
  const gateway = await startResilient(t, configOf(collector.url, targets))
  const [client] = gateway.workers
  return { collector, targets, gateway, client: client! }
}

const idOf = (seen: Target['seen']): string =>
  /^00-([0-9a-f]{32})-/.exec(`${seen.at(-1)?.headers['traceparent']}`)?.[1] ?? ''
const spanIdOf = (header: unknown): string => `${header}`.slice(36, 52)

const facts =
  (...names: string[]) =>
  ({ attributes, isError }: WrittenSpan): string =>
    [...names.map(name => attributes[name] ?? '-'), ...(isError ? ['!'] : [])].join(' ')

test('a request and its tries: a span each, and the target knows which one it hangs under', async t => {
  const { collector, targets, client } = await scene(t)
  let tries = 0
  targets.users.behave((seen, response) => (tries++ === 0 ? answering(503) : byName)(seen, response))
  const answer = await ask(client, '/users/7?token=hidden', { fields: ['User-Agent: probe/1 "é"'] })
  assert.equal(gist(answer), '200 users')
  const spans = await collector.trace(idOf(targets.users.seen), 3)
  assert.deepEqual(
    outline(treesOf(spans), facts('http.response.status_code', 'http.request.resend_count', 'error.type')),
    ['GET /users/{id} 200 - -', '  GET 503 - 503 !', '  GET 200 1 -'],
  )
  const [root, first, second] = spans.toSorted((a, b) => a.startMs - b.startMs || a.kind - b.kind)
  assert.deepEqual(
    targets.users.seen.filter(({ path }) => path.startsWith('/users')).map(({ headers }) => headers['traceparent']),
    [first, second].map(span => `00-${root?.traceId}-${span?.spanId}-03`),
  )
  assert.deepEqual([root?.kind, first?.kind], [2, 3])
  const { attributes } = root!
  assert.equal(attributes['url.path'], '/users/7')
  assert.equal(attributes['sallyport.request_id'], answer.header('x-request-id'))
  assert.equal(attributes['client.address'], '127.0.0.1')
  assert.equal(attributes['sallyport.route'], '/users/{id}')
  assert.equal(first?.attributes['url.full'], `${targets.users.url}/users/7`)
  assert.equal(first?.attributes['server.port'], targets.users.port)
  assert.ok(root!.startMs <= first!.startMs && first!.endMs <= second!.startMs && second!.endMs <= root!.endMs)
  assert.ok(Math.abs(root!.endMs - Date.now()) < 60_000)
  assert.doesNotMatch(JSON.stringify(spans), /hidden/)
  assert.equal(collector.target.seen[0]?.headers['x-team'], 's3cret')
  assert.equal(collector.resources()[0]?.['service.name'], 'sallyport')
})

test('the branches of an aggregate have spans, with their tries below, and each its own traceparent', async t => {
  const { collector, targets, client } = await scene(t)
  const json = (value: unknown) => (_: unknown, response: import('node:http').ServerResponse) =>
    void response.writeHead(200, { 'content-type': 'application/json' }).end(JSON.stringify(value))
  targets.users.behave(json({ name: 'ann' }))
  targets.orders.behave(after(5_000))
  const answer = await ask(client, '/dashboard/7')
  assert.equal(answer.status, 200)
  const spans = await collector.trace(idOf(targets.users.seen), 6)
  const [root] = treesOf(spans)
  const branches = root!.below.toSorted((a, b) => a.span.name.localeCompare(b.span.name))
  const shown = facts('sallyport.branch.outcome', 'http.response.status_code', 'error.type')
  assert.deepEqual(outline([{ ...root!, below: branches }], shown), [
    'GET /dashboard/{id} - 200 -',
    '  branch advice skipped - skipped !',
    '  branch orders timeout - timeout !',
    '    GET - - timeout !',
    '  branch user ok 200 -',
    '    GET - 200 -',
  ])
  const clients = spans.filter(({ kind }) => kind === 3)
  for (const { seen, url } of [targets.users, targets.orders]) {
    const span = clients.find(({ attributes }) => `${attributes['url.full']}`.startsWith(url))
    assert.equal(spanIdOf(seen.at(-1)?.headers['traceparent']), span?.spanId)
  }
  const slow = spans.find(({ name }) => name === 'branch orders')!
  assert.ok(slow.endMs - slow.startMs >= 45 && slow.endMs - slow.startMs < 1000, `${slow.endMs - slow.startMs} ms`)
})

test('what fails, and what no route takes', async t => {
  const { collector, gateway, client } = await scene(t)
  assert.equal(gist(await ask(client, '/gone')), '502 UPSTREAM_CONNECT')
  assert.equal(gist(await ask(client, '/nothing')), '404 NO_ROUTE')
  await until(() => collector.spans().some(({ attributes }) => attributes['url.path'] === '/nothing'))
  const of = (path: string) => collector.spans().find(({ attributes }) => attributes['url.path'] === path)!
  assert.equal(facts('http.response.status_code', 'error.type')(of('/gone')), '502 UPSTREAM_CONNECT !')
  const trace = await collector.trace(of('/gone').traceId, 2)
  assert.deepEqual(outline(treesOf(trace), facts('error.type')), ['GET /gone UPSTREAM_CONNECT !', '  GET connect !'])
  assert.equal(
    facts('http.response.status_code', 'error.type', 'sallyport.error.code')(of('/nothing')),
    '404 - NO_ROUTE',
  )
  // The access log says which trace it was.
  await gateway.told(new RegExp(`"target":"/gone".*"traceId":"${of('/gone').traceId}"`))
})

test("a stranger's trace goes on, but how much is kept is for us to say; a trusted proxy decides", async t => {
  const collector = await startCollector(t)
  const targets = await startTargets(t, ['users', 'orders'])
  const config = configOf(collector.url, targets).replace('100%', '0%')
  const gateway = await startResilient(t, config)
  const send = (flags: string, trace: string) =>
    ask(gateway.workers[0]!, '/users/1', { fields: [traceparent(flags, trace), 'tracestate: a=1', 'tracestate: b=2'] })
  const last = () => targets.users.seen.at(-1)!.headers
  await send('01', TRACE)
  assert.match(`${last()['traceparent']}`, new RegExp(`^00-${TRACE}-(?!${CALLER})[0-9a-f]{16}-00$`))
  assert.equal(last()['tracestate'], 'a=1,b=2')
  // Two workers on a new configuration, and the connections are still those.
  assert.match(await gateway.reload(`trustedProxies: [127.0.0.1]\n${config}`), /^reloaded/)
  const kept = TRACE.replace('0a', '0b')
  await send('00', TRACE)
  assert.match(`${last()['traceparent']}`, /-00$/)
  await send('03', kept)
  assert.match(`${last()['traceparent']}`, new RegExp(`^00-${kept}-[0-9a-f]{16}-03$`))
  const spans = await collector.trace(kept, 2)
  const root = spans.find(({ kind }) => kind === 2)
  assert.equal(root?.parentSpanId, CALLER)
  assert.equal(root?.traceState, 'a=1,b=2')
  // Bits 8 and 9: known to be remote.
  assert.deepEqual(spans.map(({ kind, flags }) => [kind, flags]).sort(), [
    [2, 0x303],
    [3, 0x103],
  ])
  assert.deepEqual(new Set(collector.spans().map(({ traceId }) => traceId)), new Set([kept]))
})

test('nothing is touched where tracing is off; a reload turns it on, to another collector, and off', async t => {
  const targets = await startTargets(t, ['users', 'orders'])
  const [one, two] = [await startCollector(t), await startCollector(t)]
  const on = ({ url }: Collector): string => configOf(url, targets)
  const off = on(one).replace(/^tracing:.*$/m, '')
  const gateway = await startResilient(t, off)
  const send = async () => {
    for (const client of gateway.workers)
      assert.equal(gist(await ask(client, '/users/1', { fields: [traceparent('7f')] })), '200 users')
    return targets.users.seen.at(-1)?.headers['traceparent']
  }
  assert.equal(await send(), traceparent('7f').slice(13))
  assert.match(await gateway.reload(on(one)), /^reloaded/)
  assert.notEqual(await send(), traceparent('7f').slice(13))
  assert.match(await gateway.reload(on(two)), /^reloaded/)
  await send()
  assert.match(await gateway.reload(off), /^reloaded/)
  assert.equal(await send(), traceparent('7f').slice(13))
  const roots = () => [one, two].map(collector => collector.spans().filter(({ kind }) => kind === 2).length)
  await until(() => roots()[0]! + roots()[1]! === 4, 'no span is lost on the way')
})

test('a collector that is away harms nothing, is told once, and gets what waits when it is there', async t => {
  const targets = await startTargets(t, ['users', 'orders'])
  const port = await closedPort()
  const gateway = await startResilient(t, configOf(`http://127.0.0.1:${port}`, targets))
  const [client] = gateway.workers
  assert.equal(gist(await ask(client!, '/users/1')), '200 users')
  await gateway.told(/Spans cannot be exported.*ECONNREFUSED/)
  const collector = await startCollector(t, port)
  assert.equal(gist(await ask(client!, '/users/2')), '200 users')
  await gateway.told(/Spans are exported again/)
  await until(() => collector.spans().filter(({ kind }) => kind === 2).length >= 4)
  const { text } = await gateway.admin('/metrics')
  assert.equal(metric(readScrape(text), 'sallyport_spans_exported_total'), collector.spans().length)
  assert.equal(gateway.err().match(/Spans cannot be exported/g)?.length, 1)
  assert.doesNotMatch(gateway.err(), /s3cret/)
})

test('a shutdown sends the last spans first', async t => {
  const targets = await startTargets(t, ['users', 'orders'])
  const collector = await startCollector(t)
  const gateway = await startRunning(AROUND + configOf(collector.url, targets))
  t.after(() => gateway.child.kill('SIGKILL'))
  for (let i = 0; i < 20; i++) await (await fetch(`http://127.0.0.1:${gateway.port}/users/${i}`)).text()
  assert.equal(await gateway.stop(), 0)
  assert.equal(collector.spans().filter(({ kind }) => kind === 2).length, 20)
})

test('a shutdown does not wait for a collector that hangs', async t => {
  const targets = await startTargets(t, ['users', 'orders'])
  const collector = await startCollector(t)
  collector.target.behave(() => {})
  const gateway = await startRunning(AROUND + configOf(collector.url, targets))
  t.after(() => gateway.child.kill('SIGKILL'))
  await (await fetch(`http://127.0.0.1:${gateway.port}/users/1`)).text()
  const before = performance.now()
  assert.equal(await gateway.stop(), 0)
  assert.ok(performance.now() - before < 4000)
})
