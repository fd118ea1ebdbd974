import assert from 'node:assert/strict'
import { type TestContext, test } from 'node:test'
import { get, newTally, startLoad } from './support/load.ts'
import { openClient } from './support/raw-client.ts'
import {
  ask,
  askAll,
  gist,
  type ResilientGateway,
  startResilient,
  tallyOf,
  untilAll,
} from './support/resilience-gateway.ts'
import { byName, gate, startTargets, status, type Target } from './support/resilience-target.ts'
import { until } from './support/until.ts'

/**
 * Reloads of services under load: what is known of their targets stays known, targets and services come and go, and no
 * request is lost. What operators and breakers decided is asked for before and after, through both workers.
 */

const HEALTH = 'health: { path: /healthz, interval: 250ms, timeout: 200ms, healthyAfter: 1, unhealthyAfter: 2 }'

type Name = 'a' | 'b' | 'c' | 'bad' | 'sick'
type Targets = Readonly<Record<Name, Target>>

interface Written {
  readonly targets: Targets
  /** Of `shop`, with their weights. */
  readonly shop: readonly (readonly [Target, weight: number])[]
  /** So many targets more than there were, in services of which something is known: they outgrow their memory. */
  readonly more?: number
  /** A service of its own, and its route. */
  readonly extra?: Target
  readonly generation: number
}

/** Other targets, though it is one server. */
const manyOf = ({ url }: Target, count: number): string =>
  Array.from({ length: count }, (_, i) => `, "${url}/${i}"`).join('')

/** Every generation has another setting that concerns no target. */
const configOf = ({ targets: { a, bad, sick }, shop, more = 0, extra, generation }: Written): string => `
services:
  shop: { endpoints: [ ${shop.map(([{ url }, weight]) => `{ url: "${url}", weight: ${weight} }`).join(', ')} ] }
  tripped:
    endpoints: [ "${bad.url}"${manyOf(a, more)} ]
    breaker: { failureRate: 0%, consecutiveFailures: 3, openFor: 1m }
  forced:
    endpoints: [ "${a.url}", "${bad.url}"${manyOf(a, more)} ]
    breaker: { failureRate: 0%, consecutiveFailures: 1000 }
    targetBreaker: { failureRate: 0%, consecutiveFailures: 1000 }
  ejecting:
    endpoints: [ "${a.url}", "${bad.url}"${manyOf(a, more)} ]
    outliers: { consecutiveErrors: 3, ejectFor: 1m }
  drained: { endpoints: [ "${a.url}", "${bad.url}"${manyOf(a, more)} ] }
  probed: { endpoints: [ "${a.url}", "${sick.url}"${manyOf(a, more)} ], ${HEALTH} }
${extra === undefined ? '' : `  extra: "${extra.url}"`}
routes:
  - { path: /generation, respond: { text: "${generation}" } }
  - { prefix: /shop, to: shop, timeout: ${30 + generation}s }
  - { prefix: /tripped, to: tripped }
  - { prefix: /forced, to: forced }
  - { prefix: /ejecting, to: ejecting }
  - { prefix: /drained, to: drained }
  - { prefix: /probed, to: probed }
${extra === undefined ? '' : '  - { prefix: /extra, to: extra }'}
`

/** Steady requests to `shop` and, where it is there, to `extra`. */
const startShopping = (t: TestContext, { port }: ResilientGateway) => {
  const tally = newTally()
  let answers: string[] = []
  const load = startLoad(
    {
      port,
      connections: 10,
      pauseMs: 3,
      ask: n => {
        const path = n % 5 === 0 ? '/extra' : '/shop'
        return {
          name: path,
          bytes: get(path),
          judge: answer => {
            const text = gist(answer)
            if (path === '/shop') answers.push(text)
            return /^200 [abc]$/.test(text) || (path === '/extra' && text === '404 NO_ROUTE') ? undefined : text
          },
        }
      },
    },
    tally,
  )
  t.after(() => load.stop())
  return {
    tally,
    stop: load.stop,
    /** What the next ones to `shop` are answered. */
    next: async (count: number): Promise<Readonly<Record<string, number>>> => {
      // Some are under way.
      answers = []
      await until(() => answers.length >= 10)
      answers = []
      await until(() => answers.length >= count)
      return tallyOf(answers.slice(0, count))
    },
  }
}

