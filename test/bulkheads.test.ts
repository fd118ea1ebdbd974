import assert from 'node:assert/strict'
import { type TestContext, test } from 'node:test'
import { assertProblem, GET } from './support/fixture.ts'
import { startGateway } from './support/gateway.ts'
import { openClient, type RawClient } from './support/raw-client.ts'
import { ask, gist, type ResilientGateway, startResilient, tallyOf, workerOf } from './support/resilience-gateway.ts'
import {
  after,
  type InFlight,
  noneInFlight,
  silence,
  startTarget,
  startTargets,
  type Target,
} from './support/resilience-target.ts'
import { exchange } from './support/responses.ts'
import { until } from './support/until.ts'

/** Bounds of a service over all workers, exact as its targets see them, and what becomes of those who wait. */

const MAX = 3
const MAX_TOTAL = 5
const OPEN = 4
const WAIT_MS = 700
const CLIENTS = 40

interface Targets {
  readonly max: readonly Target[]
  readonly total: readonly Target[]
  readonly open: readonly Target[]
  readonly slow: Target
  readonly other: Target
}

const configOf = ({ max, total, open, slow, other }: Targets): string => `
services:
  max: { endpoints: [ ${urls(max)} ], connections: { max: ${MAX}, wait: 20s } }
  total: { endpoints: [ ${urls(total)} ], connections: { maxTotal: ${MAX_TOTAL}, wait: 20s } }
  open: { endpoints: [ ${urls(open)} ], connections: { open: ${OPEN}, wait: 20s } }
  few: { url: "${other.url}", connections: { open: 2, wait: 5s } }
  taken: { url: "${slow.url}", connections: { open: 2, wait: 5s } }
  last: { url: "${max[0]!.url}", connections: { max: 1, queue: 0 } }
  slow: { url: "${slow.url}", connections: { max: 1, queue: 2, wait: ${WAIT_MS}ms } }
  long: { url: "${slow.url}", connections: { max: 1, queue: 2, wait: 20s } }
  other: "${other.url}"
routes:
  - { prefix: /max, to: max }
  - { prefix: /total, to: total }
  - { prefix: /open, to: open }
  - { prefix: /few, to: few }
  - { prefix: /taken, to: taken }
  - { prefix: /last, to: last }
  - { prefix: /slow, to: slow }
  - { prefix: /long, to: long }
  - { prefix: /other, to: other }
`

const urls = (targets: readonly Target[]): string => targets.map(({ url }) => `"${url}"`).join(', ')

const startPair = async (t: TestContext, together?: InFlight): Promise<readonly Target[]> =>
  Object.values(
    await startTargets(t, ['one', 'two'], { behaviour: after(5), ...(together === undefined ? {} : { together }) }),
  )

/** As many requests on each of many connections as fast as they are answered. */
const storm = async (port: number, path: string, each: number): Promise<string[]> => {
  const one = async (): Promise<string[]> => {
    const client = await openClient(port)
    const answers: string[] = []
    for (let n = 0; n < each; n++) answers.push(String((await ask(client, path)).status))
    client.destroy()
    return answers
  }
  return (await Promise.all(Array.from({ length: CLIENTS }, one))).flat()
}

/** Eight connections to one worker, and one to the other. */
const sides = async ({ port }: ResilientGateway): Promise<Record<'mine' | 'others', RawClient[]>> => {
  const mine: RawClient[] = []
  const others: RawClient[] = []
  let first: string | undefined
  while (mine.length < 8 || others.length < 1) {
    const client = await openClient(port)
    const worker = workerOf(await ask(client, '/which-worker'))
    first ??= worker
    const side = worker === first ? mine : others
    if (side.length < (side === mine ? 8 : 1)) side.push(client)
    else client.destroy()
  }
  return { mine, others }
}

const forget = (...targets: readonly Target[]): void => {
  for (const { inFlight } of targets) inFlight.most = 0
}

const queuedAt = async (gateway: ResilientGateway, service: string, queued: number): Promise<void> =>
  until(async () => (await gateway.service(service)).queued === queued, `${queued} wait at ${service}`)

