import assert from 'node:assert/strict'
import { createServer, type ServerResponse } from 'node:http'
import { suite, test } from 'node:test'
import { setTimeout as sleep } from 'node:timers/promises'
import { BroadcastChannel } from 'node:worker_threads'
import { launchGateway } from '../src/cli/launch.ts'
import { request } from './support/guarded.ts'
import { keyByKey, spread, type Volley, volley } from './support/limit-load.ts'
import { listen } from './support/listen.ts'
import { awaitAnswer } from './support/load.ts'
import { DEATHS, type DeathOrder } from './support/mortal-worker.ts'
import { openClient, type RawClient } from './support/raw-client.ts'
import { exchange } from './support/responses.ts'
import { startRunning } from './support/running.ts'
import { gatewaySpec } from './support/specs.ts'
import { until } from './support/until.ts'

/**
 * Limits over all workers of a gateway: never one more than a single thread would admit, and not one less either.
 * `LIMIT_KEYS=1000` is the whole of what is promised.
 */
const KEYS = Number(process.env['LIMIT_KEYS'] ?? 100)
const EACH = 110
const LIMIT = 100
const PERIOD_MS = 60_000
const CONNECTIONS = 64

const limitOf = (algorithm: string): string =>
  `rateLimit: { limit: ${LIMIT}/1m, by: "header:x-who", algorithm: ${algorithm} }`

const CONFIG = `
listeners: { web: { address: 127.0.0.1:0 } }
admin: 127.0.0.1:0
workers: 4
routes:
  - { path: /fixed-window, respond: { text: ok }, ${limitOf('fixed-window')} }
  - { path: /sliding-window, respond: { text: ok }, ${limitOf('sliding-window')} }
  - { path: /gcra, respond: { text: ok }, ${limitOf('gcra')} }
`

/** What is left of the minute; a run that might not end in it waits for the next. */
const wholeWindow = async (needMs: number): Promise<void> => {
  const leftMs = PERIOD_MS - (Date.now() % PERIOD_MS)
  if (leftMs < needMs) await sleep(leftMs + 50)
}

suite('4 workers, 64 connections', () => {
  let gateway: Awaited<ReturnType<typeof startRunning>>
  const fire = (algorithm: string, each = EACH): Promise<Volley> =>
    volley({
      ports: [gateway.port],
      connections: CONNECTIONS,
      pipelined: 8,
      next: keyByKey(KEYS, each, `/${algorithm}`),
    })

  test('it starts', async () => {
    gateway = await startRunning(CONFIG)
  })

  for (const algorithm of ['fixed-window', 'sliding-window']) {
    test(`${algorithm}: exactly ${LIMIT} for each of ${KEYS} keys`, async t => {
      await wholeWindow(Math.min(50_000, 12_000 + KEYS * 20))
      const startedIn = Math.floor(Date.now() / PERIOD_MS)
      const fired = await fire(algorithm)
      const windows = Math.floor(Date.now() / PERIOD_MS) - startedIn + 1
      t.diagnostic(`admitted ${spread(fired)}; ${KEYS * EACH} requests in ${Math.round(fired.tookMs)} ms`)
      assert.deepEqual(fired.wrong, [])
      assert.equal(fired.byKey.size, KEYS)
      for (const [key, { admitted, refused }] of fired.byKey) {
        assert.equal(admitted + refused, EACH)
        // Should the machine have been so slow that a window ended: what its first part did not use, the next may.
        if (windows === 1) assert.equal(admitted, LIMIT, key)
        else assert.ok(admitted >= LIMIT && admitted <= EACH, key)
      }
    })
  }

  test('gcra: what one thread would admit of the same arrivals, at once and later', async t => {
    const emissionMs = PERIOD_MS / LIMIT
    const first = await fire('gcra')
    await sleep(1500)
    const second = await fire('gcra', 30)
    t.diagnostic(`admitted ${spread(first)}, then ${spread(second)}; ${Math.round(first.tookMs + second.tookMs)} ms`)
    assert.deepEqual([...first.wrong, ...second.wrong], [])
    for (const [key, once] of first.byKey) {
      // The bucket was full when the first request came, which was between these two, and refills from then on.
      const most = (at: number): number => LIMIT + Math.floor((at - once.firstSentAt) / emissionMs)
      const least = (at: number): number => LIMIT + Math.floor((at - once.firstAnsweredAt) / emissionMs)
      const again = second.byKey.get(key)!
      const total = once.admitted + again.admitted
      assert.ok(
        once.admitted >= LIMIT && once.admitted <= Math.min(EACH, most(once.lastAnsweredAt)),
        `${key}: ${once.admitted}`,
      )
      assert.ok(total <= most(again.lastAnsweredAt), `${key}: ${total}`)
      if (again.refused > 0) assert.ok(total >= least(again.firstSentAt), `${key}: ${total}`)
    }
  })

  test('it ends', async () => {
    assert.equal(await gateway.stop(), 0)
  })
})