/** What both workers answer, and what operators see. */
const standing = async (gateway: ResilientGateway, { bad, sick }: Targets) => {
  const [tripped, forced, ejecting] = await Promise.all(['tripped', 'forced', 'ejecting'].map(gateway.service))
  return {
    tripped: tallyOf(await askAll(gateway, '/tripped', 3)),
    breaker: tripped?.breaker?.state,
    forced: tallyOf(await askAll(gateway, '/forced', 3)),
    forcedTargets: forced?.targets.filter(target => target.breaker?.forced === 'open').map(({ url }) => url),
    ejecting: tallyOf(await askAll(gateway, '/ejecting', 3)),
    ejected: ejecting?.targets.filter(({ ejected }) => ejected?.times === 1).map(({ url }) => url),
    drained: tallyOf(await askAll(gateway, '/drained', 3)),
    draining: (await gateway.target('drained', bad.url)).draining,
    probed: tallyOf(await askAll(gateway, '/probed', 3)),
    healthy: (await gateway.target('probed', sick.url)).healthy,
  }
}

test('reloads of services under load', async t => {
  const targets = await startTargets(t, ['a', 'b', 'c', 'bad', 'sick'])
  const { a, b, c, bad, sick } = targets
  sick.behave((seen, response) => (seen.path === '/healthz' ? status(503) : byName)(seen, response))
  let written: Written = {
    targets,
    shop: [
      [a, 1],
      [b, 1],
    ],
    generation: 0,
  }
  const gateway = await startResilient(t, configOf(written))
  const load = startShopping(t, gateway)
  const reload = async (change: Partial<Written> = {}): Promise<void> => {
    written = { ...written, ...change, generation: written.generation + 1 }
    assert.match(await gateway.reload(configOf(written)), /^reloaded/)
    assert.deepEqual(new Set(await askAll(gateway, '/generation')), new Set([`200 ${written.generation}`]))
  }

  await t.test('an open breaker, an ejection, a drain, bad health and what was forced survive', async () => {
    bad.behave(status(500))
    await askAll(gateway, '/tripped', 3)
    await until(async () => {
      await askAll(gateway, '/ejecting', 2)
      return (await gateway.target('ejecting', bad.url)).ejected !== null
    })
    bad.behave()
    await gateway.order('forced/breaker', { state: 'open', target: bad.url })
    await gateway.order('drained/drain', { target: bad.url, drain: true })
    await until(async () => !(await gateway.target('probed', sick.url)).healthy)
    const before = await standing(gateway, targets)
    assert.deepEqual(before, {
      tripped: { '503 CIRCUIT_OPEN': 6 },
      breaker: 'open',
      forced: { '200 a': 6 },
      forcedTargets: [bad.url],
      ejecting: { '200 a': 6 },
      ejected: [bad.url],
      drained: { '200 a': 6 },
      draining: true,
      probed: { '200 a': 6 },
      healthy: false,
    })
    for (const more of [0, 10, 0]) {
      await reload({ more })
      assert.deepEqual(await standing(gateway, targets), before)
    }
    // And is over when it would have been.
    sick.behave()
    await untilAll(gateway, '/probed', '200 a', '200 sick')
    await until(async () => new Set(await askAll(gateway, '/probed', 2)).size === 2)
    await gateway.order('forced/breaker', { state: 'auto', target: bad.url })
    assert.deepEqual(tallyOf(await askAll(gateway, '/forced', 4)), { '200 a': 4, '200 bad': 4 })
    await gateway.order('drained/drain', { target: bad.url, drain: false })
    assert.deepEqual(tallyOf(await askAll(gateway, '/drained', 4)), { '200 a': 4, '200 bad': 4 })
  })

  await t.test('targets come and go, and get what their weights say', async () => {
    const lists: readonly Written['shop'][] = [
      [
        [a, 1],
        [b, 1],
        [c, 2],
      ],
      [
        [b, 3],
        [c, 1],
      ],
      [[c, 1]],
      [
        [a, 3],
        [b, 1],
      ],
    ]
    for (const shop of lists) {
      await reload({ shop })
      const answers = await load.next(200)
      const total = shop.reduce((sum, [, weight]) => sum + weight, 0)
      for (const [{ name }, weight] of shop) {
        const share = (answers[`200 ${name}`] ?? 0) / 200
        assert.ok(Math.abs(share - weight / total) < 0.1, `${name} has ${share} instead of ${weight}/${total}`)
      }
      assert.equal(Object.keys(answers).length, shop.length)
      assert.deepEqual(
        (await gateway.service('shop')).targets.map(({ url, weight }) => [url, weight]),
        shop.map(([{ url }, weight]) => [url, weight]),
      )
    }
  })

  await t.test('what a target that goes has under way ends well, and it gets nothing new', async () => {
    const held = gate()
    b.behave((seen, response) => (seen.path === '/shop/held' ? held.behaviour : byName)(seen, response))
    const clients = await Promise.all(Array.from({ length: 16 }, () => openClient(gateway.port)))
    const answers = clients.map(client => ask(client, '/shop/held'))
    await until(() => held.waiting() > 0)
    await reload({ shop: [[a, 1]] })
    await until(() => b.inFlight.now === held.waiting())
    const before = b.seen.length
    assert.deepEqual(tallyOf(await askAll(gateway, '/shop', 8)), { '200 a': 16 })
    assert.equal(b.seen.length, before)
    const waiting = held.waiting()
    held.open()
    assert.deepEqual(tallyOf((await Promise.all(answers)).map(gist)), { '200 a': 16 - waiting, '200 b': waiting })
    await until(() => b.connections() === 0, 'no connection to a target that left')
    for (const client of clients) client.destroy()
    b.behave()
  })

  await t.test('services come and go', async () => {
    await reload({ extra: c })
    assert.deepEqual(tallyOf(await askAll(gateway, '/extra', 2)), { '200 c': 4 })
    const { extra: _, ...without } = written
    written = without
    await reload()
    assert.deepEqual(tallyOf(await askAll(gateway, '/extra', 2)), { '404 NO_ROUTE': 4 })
    assert.equal((await gateway.admin('/v1/services/extra')).status, 404)
  })

  await t.test('a reload that is refused changes nothing', async () => {
    const before = await gateway.service('shop')
    const other = {
      ...written,
      shop: [
        [b, 5],
        [c, 5],
      ] as const,
    }
    for (const broken of [
      configOf(other).replace('to: shop,', 'to: shpo,'),
      `${configOf(other)}  - { path: /generation, respond: { text: twice } }\n`,
    ]) {
      assert.match(await gateway.reload(broken), /^not reloaded/)
      assert.deepEqual(tallyOf(await askAll(gateway, '/shop', 4)), { '200 a': 8 })
    }
    const { targets: now } = await gateway.service('shop')
    assert.deepEqual(
      now.map(({ url, weight }) => [url, weight]),
      before.targets.map(({ url, weight }) => [url, weight]),
    )
    assert.deepEqual(tallyOf(await askAll(gateway, '/tripped', 2)), { '503 CIRCUIT_OPEN': 4 })
    await reload({ shop: other.shop })
    assert.deepEqual(Object.keys(await load.next(50)).toSorted(), ['200 b', '200 c'])
  })

  await load.stop()
  const { sent, right, wrong, lost } = load.tally
  assert.deepEqual({ wrong, lost }, { wrong: [], lost: [] })
  assert.ok(sent === right && sent > 500, `${sent} sent`)
  assert.equal(await gateway.stop(), 0)
})