test('bulkheads', async t => {
  const together = noneInFlight()
  const [max, total, open] = [await startPair(t), await startPair(t, together), await startPair(t)]
  const { slow, other } = await startTargets(t, ['slow', 'other'])
  const gateway = await startResilient(t, configOf({ max, total, open, slow, other }))
  const { port } = gateway
  const clientsOf = async (count: number): Promise<RawClient[]> =>
    Promise.all(Array.from({ length: count }, () => openClient(port)))

  await t.test('`max` is the most that a target ever has in flight, and all of it is used', async () => {
    const answers = await storm(port, '/max', 8)
    assert.deepEqual(tallyOf(answers), { 200: CLIENTS * 8 })
    assert.deepEqual(
      max.map(({ inFlight }) => inFlight.most),
      [MAX, MAX],
    )
  })

  await t.test('`maxTotal` is the most that all targets together ever have', async () => {
    const answers = await storm(port, '/total', 8)
    assert.deepEqual(tallyOf(answers), { 200: CLIENTS * 8 })
    assert.equal(together.most, MAX_TOTAL)
  })

  await t.test('`open` is the most connections that a target ever has', async () => {
    const answers = await storm(port, '/open', 8)
    assert.deepEqual(tallyOf(answers), { 200: CLIENTS * 8 })
    // A connection carries one request at a time. That one has ended, its target may notice behind that another began.
    assert.deepEqual(
      open.map(({ inFlight }) => inFlight.most),
      [OPEN, OPEN],
    )
    for (const target of open) assert.ok(target.mostConnections() <= OPEN + 2, `${target.mostConnections()}`)
  })

  await t.test('connections that idle in one worker are given up when another needs them', async () => {
    const { mine, others } = await sides(gateway)
    // More than there may be, in the one worker alone.
    const answers = await Promise.all(mine.map(client => ask(client, '/few')))
    assert.deepEqual(tallyOf(answers.map(gist)), { '200 other': mine.length })
    for (const client of others) {
      const began = performance.now()
      assert.equal(gist(await ask(client, '/few')), '200 other')
      assert.ok(performance.now() - began < 1500, `${performance.now() - began} ms`)
    }
    for (const client of [...mine, ...others]) client.destroy()
  })

  await t.test('a worker that is busy does not keep all connections to itself', async () => {
    const { mine, others } = await sides(gateway)
    slow.behave(after(100))
    let stopping = false
    const busy = mine.map(async client => {
      while (!stopping) assert.equal((await ask(client, '/taken')).status, 200)
    })
    await until(() => slow.inFlight.now === 2)
    const began = performance.now()
    assert.equal(gist(await ask(others[0]!, '/taken')), '200 slow')
    // Behind the first that ends, or it waits for as long as the other worker has enough to do.
    assert.ok(performance.now() - began < 1500, `${performance.now() - began} ms`)
    stopping = true
    await Promise.all(busy)
    for (const client of [...mine, ...others]) client.destroy()
    slow.behave()
  })

  await t.test('two workers never both take the last place', async () => {
    forget(...max)
    const answers: string[] = []
    for (let n = 0; n < 150; n++) {
      const clients = n % 2 === 0 ? gateway.workers : gateway.workers.toReversed()
      const both = await Promise.all(clients.map(client => ask(client, '/last')))
      answers.push(...both.map(gist))
    }
    assert.equal(max[0]!.inFlight.most, 1)
    const { '200 one': served = 0, '503 OVERLOADED': refused = 0 } = tallyOf(answers)
    assert.ok(served >= 150 && served + refused === 300, `${served} served, ${refused} refused`)
  })

  await t.test('a full queue is a 503 at once, a wait that is over one later; both say when to come back', async () => {
    slow.behave(silence)
    const clients = await clientsOf(4)
    const [holder, second, third, late] = clients as [RawClient, RawClient, RawClient, RawClient]
    const held = ask(holder, '/slow')
    held.catch(() => {})
    await until(() => slow.inFlight.now === 1)
    const began = performance.now()
    const waiting = [ask(second, '/slow'), ask(third, '/slow')]
    await queuedAt(gateway, 'slow', 2)
    const asked = performance.now()
    const refused = await ask(late, '/slow')
    const refusedMs = performance.now() - asked
    assertProblem(refused, 503, 'OVERLOADED')
    assert.equal(refused.header('retry-after'), '1')
    const waited = await Promise.all(waiting)
    const waitedMs = performance.now() - began
    for (const answer of waited) {
      assertProblem(answer, 503, 'OVERLOADED')
      assert.equal(answer.header('retry-after'), '1')
    }
    assert.ok(refusedMs < WAIT_MS && waitedMs >= WAIT_MS - 1 && waitedMs < WAIT_MS + 1500, `${refusedMs} ${waitedMs}`)
    // Neither was seen, and other services were not concerned.
    assert.equal(slow.inFlight.now, 1)
    assert.equal(gist(await ask(second, '/other')), '200 other')
    await queuedAt(gateway, 'slow', 0)
    for (const client of clients) client.destroy()
    await until(() => slow.inFlight.now === 0, 'the request of a client that went is given up')
    slow.behave()
  })

  await t.test('clients that go leave the queue, and the next one in it is next', async () => {
    slow.behave(silence)
    const clients = await clientsOf(6)
    const [holder, ...others] = clients
    ask(holder!, '/long').catch(() => {})
    await until(() => slow.inFlight.now === 1)
    const [gone, away, third, fourth, late] = others as [RawClient, RawClient, RawClient, RawClient, RawClient]
    for (const client of [gone, away]) ask(client, '/long/gone').catch(() => {})
    await queuedAt(gateway, 'long', 2)
    for (const client of [gone, away]) client.destroy()
    await queuedAt(gateway, 'long', 0)
    const next = [ask(third, '/long/third'), ask(fourth, '/long/fourth')]
    await queuedAt(gateway, 'long', 2)
    assertProblem(await ask(late, '/long'), 503, 'OVERLOADED')
    slow.behave()
    holder!.destroy()
    assert.deepEqual((await Promise.all(next)).map(gist), ['200 slow', '200 slow'])
    assert.ok(slow.seen.every(({ path }) => path !== '/long/gone'))
    for (const client of clients) client.destroy()
  })
  assert.equal(await gateway.stop(), 0)
})

test('a worker whose event loop lags sheds requests, and no longer when it has caught up', async t => {
  const target = await startTarget('one')
  t.after(() => target.close())
  const gateway = await startGateway({ services: { app: target.port }, shedLagMs: 50 })
  t.after(() => gateway.close())
  const client = await openClient(gateway.port)
  t.after(() => client.destroy())
  assert.equal((await exchange(client, GET)).status, 200)
  // The gateway has this thread: it is late when we are.
  const busy = setInterval(() => {
    const end = performance.now() + 120
    while (performance.now() < end);
  }, 1)
  try {
    await until(async () => (await exchange(client, GET)).status === 503)
    const refused = await exchange(client, GET)
    assertProblem(refused, 503, 'OVERLOADED')
    assert.equal(refused.header('retry-after'), '1')
  } finally {
    clearInterval(busy)
  }
  const before = target.seen.length
  await until(async () => (await exchange(client, GET)).status === 200)
  assert.equal(target.seen.length, before + 1)
})
