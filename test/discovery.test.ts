import assert from 'node:assert/strict'
import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { suite, type TestContext, test } from 'node:test'
import { BroadcastChannel } from 'node:worker_threads'
import { launchGateway } from '../src/cli/launch.ts'
import { startFakeDns } from '../src/upstream/testing/fake-dns.ts'
import { get, newTally, startLoad, type Tally } from './support/load.ts'
import { DEATHS, type DeathOrder } from './support/mortal-worker.ts'
import { openClient } from './support/raw-client.ts'
import {
  ask,
  askAll,
  clientsOfWorkers,
  gist,
  type ResilientGateway,
  startResilient,
  tallyOf,
  untilAll,
} from './support/resilience-gateway.ts'
import { gate, startTarget, startTargets, type Target } from './support/resilience-target.ts'
import { gatewaySpec } from './support/specs.ts'
import { until } from './support/until.ts'

/** Targets that come and go while requests are under way: nobody may notice. */

/** Steady requests, each of which must be answered by name, and who answered the last ones. */
const startNamed = (t: TestContext, port: number, path: string) => {
  const tally = newTally()
  let answers: string[] = []
  const load = startLoad(
    {
      port,
      connections: 6,
      pauseMs: 3,
      ask: n => ({
        name: `${path}/${n}`,
        bytes: get(`${path}/${n}`),
        judge: ({ status, body }) => {
          answers.push(body.toString())
          return status === 200 ? undefined : `status ${status}: ${body}`
        },
      }),
    },
    tally,
  )
  t.after(() => load.stop())
  return {
    tally,
    stop: load.stop,
    /** Who answers the next ones, how often each. */
    next: async (count: number): Promise<Readonly<Record<string, number>>> => {
      answers = []
      await until(() => answers.length >= count)
      return tallyOf(answers.slice(0, count))
    },
  }
}

const nothingLost = ({ sent, right, wrong, lost }: Tally): void => {
  assert.deepEqual({ wrong, lost }, { wrong: [], lost: [] })
  assert.equal(right, sent)
  assert.ok(sent > 200)
}

type Listed = readonly [target: Target, weight?: number]

const urlsOf = async (gateway: ResilientGateway, service: string): Promise<string[]> =>
  (await gateway.service(service)).targets.map(({ url }) => url)

/** Two targets on one port of two addresses, as the answers of a name server have them. */
const startTwins = async (t: TestContext): Promise<readonly [Target, Target]> => {
  for (;;) {
    const two = await startTarget('two', { host: '127.0.0.2' })
    const three = await startTarget('three', { host: '127.0.0.3', port: two.port }).catch(() => undefined)
    t.after(() => two.close())
    if (three === undefined) continue
    t.after(() => three.close())
    return [two, three]
  }
}

