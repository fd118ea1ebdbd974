import assert from 'node:assert/strict'
import { test } from 'node:test'
import { setTimeout as sleep } from 'node:timers/promises'
import { BroadcastChannel } from 'node:worker_threads'
import { type Launched, launchGateway } from '../src/cli/launch.ts'
import type { GatewaySpec } from '../src/spec/spec.ts'
import { type Asked, awaitAnswer, get, newTally, oneOf, startLoad, type Tally } from './support/load.ts'
import { metric, watchMetrics } from './support/metrics.ts'
import { DEATHS, type Death, type DeathOrder } from './support/mortal-worker.ts'
import { startPatientUpstream } from './support/patient-upstream.ts'
import { openClient, type RawClient } from './support/raw-client.ts'
import { gatewaySpec } from './support/specs.ts'

/**
 * One of two workers dies under load: its connections break, the other's notice nothing, and a new one serves soon.
 * Real threads and the real data plane; the worker's entry is one that can be told to die.
 */
const stallMs = Number(process.env['STALL_MS'] ?? 1000)
const KEPT = 24
const SLOW = 24
const workerEntry = new URL('./support/mortal-worker.ts', import.meta.url)

interface Scene {
  readonly gateway: Launched
  readonly spec: GatewaySpec
  readonly port: number
  readonly lines: string[]
  admin(path: string): Promise<{ status: number; text: string }>
  kill(death: Death): void
}

const startScene = async (t: { after(end: () => unknown): void }): Promise<Scene> => {
  const upstream = await startPatientUpstream('A')
  const lines: string[] = []
  const note = (line: string): void => void lines.push(line)
  const spec = {
    ...gatewaySpec({ services: { app: upstream.port } }),
    admin: { host: '127.0.0.1', port: 0 },
    workers: 2,
  }
  const log = { info: note, warn: note, error: note }
  const gateway = await launchGateway(spec, { log, workerEntry, stallMs })
  const deaths = new BroadcastChannel(DEATHS)
  t.after(async () => {
    deaths.close()
    await gateway.drain()
    await upstream.close()
  })
  return {
    gateway,
    spec,
    port: gateway.spec().listeners[0]!.port,
    lines,
    admin: async path => {
      const response = await fetch(`http://127.0.0.1:${gateway.admin!.port}${path}`)
      return { status: response.status, text: await response.text() }
    },
    kill: death => deaths.postMessage({ worker: 1, death } satisfies DeathOrder),
  }
}

/** Request ids begin with something of their worker's own, which tells who answered. */
const workerOf = (requestId: string | undefined): string => (requestId ?? '').slice(0, -8)

/** A kept-alive connection that asks all the time, and who answers it. */
interface Visitor {
  readonly worker: string
  readonly tally: Tally
  readonly asking: Promise<void>
}

const startVisitor = async (port: number, index: number, stopped: () => boolean): Promise<Visitor> => {
  const client = await openClient(port)
  const tally = newTally()
  let n = 0
  const ask = async (): Promise<string | undefined> => {
    const path = `/api/kept/${index}/${n++}`
    tally.sent++
    client.forget()
    await client.send(get(path))
    const answer = await awaitAnswer(client, 'GET')
    if (typeof answer === 'string') {
      tally.lost.push(answer)
      return undefined
    }
    const mistake = oneOf(`A ${path}`)(answer)
    if (mistake === undefined) tally.right++
    else tally.wrong.push(mistake)
    return workerOf(answer.header('x-request-id'))
  }
  const worker = (await ask()) ?? ''
  const asking = (async () => {
    while (!stopped() && (await ask()) === worker) await sleep(3)
    client.destroy()
  })()
  return { worker, tally, asking }
}

/** Counts who answers connections of their own. */
const freshRequest =
  (answered: (worker: string) => void) =>
  (n: number): Asked => {
    const path = `/api/fresh/${n}`
    return {
      name: path,
      bytes: get(path),
      judge: response => {
        answered(workerOf(response.header('x-request-id')))
        return oneOf(`A ${path}`)(response)
      },
    }
  }

/** Polls `/readyz` and keeps what was not a 200. */
const watchReadiness = (scene: Scene, stopped: () => boolean) => {
  const bad: string[] = []
  const watching = (async () => {
    while (!stopped()) {
      const { status, text } = await scene.admin('/readyz')
      if (status !== 200) bad.push(text)
      await sleep(50)
    }
  })()
  return { bad, watching }
}

