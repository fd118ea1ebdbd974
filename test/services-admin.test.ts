import assert from 'node:assert/strict'
import { once } from 'node:events'
import { request } from 'node:http'
import { json } from 'node:stream/consumers'
import { test } from 'node:test'
import type { BreakerReport, ServiceReport } from '../src/admin/services.ts'
import { metric, readScrape, type Scrape } from './support/metrics.ts'
import { openClient } from './support/raw-client.ts'
import { ask, askAll, gist, type ResilientGateway, startResilient, tallyOf } from './support/resilience-gateway.ts'
import { after, gate, startTargets, status, type Target } from './support/resilience-target.ts'
import { until } from './support/until.ts'

/** What operators see of services and do to them, with two workers that must all obey at once. */

type Targets = Readonly<Record<'one' | 'two' | 'three' | 'four' | 'five', Target>>

const configOf = ({ one, two, three, four, five }: Targets, more = ''): string => `
services:
  plain: "${one.url}"
  shop:
    endpoints: [ { url: "${one.url}", weight: 2 }, { url: "${two.url}", weight: 2, priority: 0 } ]
    breaker: { failureRate: 0%, consecutiveFailures: 3, openFor: 1m }
    targetBreaker: { failureRate: 0%, consecutiveFailures: 100 }
    outliers: { consecutiveErrors: 50 }
    health: { path: /healthz, interval: 250ms, timeout: 200ms }
    connections: { max: 100 }
  weak:
    url: "${three.url}"
    breaker: { failureRate: 0%, consecutiveFailures: 3, openFor: 1m }
    fallback: { respond: { text: instead }, on: [open] }
  bare:
    url: "${three.url}"
    breaker: { failureRate: 0%, consecutiveFailures: 3, openFor: 7s }
  pair:
    endpoints: [ "${one.url}", "${four.url}" ]
    outliers: { consecutiveErrors: 3, ejectFor: 1m }
    retry: { attempts: 2, on: [503], backoff: 1ms..2ms }
    panic: 20%
  thrifty:
    url: "${five.url}"
    retry: { attempts: 2, on: [503], budget: 1%, minRetries: 0, backoff: 1ms..2ms }
  narrow:
    url: "${five.url}"
    connections: { max: 1, wait: 10s }
routes:
  - { prefix: /plain, to: plain }
  - { prefix: /shop, to: shop }
  - { prefix: /weak, to: weak }
  - { prefix: /bare, to: bare }
  - { prefix: /pair, to: pair }
  - { prefix: /thrifty, to: thrifty }
  - { prefix: /narrow, to: narrow }
${more}`

const scrape = async (gateway: ResilientGateway): Promise<Scrape> => readScrape((await gateway.admin('/metrics')).text)