suite('targets come and go', { concurrency: true }, () => {
  test('a file of targets that changes under load', async t => {
    const { one, two } = await startTargets(t, ['one', 'two'])
    const list = (...targets: readonly Listed[]): string =>
      targets.map(([{ url }, weight = 1]) => `- { url: "${url}", weight: ${weight} }\n`).join('')
    const gateway = await startResilient(
      t,
      `
services:
  shop: { discover: { file: ./shop.targets.yaml } }
  slow: { discover: { file: ./slow.targets.yaml }, slowStart: 1500ms }
routes:
  - { prefix: /shop, to: shop }
  - { prefix: /slow, to: slow }
`,
      { files: { 'shop.targets.yaml': list([one]), 'slow.targets.yaml': list([one]) } },
    )
    const put = (...targets: readonly Listed[]): Promise<void> => gateway.put('shop.targets.yaml', list(...targets))
    const load = startNamed(t, gateway.port, '/shop')
    assert.deepEqual(await load.next(100), { one: 100 })

    await t.test('one that is added gets its share', async () => {
      await put([one], [two])
      await until(() => two.seen.length > 0)
      const { two: share = 0 } = await load.next(400)
      assert.ok(share > 150 && share < 250, `${share} of 400`)
    })

    await t.test('weights are shares', async () => {
      await put([one, 1], [two, 9])
      await until(async () => (await load.next(50))['two']! >= 40)
      const { two: share = 0 } = await load.next(400)
      assert.ok(share > 330 && share < 390, `${share} of 400`)
    })

    await t.test('a wrong file changes nothing, and the log says where it is wrong', async () => {
      for (const [text, said] of [
        [
          '- http://127.0.0.1:1\n- { url: "http://127.0.0.1:2", wieght: 3 }\n',
          /wieght.*did you mean.*targets\.yaml:2:\d+/,
        ],
        ['- [\n', /targets\.yaml:\d+:\d+/],
        ['[]\n', /targets\.yaml:1:\d+/],
      ] as const) {
        const from = gateway.err().length
        await gateway.put('shop.targets.yaml', text)
        assert.match(await gateway.told(said, from), /those known so far stay in use/)
        assert.deepEqual(await urlsOf(gateway, 'shop'), [one.url, two.url].toSorted())
      }
      const { one: share = 0, two: rest = 0 } = await load.next(100)
      assert.ok(share > 0 && share + rest === 100)
    })

    await t.test('one that is removed gets nothing new, and what it has under way ends well', async () => {
      const held = gate()
      one.behave((seen, response) =>
        seen.path === '/shop/held' ? held.behaviour(seen, response) : void response.end('one'),
      )
      // In turn: some of these are at the one that goes.
      const clients = await Promise.all(Array.from({ length: 20 }, () => openClient(gateway.port)))
      const answers = clients.map(client => ask(client, '/shop/held'))
      await until(() => held.waiting() > 0)
      const from = gateway.err().length
      await put([two])
      await gateway.told(/can be found again/, from)
      await until(async () => (await urlsOf(gateway, 'shop')).join() === two.url)
      await untilAll(gateway, '/shop', '200 two')
      const before = one.seen.length
      assert.deepEqual(await load.next(200), { two: 200 })
      assert.equal(one.seen.length, before)
      const waiting = held.waiting()
      assert.ok(waiting > 0)
      held.open()
      const names = (await Promise.all(answers)).map(gist)
      assert.deepEqual(tallyOf(names), { '200 one': waiting, '200 two': 20 - waiting })
      await until(() => one.connections() === 0, 'no connection to a target that left')
      for (const client of clients) client.destroy()
      one.behave()
    })

    await t.test('one that was removed may come back', async () => {
      await put([one])
      await untilAll(gateway, '/shop', '200 one')
      assert.deepEqual(await load.next(50), { one: 50 })
    })

    await load.stop()
    nothingLost(load.tally)

    await t.test(
      'with a slow start, one that is added gets little at first and its whole share in the end',
      async () => {
        const slow = startNamed(t, gateway.port, '/slow')
        await slow.next(50)
        const before = two.seen.length
        await gateway.put('slow.targets.yaml', list([one], [two]))
        await until(() => two.seen.length > before)
        const began = performance.now()
        const { two: first = 0 } = await slow.next(150)
        if (performance.now() - began < 500) assert.ok(first > 0 && first < 50, `${first} of 150 at first`)
        await until(async () => (await slow.next(100))['two']! > 35)
        const tookMs = performance.now() - began
        assert.ok(tookMs > 700, `its whole share after ${tookMs} ms`)
        await until(async () => (await slow.next(200))['two']! > 90)
        await slow.stop()
        nothingLost(slow.tally)
      },
    )
    assert.equal(await gateway.stop(), 0)
  })

  test('names whose addresses change under load', async t => {
    const dns = await startFakeDns()
    t.after(() => dns.close())
    const [two, three] = await startTwins(t)
    const { port } = two
    const addresses = (name: string, ttl: number, ...list: readonly string[]): void => {
      dns.replies.set(
        `A ${name}`,
        list.map(address => ({ type: 'A', ttl, address })),
      )
      dns.replies.set(`AAAA ${name}`, [])
    }
    const askedFor = (name: string): number => dns.asked.filter(asked => asked === `A ${name}`).length
    addresses('quick.test', 0, '127.0.0.2')
    addresses('second.test', 1, '127.0.0.2')
    addresses('long.test', 300, '127.0.0.2')
    addresses('a.test', 0, '127.0.0.2')
    addresses('b.test', 0, '127.0.0.3')
    const records = (...list: readonly (readonly [string, number, priority: number])[]): void =>
      void dns.replies.set(
        'SRV _http._tcp.carts.test',
        list.map(([name, at, priority]) => ({ type: 'SRV', ttl: 0, priority, weight: 1, port: at, name })),
      )
    const other = await startTarget('other', { host: '127.0.0.3' })
    t.after(() => other.close())
    records(['a.test', port, 10])

    const from = `servers: ["${dns.address}"], minTtl: 100ms`
    const gateway = await startResilient(
      t,
      `
services:
  quick: { discover: { dns: "http://quick.test:${port}", ${from} } }
  second: { discover: { dns: "http://second.test:${port}", ${from} } }
  long: { discover: { dns: "http://long.test:${port}", ${from} } }
  capped: { discover: { dns: "http://capped.test:${port}", servers: ["${dns.address}"], minTtl: 100ms, maxTtl: 200ms } }
  carts: { discover: { srv: "http://_http._tcp.carts.test", ${from} } }
routes:
  - { prefix: /quick, to: quick }
  - { prefix: /second, to: second }
  - { prefix: /long, to: long }
  - { prefix: /capped, to: capped }
  - { prefix: /carts, to: carts }
`,
    )
    const load = startNamed(t, gateway.port, '/quick')

    await t.test('a name nobody knew when the gateway started is a 503 until somebody does', async () => {
      assert.deepEqual(await askAll(gateway, '/capped'), ['503 NO_HEALTHY_TARGET', '503 NO_HEALTHY_TARGET'])
      assert.match(gateway.err(), /it has none until they can.*capped\.test.*the name is not known/s)
      addresses('capped.test', 300, '127.0.0.3')
      await untilAll(gateway, '/capped', '200 three')
      // Its time to live is longer than may be.
      const before = askedFor('capped.test')
      await until(() => askedFor('capped.test') >= before + 3)
    })

    await t.test('every address is asked, under the name', async () => {
      assert.deepEqual(await load.next(50), { two: 50 })
      addresses('quick.test', 0, '127.0.0.2', '127.0.0.3')
      await until(() => three.seen.some(({ path }) => path.startsWith('/quick')))
      const { three: share = 0 } = await load.next(200)
      assert.ok(share > 70 && share < 130, `${share} of 200`)
      assert.equal(three.seen.at(-1)?.headers.host, `quick.test:${port}`)
      assert.deepEqual(await urlsOf(gateway, 'quick'), [`http://127.0.0.2:${port}`, `http://127.0.0.3:${port}`])
    })

    await t.test('an answer is good for its time to live, and asked for again shortly before it is over', async () => {
      const rounds = askedFor('second.test')
      await until(() => askedFor('second.test') > rounds)
      const began = performance.now()
      await until(() => askedFor('second.test') > rounds + 1)
      const ms = performance.now() - began
      assert.ok(ms > 880 && ms < 3000, `${ms} ms between two questions`)
      assert.equal(askedFor('long.test'), 1)
    })

    await t.test('a name server that falls silent, or forgets the name, changes nothing', async () => {
      const before = askedFor('quick.test')
      dns.replies.set('A quick.test', 'silence')
      dns.replies.set('AAAA quick.test', 'silence')
      await until(() => askedFor('quick.test') > before + 1)
      dns.replies.set('A quick.test', 'NXDOMAIN')
      dns.replies.set('AAAA quick.test', 'NXDOMAIN')
      await gateway.told(/those known so far stay in use[^\n]*quick\.test/)
      const { three: share = 0 } = await load.next(200)
      assert.ok(share > 70 && share < 130, `${share} of 200`)
    })

    await t.test('the next good answer counts, and the log says so', async () => {
      addresses('quick.test', 0, '127.0.0.3')
      await gateway.told(/can be found again[^\n]*quick\.test/)
      await untilAll(gateway, '/quick', '200 three')
      assert.deepEqual(await load.next(100), { three: 100 })
    })

    await t.test('SRV records have ports and priorities', async () => {
      await untilAll(gateway, '/carts', '200 two')
      records(['a.test', port, 20], ['b.test', other.port, 10])
      await untilAll(gateway, '/carts', '200 other')
      assert.deepEqual(
        (await gateway.service('carts')).targets.map(({ url, priority }) => [url, priority]),
        [
          [`http://127.0.0.3:${other.port}`, 0],
          [`http://127.0.0.2:${port}`, 1],
        ],
      )
      records(['a.test', port, 10], ['b.test', other.port, 10])
      await until(async () => new Set(await askAll(gateway, '/carts', 4)).size === 2)
    })

    await load.stop()
    nothingLost(load.tally)
    assert.equal(await gateway.stop(), 0)
  })

  test('a worker that takes the place of one that died knows the latest list', async t => {
    const { one, two } = await startTargets(t, ['one', 'two'])
    const folder = await mkdtemp(join(tmpdir(), 'sallyport-discovery-'))
    t.after(() => rm(folder, { recursive: true, force: true }))
    const path = join(folder, 'targets.yaml')
    await writeFile(path, `- ${one.url}\n`)
    const where = { tls: false, host: '', port: 0, authority: '', basePath: '' }
    const spec = {
      ...gatewaySpec({ services: { app: { ports: [], discover: { kind: 'file', path, ...where } } } }),
      workers: 2,
    }
    const lines: string[] = []
    const note = (line: string): void => void lines.push(line)
    const workerEntry = new URL('./support/mortal-worker.ts', import.meta.url)
    const gateway = await launchGateway(spec, { log: { info: note, warn: note, error: note }, workerEntry })
    const deaths = new BroadcastChannel(DEATHS)
    t.after(async () => {
      deaths.close()
      await gateway.drain()
    })
    const { port } = gateway.spec().listeners[0]!
    const askEach = async (): Promise<string[]> => {
      const workers = await clientsOfWorkers(port)
      const answers = await Promise.all(workers.map(client => ask(client, '/')))
      for (const client of workers) client.destroy()
      return answers.map(gist)
    }
    assert.deepEqual(await askEach(), ['200 one', '200 one'])
    await writeFile(path, `- ${two.url}\n`)
    await until(async () => (await askEach()).join() === '200 two,200 two')

    deaths.postMessage({ worker: 1, death: 'throw' } satisfies DeathOrder)
    await until(() => lines.includes('worker 1 is back'))
    const before = one.seen.length
    assert.deepEqual(await askEach(), ['200 two', '200 two'])
    assert.equal(one.seen.length, before)

    // And it learns what comes later.
    await writeFile(path, `- ${one.url}\n- ${two.url}\n`)
    await until(async () => new Set(await askEach()).size === 2)
  })
})