for (const { death, reason, withinMs } of [
  // About half a second where nothing else runs; a thread loads its modules slowly beside other tests.
  { death: 'throw', reason: 'exit', withinMs: 3000 },
  { death: 'block', reason: 'stalled', withinMs: stallMs + 4000 },
] as const) {
  test(`a worker dies (${death}) under load: only what it held is lost`, async t => {
    const scene = await startScene(t)
    const metrics = watchMetrics(() => scene.admin('/metrics'))
    let stopping = false
    const stopped = (): boolean => stopping
    const ready = watchReadiness(scene, stopped)

    // Load on both workers, slow requests that will be in flight on both, and connections of one request each.
    const visitors = await Promise.all(Array.from({ length: KEPT }, (_, i) => startVisitor(scene.port, i, stopped)))
    const slow = await Promise.all(Array.from({ length: SLOW }, () => openClient(scene.port)))
    for (const client of slow) await client.send(get('/slow/1200'))
    const known = new Set(visitors.map(({ worker }) => worker))
    assert.equal(known.size, 2, 'the kernel spreads connections over both workers')
    let backAt = 0
    const fresh = newTally()
    const ask = freshRequest(worker => {
      if (!known.has(worker)) backAt ||= performance.now()
    })
    const load = startLoad({ port: scene.port, connections: 3, pauseMs: 5, fresh: true, ask }, fresh)
    t.after(() => {
      stopping = true
      return load.stop()
    })
    await sleep(500)
    assert.equal(visitors.flatMap(({ tally }) => tally.lost).length, 0)

    const killedAt = performance.now()
    scene.kill(death)
    while (backAt === 0 && performance.now() - killedAt < withinMs + 5000) await sleep(10)
    const tookMs = Math.round(backAt - killedAt)
    await sleep(500)
    const outcomes = await Promise.all(slow.map(outcome))
    const lostSlow = outcomes.filter(each => each === 'closed').length
    await load.stop()
    stopping = true
    await Promise.all(visitors.map(({ asking }) => asking))
    await ready.watching

    // Its connections broke, one request each; the other's answered everything.
    const broken = visitors.filter(({ tally }) => tally.lost.length > 0)
    const dead = new Set(broken.map(({ worker }) => worker))
    const sent = visitors.reduce((sum, { tally }) => sum + tally.sent, fresh.sent)
    t.diagnostic(
      `back after ${tookMs} ms; of ${sent} requests lost: ${broken.length} on ${KEPT} kept connections, ${fresh.lost.length} on fresh ones, ${lostSlow} of ${SLOW} slow ones`,
    )
    assert.equal(dead.size, 1)
    const held = visitors.filter(({ worker }) => dead.has(worker))
    assert.deepEqual(
      held.map(({ tally }) => tally.lost.length),
      held.map(() => 1),
    )
    assert.deepEqual([...visitors.flatMap(({ tally }) => tally.wrong), ...fresh.wrong], [])
    for (const { tally } of visitors) assert.equal(tally.right + tally.lost.length, tally.sent)
    // Three connections at a time: each can be caught when it dies, and once more before its listener is closed.
    assert.ok(fresh.lost.length <= 6, fresh.lost.join('\n'))
    assert.ok(tookMs > 0 && tookMs <= withinMs, `back after ${tookMs} ms`)
    assert.ok(lostSlow > 0, 'some were in flight on the worker that died')
    assert.equal(outcomes.filter(each => each === '200').length, SLOW - lostSlow)

    // The rest of the process saw it, counted it, and was ready throughout.
    const last = await metrics.settled()
    assert.deepEqual(ready.bad, [])
    assert.deepEqual(metrics.fell(), [])
    assert.equal(metric(last, 'sallyport_worker_restarts_total', `reason="${reason}"`), 1)
    assert.equal(metric(last, 'sallyport_worker_restarts_total'), 1)
    for (const gauge of ['sallyport_requests_in_flight', 'sallyport_upstream_in_flight', 'sallyport_connections']) {
      assert.equal(metric(last, gauge), 0, gauge)
    }
    assert.ok(scene.lines.some(line => /^worker 1 is back$/.test(line)))
  })
}

const outcome = async (client: RawClient): Promise<string> => {
  const answer = await awaitAnswer(client, 'GET')
  client.destroy()
  return typeof answer === 'string' ? answer.split(' ')[0]! : String(answer.status)
}

const answersOf = async (port: number): Promise<Set<number>> =>
  new Set(
    await Promise.all(
      Array.from({ length: 16 }, async () => (await fetch(`http://127.0.0.1:${port}/api`, { headers: CLOSE })).status),
    ),
  )
const CLOSE = { connection: 'close' }

/** The same with a route that answers by itself. */
const changed = (spec: GatewaySpec): GatewaySpec => ({
  ...spec,
  routes: spec.routes.map(route => ({
    ...route,
    action: { kind: 'respond', status: 201, headers: [], body: 'changed' },
  })),
})

const bothServe = async (scene: Scene): Promise<void> => {
  for (let tries = 0; tries < 200; tries++) {
    if ((await scene.admin('/readyz')).text.includes('2 of 2')) return
    await sleep(25)
  }
  assert.fail('both workers should serve again within 5 s')
}

test('a worker dies while it prepares a reload: nothing has changed, and the next one works', async t => {
  const scene = await startScene(t)
  scene.kill('throw in prepare')
  await sleep(50)
  await assert.rejects(scene.gateway.reload(changed(scene.spec)), {
    message: 'worker 1 stopped: told to die in prepare',
  })
  assert.deepEqual(await answersOf(scene.port), new Set([200]))
  await bothServe(scene)
  assert.deepEqual(await answersOf(scene.port), new Set([200]))
  await scene.gateway.reload(changed(scene.spec))
  assert.deepEqual(await answersOf(scene.port), new Set([201]))
})

test('a worker dies in the commit: the reload stands, and its successor starts on it', async t => {
  const scene = await startScene(t)
  scene.kill('throw in commit')
  await sleep(50)
  await scene.gateway.reload(changed(scene.spec))
  assert.deepEqual(await answersOf(scene.port), new Set([201]))
  await bothServe(scene)
  assert.deepEqual(await answersOf(scene.port), new Set([201]))
})