test('services as operators see and change them', async t => {
  const targets = await startTargets(t, ['one', 'two', 'three', 'four', 'five'])
  const { one, two, three, four, five } = targets
  const gateway = await startResilient(t, configOf(targets))

  await t.test('each service is listed, with what is known of its targets', async () => {
    one.behave((seen, response) => void setTimeout(() => response.end(seen.target), 40))
    await askAll(gateway, '/shop', 10)
    one.behave()
    const held = gate()
    two.behave((seen, response) => (seen.path === '/shop' ? held.behaviour(seen, response) : response.end('two')))
    const clients = await Promise.all([openClient(gateway.port), openClient(gateway.port)])
    // In turn, in the worker of either: at least one of four is at the second.
    const asked = clients.map(async client => [await ask(client, '/shop'), await ask(client, '/shop')])
    await until(() => held.waiting() > 0)
    await until(async () => (await gateway.target('shop', one.url)).probe?.ok === true)
    const waiting = held.waiting()
    const { status: code, text } = await gateway.admin('/v1/services')
    assert.equal(code, 200)
    const list: readonly ServiceReport[] = JSON.parse(text)
    assert.deepEqual(
      list.map(({ service }) => service),
      ['plain', 'shop', 'weak', 'bare', 'pair', 'thrifty', 'narrow'],
    )
    const shop = list[1]!
    assert.deepEqual(JSON.parse((await gateway.admin('/v1/services/shop')).text).service, 'shop')
    const closed: BreakerReport = { state: 'closed', forced: null, forMs: null, requests: 0, failures: 0, slow: 0 }
    assert.deepEqual({ ...shop, targets: [] }, {
      service: 'shop',
      balance: 'round-robin',
      breaker: closed,
      inFlight: waiting,
      queued: 0,
      targets: [],
    } satisfies ServiceReport)
    const [first, second] = shop.targets
    assert.ok(first !== undefined && second !== undefined)
    assert.deepEqual(
      { ...second, probe: null, latency: null, connections: 0, requests: null },
      {
        url: two.url,
        weight: 2,
        priority: 0,
        healthy: true,
        probe: null,
        ejected: null,
        draining: false,
        breaker: closed,
        inFlight: waiting,
        connections: 0,
        latency: null,
        requests: null,
      },
    )
    // What a histogram with steps can say of 40 ms.
    const { p50Ms, p99Ms } = first.latency
    assert.ok(p50Ms !== null && p99Ms !== null && p50Ms >= 20 && p50Ms <= p99Ms && p50Ms < 500, `${p50Ms} ${p99Ms}`)
    const quick = second.latency.p50Ms
    assert.ok(quick !== null && quick < p50Ms, `${quick} ${p50Ms}`)
    assert.equal(first.requests['2xx'], one.seen.filter(({ path }) => path === '/shop').length)
    assert.ok(first.connections > 0 && second.connections >= waiting)
    const { probe } = first
    assert.ok(probe?.ok && Math.abs(Date.now() - probe.at) < 5000 && probe.tookMs < 200)
    held.open()
    await Promise.all(asked)
    two.behave()
    for (const client of clients) client.destroy()
    await until(async () => (await gateway.service('shop')).inFlight === 0)
  })

  await t.test('a breaker that is forced open is open in all workers with the next request', async () => {
    const all = (service: string, state: string) => gateway.order(`${service}/breaker`, { state })
    for (let n = 0; n < 3; n++) {
      const { status: code, body } = await all('bare', 'open')
      assert.deepEqual([code, (body as ServiceReport).breaker?.forced], [200, 'open'])
      assert.deepEqual(await askAll(gateway, '/bare'), ['503 CIRCUIT_OPEN', '503 CIRCUIT_OPEN'])
      await all('bare', 'auto')
      assert.deepEqual(await askAll(gateway, '/bare'), ['200 three', '200 three'])
    }
    await all('bare', 'open')
    const refused = await ask(gateway.workers[0]!, '/bare')
    const seconds = Number(refused.header('retry-after'))
    assert.ok(Number.isInteger(seconds) && seconds >= 1 && seconds <= 7, String(seconds))
    assert.equal(refused.header('proxy-status') === undefined, false)
    // Its fallback stands in, as for any breaker that is open.
    await all('weak', 'open')
    assert.deepEqual(await askAll(gateway, '/weak'), ['200 instead', '200 instead'])
    for (const service of ['bare', 'weak']) await all(service, 'auto')
  })

  await t.test('one that is forced closed lets all through, and by itself goes on where it was', async () => {
    three.behave(status(500))
    await gateway.order('bare/breaker', { state: 'closed' })
    assert.deepEqual(tallyOf(await askAll(gateway, '/bare', 4)), { '500 three': 8 })
    await gateway.order('bare/breaker', { state: 'auto' })
    // Nothing was learnt meanwhile: three in a row, in whichever worker, open it.
    assert.deepEqual(await askAll(gateway, '/bare', 2), ['500 three', '500 three', '500 three', '503 CIRCUIT_OPEN'])
    assert.equal((await gateway.service('bare')).breaker?.state, 'open')
    three.behave()
    await gateway.order('bare/breaker', { state: 'closed' })
    assert.deepEqual(await askAll(gateway, '/bare'), ['200 three', '200 three'])
    await gateway.order('bare/breaker', { state: 'auto' })
    assert.deepEqual(await askAll(gateway, '/bare'), ['503 CIRCUIT_OPEN', '503 CIRCUIT_OPEN'])
  })

  await t.test("a target's breaker that is forced open has the others asked, and all of them nobody", async () => {
    const force = (target: string, state: string) => gateway.order('shop/breaker', { state, target })
    assert.equal((await force(one.url, 'open')).status, 200)
    assert.deepEqual(tallyOf(await askAll(gateway, '/shop', 5)), { '200 two': 10 })
    assert.equal((await gateway.target('shop', one.url)).breaker?.forced, 'open')
    assert.equal((await gateway.service('shop')).breaker?.forced, null)
    await force(two.url, 'open')
    assert.deepEqual(await askAll(gateway, '/shop'), ['503 NO_HEALTHY_TARGET', '503 NO_HEALTHY_TARGET'])
    for (const { url } of [one, two]) await force(url, 'auto')
    assert.deepEqual(tallyOf(await askAll(gateway, '/shop', 6)), { '200 one': 6, '200 two': 6 })
  })

  await t.test(
    'a target that is drained gets nothing new, finishes what it has, and stays so over a reload',
    async () => {
      const held = gate()
      one.behave((seen, response) => (seen.path === '/shop' ? held.behaviour(seen, response) : response.end('one')))
      const client = await openClient(gateway.port)
      const slow = (async () => {
        for (;;) {
          const answer = gist(await ask(client, '/shop'))
          if (answer !== '200 two') return answer
        }
      })()
      await until(() => held.waiting() === 1)
      const drain = (on: boolean) => gateway.order('shop/drain', { target: one.url, drain: on })
      assert.equal((await drain(true)).status, 200)
      assert.deepEqual(tallyOf(await askAll(gateway, '/shop', 5)), { '200 two': 10 })
      const { draining, inFlight } = await gateway.target('shop', one.url)
      assert.deepEqual({ draining, inFlight }, { draining: true, inFlight: 1 })
      assert.match(
        await gateway.reload(configOf(targets, '  - { path: /more, respond: { text: more } }\n')),
        /^reloaded/,
      )
      assert.deepEqual(tallyOf(await askAll(gateway, '/shop', 5)), { '200 two': 10 })
      assert.equal((await gateway.target('shop', one.url)).draining, true)
      held.open()
      assert.equal(await slow, '200 one')
      one.behave()
      // Other services that have this target are not drained.
      assert.deepEqual(await askAll(gateway, '/plain'), ['200 one', '200 one'])
      await drain(false)
      assert.deepEqual(tallyOf(await askAll(gateway, '/shop', 6)), { '200 one': 6, '200 two': 6 })
      client.destroy()
    },
  )

  await t.test('what is counted shows in the metrics', async () => {
    four.behave(status(503))
    await until(async () => {
      await askAll(gateway, '/pair', 2)
      return (await gateway.target('pair', four.url)).ejected !== null
    })
    const { ejected } = await gateway.target('pair', four.url)
    assert.ok(ejected !== null && ejected.forMs > 50_000 && ejected.forMs <= 60_000)
    assert.deepEqual({ ...ejected, forMs: 0 }, { reason: 'failures in a row', forMs: 0, times: 1 })
    five.behave(status(503))
    assert.deepEqual(tallyOf(await askAll(gateway, '/thrifty', 3)), { '503 five': 6 })
    const held = gate()
    five.behave(held.behaviour)
    const clients = await Promise.all([openClient(gateway.port), openClient(gateway.port)])
    const both = clients.map(client => ask(client, '/narrow'))
    await until(async () => (await gateway.service('narrow')).queued === 1)
    await gateway.order('shop/breaker', { state: 'open', target: two.url })

    const now = await scrape(gateway)
    const shown = (name: string, ...labels: readonly string[]): number => {
      const all = [...now].filter(([series]) => labels.every(label => series.includes(label)))
      const found = all.filter(([series]) => series.startsWith(`${name}{`))
      assert.equal(found.length, 1, `${name} ${labels}: ${found.map(([series]) => series)}`)
      return found[0]![1]
    }
    const target = (each: Target): string => `target="${each.url}"`
    assert.equal(shown('sallyport_breaker_state', 'service="bare"'), 2)
    assert.equal(shown('sallyport_breaker_state', 'service="weak"'), 0)
    assert.equal(shown('sallyport_breaker_state', 'service="shop"', target(two)), 2)
    assert.equal(shown('sallyport_breaker_state', 'service="shop"', target(one)), 0)
    assert.equal(shown('sallyport_breaker_changes_total', 'service="bare"', 'to="open"'), 1)
    assert.equal(shown('sallyport_target_healthy', 'service="shop"', target(one)), 1)
    assert.ok(shown('sallyport_health_probes_total', 'service="shop"', target(one), 'result="ok"') > 3)
    assert.equal(shown('sallyport_health_probes_total', 'service="shop"', target(one), 'result="failed"'), 0)
    assert.equal(shown('sallyport_target_ejected', 'service="pair"', target(four)), 1)
    assert.equal(shown('sallyport_target_ejected', 'service="pair"', target(one)), 0)
    assert.equal(shown('sallyport_ejections_total', 'service="pair"', target(four)), 1)
    const retries = shown('sallyport_upstream_retries_total', 'service="pair"', 'reason="status"')
    assert.equal(retries, four.seen.length)
    assert.equal(shown('sallyport_upstream_retries_total', 'service="pair"', 'reason="connect"'), 0)
    assert.equal(shown('sallyport_retry_budget_exhausted_total', 'service="thrifty"'), 6)
    assert.equal(shown('sallyport_fallbacks_total', 'service="weak"'), 2)
    assert.equal(shown('sallyport_upstream_queued', 'service="narrow"'), 1)
    assert.equal(shown('sallyport_upstream_in_flight', 'service="narrow"'), 1)
    assert.equal(shown('sallyport_panicking_workers', 'service="pair"'), 0)
    // Circuits that were open, by request: forced and by itself.
    assert.ok(metric(now, 'sallyport_errors_total', 'code="CIRCUIT_OPEN"') >= 6)

    held.open()
    await Promise.all(both)
    for (const client of clients) client.destroy()
    await gateway.order('shop/breaker', { state: 'auto', target: two.url })
    const later = await scrape(gateway)
    assert.equal(metric(later, 'sallyport_upstream_queued', 'service="narrow"'), 0)
  })

  await t.test('a target that fails its probes is shown so, with the reason', async () => {
    one.behave((seen, response) => (seen.path === '/healthz' ? status(500)(seen, response) : response.end('one')))
    await until(async () => !(await gateway.target('shop', one.url)).healthy)
    const { probe } = await gateway.target('shop', one.url)
    assert.ok(probe !== null && !probe.ok && /500/.test(probe.reason), probe?.reason ?? 'no probe')
    assert.equal(metric(await scrape(gateway), 'sallyport_target_healthy', `shop",target="${one.url}"`), 0)
    assert.deepEqual(tallyOf(await askAll(gateway, '/shop', 5)), { '200 two': 10 })
    one.behave(after(300))
    // Too late is failed too.
    await until(async () => /time|slow|answer/.test((await gateway.target('shop', one.url)).probe?.reason ?? ''))
    one.behave()
    await until(async () => (await gateway.target('shop', one.url)).healthy)
  })

  await t.test('what is not meant, not there or not understood is refused, and changes nothing', async () => {
    const before = (await gateway.admin('/v1/services/weak')).text
    const cases: readonly (readonly [path: string, body: unknown, status: number, code: string])[] = [
      ['weak/breaker', { state: 'ajar' }, 400, 'BAD_REQUEST'],
      ['weak/breaker', {}, 400, 'BAD_REQUEST'],
      ['weak/breaker', '{', 400, 'BAD_REQUEST'],
      ['weak/breaker', [], 400, 'BAD_REQUEST'],
      ['weak/breaker', '', 400, 'BAD_REQUEST'],
      ['weak/breaker', { state: 'open', extra: 1 }, 400, 'BAD_REQUEST'],
      ['weak/breaker', { state: 'open', target: 3 }, 400, 'BAD_REQUEST'],
      ['none/breaker', { state: 'open' }, 404, 'NO_ROUTE'],
      ['plain/breaker', { state: 'open' }, 404, 'NO_ROUTE'],
      ['weak/breaker', { state: 'open', target: three.url }, 404, 'NO_ROUTE'],
      ['shop/breaker', { state: 'open', target: three.url }, 404, 'NO_ROUTE'],
      ['weak/drain', { target: three.url }, 400, 'BAD_REQUEST'],
      ['weak/drain', { target: three.url, drain: 'yes' }, 400, 'BAD_REQUEST'],
      ['weak/drain', { target: one.url, drain: true }, 404, 'NO_ROUTE'],
      ['none/drain', { target: one.url, drain: true }, 404, 'NO_ROUTE'],
      ['weak/nothing', {}, 404, 'NO_ROUTE'],
      ['weak/breaker', ' '.repeat(9000), 413, 'BODY_TOO_LARGE'],
    ]
    for (const [path, body, code, name] of cases) {
      const answer = await gateway.order(path, body)
      const problem = answer.body as { code?: string; status?: number; requestId?: string }
      const what = `${path} ${JSON.stringify(body)}`
      assert.deepEqual([answer.status, problem.code, problem.status], [code, name, code], what)
      assert.ok(problem.requestId !== undefined, what)
    }
    assert.equal((await gateway.order('weak/breaker', { state: 'open' }, {})).status, 403)
    const foreign = request({
      host: '127.0.0.1',
      port: gateway.adminPort,
      path: '/v1/services/weak/breaker',
      method: 'POST',
      headers: { host: 'evil.example', 'sallyport-admin': '1' },
    }).end('{"state":"open"}')
    const [response] = await once(foreign, 'response')
    const { code } = (await json(response)) as { code?: string }
    assert.deepEqual([response.statusCode, code], [403, 'FORBIDDEN'])
    const { status: notAllowed } = await fetch(`http://127.0.0.1:${gateway.adminPort}/v1/services/weak/breaker`)
    assert.equal(notAllowed, 405)
    assert.equal((await gateway.admin('/v1/services/none')).status, 404)
    assert.equal((await gateway.admin('/v1/services/weak')).text, before)
  })
  assert.equal(await gateway.stop(), 0)
})