/** A service that answers when it is told to, and knows how much it has to do. */
const startHolding = async () => {
  const held = new Set<ServerResponse>()
  let most = 0
  const server = createServer((request, response) => {
    held.add(response)
    most = Math.max(most, held.size)
    response.on('close', () => held.delete(response))
    const [, kind, ms] = (request.url ?? '').split('/')
    if (kind !== 'slow') return
    setTimeout(() => {
      // Before the answer: the next request may be here as soon as that is out.
      held.delete(response)
      response.end('done')
    }, Number(ms))
  })
  return { ...(await listen(server)), held, most: () => most }
}

suite('requests in flight', () => {
  const MAX = 8

  test('never more than the limit over 4 workers, and none is forgotten when clients leave', async t => {
    const service = await startHolding()
    const gateway = await startRunning(`
listeners: { web: { address: 127.0.0.1:0 } }
admin: 127.0.0.1:0
workers: 4
services: { app: { url: "http://127.0.0.1:${service.port}" } }
routes: [ { prefix: /, to: app, rateLimit: { concurrent: ${MAX}, by: route, name: busy } } ]
`)
    t.after(async () => {
      await gateway.stop()
      await service.close()
    })
    let n = 0
    const load = await volley({
      ports: [gateway.port],
      connections: CONNECTIONS,
      next: () => (n++ < 3000 ? { key: 'all', target: '/slow/5', fields: [] } : null),
    })
    const { admitted, refused } = load.byKey.get('all')!
    t.diagnostic(`${admitted} admitted, ${refused} refused, at most ${service.most()} at the service at once`)
    assert.deepEqual(load.wrong, [])
    assert.ok(admitted > 0 && refused > 0)
    assert.ok(service.most() <= MAX)

    // Whoever leaves, before, while or after his request reaches the service, gives back what he had.
    for (let round = 0; round < 10; round++) {
      const leaving = await Promise.all(Array.from({ length: 12 }, () => openClient(gateway.port)))
      await Promise.all(leaving.map(client => client.send(request('/hold'))))
      await sleep(round * 3)
      for (const client of leaving) client.reset()
    }
    await until(() => service.held.size === 0)
    const { clients, places } = await fillPlaces(gateway.port, service.held, MAX + 1)
    assert.equal(places, MAX)
    const refusal = await exchange(clients.at(-1)!, request('/hold'))
    assert.equal(refusal.status, 429)
    assert.match(refusal.header('ratelimit') ?? '', /^"busy";r=0/)
    for (const client of clients) client.destroy()
  })

  test('a worker that dies gives back what it held, and no more', async t => {
    const service = await startHolding()
    const spec = {
      ...gatewaySpec({
        services: { app: service.port },
        routes: [
          {
            limits: [
              { kind: 'concurrency', name: 'busy', by: [{ kind: 'route' }], dryRun: false, max: MAX, tiers: [] },
            ],
          },
        ],
      }),
      workers: 2,
    }
    const silent = { info() {}, warn() {}, error() {} }
    const workerEntry = new URL('./support/mortal-worker.ts', import.meta.url)
    const gateway = await launchGateway(spec, { log: silent, workerEntry, stallMs: 5000 })
    const deaths = new BroadcastChannel(DEATHS)
    const { port } = gateway.spec().listeners[0]!
    const all: RawClient[] = []
    t.after(async () => {
      for (const client of all) client.destroy()
      deaths.close()
      await gateway.drain()
      await service.close()
    })
    const before = await fillPlaces(port, service.held, 40)
    all.push(...before.clients)
    assert.equal(before.places, MAX)
    deaths.postMessage({ worker: 1, death: 'throw' } satisfies DeathOrder)
    const waiting = before.clients.slice(0, MAX)
    await until(() => waiting.some(client => client.closed()))
    await sleep(300)
    const lost = waiting.filter(client => client.closed()).length
    assert.equal(service.held.size, MAX - lost)
    const after = await fillPlaces(port, service.held, 40)
    all.push(...after.clients)
    t.diagnostic(`${lost} of ${MAX} places were the dead worker's; ${after.places} could be taken again`)
    assert.equal(after.places, lost)
    assert.equal(service.held.size, MAX)
  })
})

/** Asks one after the other on connections of their own until nobody is let in; those who are wait for good. */
const fillPlaces = async (port: number, held: ReadonlySet<ServerResponse>, tries: number) => {
  const [clients, refused]: [RawClient[], RawClient[]] = [[], []]
  for (let i = 0; i < tries; i++) {
    const client = await openClient(port)
    const before = held.size
    await client.send(request('/hold'))
    await until(() => held.size > before || client.received().length > 0 || client.closed())
    if (held.size > before) clients.push(client)
    else {
      const answer = await awaitAnswer(client, 'GET')
      assert.equal(typeof answer === 'string' ? answer : answer.status, 429)
      refused.push(client)
    }
  }
  return { clients: [...clients, ...refused], places: clients.length }
}
