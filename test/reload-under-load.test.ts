import assert from 'node:assert/strict'
import { createServer } from 'node:net'
import { test } from 'node:test'
import { setTimeout as sleep } from 'node:timers/promises'
import { listen } from './support/listen.ts'
import { askOn, get, newTally, oneOf, startLoad, type Tally } from './support/load.ts'
import { LONG_VISITS, slowAnswer, tunnel } from './support/long-visits.ts'
import { metric, readScrape, type Scrape, watchMetrics } from './support/metrics.ts'
import { startPatientUpstream } from './support/patient-upstream.ts'
import { openClient } from './support/raw-client.ts'
import { type Running, startRunning } from './support/running.ts'

/**
 * Reload after reload under load. Every request gets exactly one right answer, whatever the configuration turns into
 * while it runs; those that began before a reload end well behind it.
 */
const reloads = Number(process.env['RELOADS'] ?? 15)
const everyMs = Number(process.env['RELOAD_EVERY_MS'] ?? 530)
const longMs = Number(process.env['RELOAD_LONG_MS'] ?? 3000)
const IDLE_CONNECTIONS = 40

interface Change {
  readonly generation: number
  readonly target: number
  readonly extraRoute: boolean
  readonly sidePort: number | undefined
}

/** Settings that change the listener without changing its address. */
const listenerSettings = (n: number): string =>
  `timeout: { idle: ${60 + n}s, head: ${5 + (n % 3)}s }, limits: { fields: ${50 + n}, connections: ${5000 + n} }`

const configOf = ({ generation, target, extraRoute, sidePort }: Change): string => `
listeners:
  web: { address: 127.0.0.1:0, ${listenerSettings(generation)} }
${sidePort === undefined ? '' : `  side: 127.0.0.1:${sidePort}`}
admin: 127.0.0.1:0
workers: 2
services:
  app: { url: "http://127.0.0.1:${target}", connections: { max: ${200 + (generation % 2)} } }
routes:
  - { path: /generation, respond: { text: "generation ${generation}" } }
  - { prefix: /api, to: app }
  - { prefix: /slow, to: app }
  - { prefix: /stream, to: app }
  - { prefix: /upload, to: app }
  - { path: /ws, to: app }
${extraRoute ? '  - { prefix: /extra, to: app }' : ''}
`

/** Each is refused for another reason, at another stage. */
const refusedConfigs = (taken: number): readonly string[] => [
  'routes: [ { prefix: /, to: nobody } ]\n',
  '',
  `${configOf({ generation: -1, target: 1, extraRoute: false, sidePort: taken })}`,
  'listeners: { web: { address: 127.0.0.1:0, tls: { cert: ./none.pem, key: ./none.pem } } }\n',
  'listeners: [\n',
]

test(`${reloads} reloads under load lose nothing`, { timeout: reloads * everyMs * 3 + 60_000 }, async t => {
  const a = await startPatientUpstream('A')
  const b = await startPatientUpstream('B')
  const blocker = await listen(createServer())
  const probe = await listen(createServer())
  const sidePort = probe.port
  await probe.close()
  t.after(() => Promise.all([a, b, blocker].map(each => each.close())))

  let now: Change = { generation: 0, target: a.port, extraRoute: false, sidePort: undefined }
  const gateway = await startRunning(configOf(now))
  t.after(() => gateway.child.kill('SIGKILL'))
  const tallies = { steady: newTally(), fresh: newTally(), extra: newTally(), long: newTally(), idle: newTally() }
  const metrics = watchMetrics(() => gateway.admin('/metrics'))

  // Load of every kind, from before the first reload until behind the last.
  const { port } = gateway
  const echoed = (path: string) => ({ name: path, bytes: get(path), judge: oneOf(`A ${path}`, `B ${path}`) })
  const loads = [
    startLoad({ port, connections: 12, pauseMs: 4, ask: n => echoed(`/api/steady/${n}`) }, tallies.steady),
    startLoad({ port, connections: 4, pauseMs: 4, fresh: true, ask: n => echoed(`/api/fresh/${n}`) }, tallies.fresh),
    startLoad({ port, connections: 2, pauseMs: 10, ask: n => extraRequest(`/extra/${n}`) }, tallies.extra),
  ]
  // Also after a failure: they would go on asking a gateway that is gone, and the process would never end.
  t.after(() => Promise.all(loads.map(load => load.stop())))
  const idle = await Promise.all(Array.from({ length: IDLE_CONNECTIONS }, () => openClient(port)))
  await Promise.all(idle.map((client, i) => askOn(client, echoed(`/api/idle/${i}`), tallies.idle)))
  const long: Promise<void>[] = [tunnel(port, reloads * everyMs + 500, tallies.long)]

  // The reloads.
  const refused = refusedConfigs(blocker.port)
  let accepted = 0
  let denied = 0
  for (let n = 1; n <= reloads; n++) {
    const began = performance.now()
    long.push(LONG_VISITS[n % LONG_VISITS.length]!(port, longMs, tallies.long))
    if (n % 5 === 0) {
      assert.match(await gateway.reload(refused[denied++ % refused.length]!), /^not reloaded, /)
    } else {
      if (now.sidePort !== undefined) long.push(slowAnswer(now.sidePort, 1000, tallies.long))
      await sleep(20)
      now = {
        generation: n,
        target: n % 2 === 0 ? a.port : b.port,
        extraRoute: n % 3 === 0,
        sidePort: n % 4 < 2 ? sidePort : undefined,
      }
      await gateway.reload(configOf(now))
      accepted++
    }
    await takesEffect(gateway, now, n % 2 === 0 ? 'A' : 'B', now.generation === n)
    await sleep(Math.max(0, everyMs - (performance.now() - began)))
  }

  // All that is still under way ends.
  await Promise.all(long)
  for (const load of loads) await load.stop()
  await Promise.all(idle.map((client, i) => askOn(client, echoed(`/api/idle/again/${i}`), tallies.idle)))
  assert.ok(
    idle.every(client => !client.closed()),
    'idle connections survive',
  )
  for (const client of idle) client.destroy()

  const last = await metrics.settled()
  await gateway.stop()
  t.diagnostic(`${accepted} reloads, ${denied} refused; ${summary(tallies)}`)
  for (const [kind, { sent, right, wrong, lost }] of Object.entries(tallies)) {
    assert.deepEqual({ kind, wrong, lost }, { kind, wrong: [], lost: [] })
    assert.equal(right, sent, kind)
    assert.ok(sent > 0, kind)
  }
  assert.equal(tallies.idle.right, 2 * IDLE_CONNECTIONS)
  checkMetrics(last, metrics.fell(), tallies, accepted, denied)
})

test('connections of a listener that is removed end with their next answer, and are told so', async t => {
  const service = await startPatientUpstream('A')
  const probe = await listen(createServer())
  await probe.close()
  t.after(() => service.close())
  const change = { target: service.port, extraRoute: false }
  const gateway = await startRunning(configOf({ ...change, generation: 1, sidePort: probe.port }))
  t.after(() => gateway.child.kill('SIGKILL'))
  const [kept, busy] = [await openClient(probe.port), await openClient(probe.port)]
  const tally = newTally()
  const ask = (path: string) => ({ name: path, bytes: get(path), judge: oneOf(`A ${path}`) })
  assert.ok(await askOn(kept, ask('/api/before'), tally))
  assert.doesNotMatch(kept.received().toString(), /connection: close/i)
  const slow = askOn(busy, ask('/stream/10'), newTally())
  await busy.waitForText('line 0')

  assert.match(await gateway.reload(configOf({ ...change, generation: 2, sidePort: undefined })), /^reloaded/)
  await assert.rejects(openClient(probe.port), { code: 'ECONNREFUSED' })
  // The head of this one was out before: the connection stays for one more.
  assert.equal(await slow, true)
  for (const client of [kept, busy]) {
    await askOn(client, ask('/api/after'), tally)
    assert.match(client.received().toString(), /\r\nconnection: close\r\n/i)
    assert.ok(await client.waitForClose())
    client.destroy()
  }
  assert.deepEqual(tally, { sent: 3, right: 3, wrong: [], lost: [] })
  await gateway.stop()
})

test('a configuration that takes more memory than there is ends its reader, not the gateway', async t => {
  const small = configOf({ generation: 1, target: 1, extraRoute: false, sidePort: undefined })
  const gateway = await startRunning(small, { nodeArgs: ['--max-old-space-size=100'] })
  t.after(() => gateway.child.kill('SIGKILL'))
  const many = Array.from({ length: 60_000 }, (_, i) => `  - { path: /r${i}, respond: { text: hi } }\n`)
  assert.match(await gateway.reload(`${small}${many.join('')}`), /^not reloaded, .* needs more memory/)
  assert.equal(await (await fetch(`http://127.0.0.1:${gateway.port}/generation`)).text(), 'generation 1')
  assert.match(await gateway.reload(small), /^reloaded/)
  assert.equal(metric(readScrape((await gateway.admin('/metrics')).text), 'sallyport_reloads_total', 'failed'), 1)
  assert.equal(await gateway.stop(), 0)
})

/** In its route's presence the service answers, else nobody: both are right, nothing else is. */
const extraRequest = (path: string) => ({
  name: path,
  bytes: get(path),
  judge: (response: Parameters<ReturnType<typeof oneOf>>[0]) =>
    response.status === 404 && response.body.includes('"NO_ROUTE"')
      ? undefined
      : oneOf(`A ${path}`, `B ${path}`)(response),
})

/** What was reloaded is what is served, on both workers; what was refused changed nothing. */
const takesEffect = async (gateway: Running, now: Change, service: string, changed: boolean): Promise<void> => {
  const text = async (path: string, port = gateway.port): Promise<string> =>
    (await fetch(`http://127.0.0.1:${port}${path}`, { headers: { connection: 'close' } })).text()
  for (let i = 0; i < 6; i++) assert.equal(await text('/generation'), `generation ${now.generation}`)
  if (changed) assert.equal(await text('/api/probe'), `${service} /api/probe`)
  assert.equal(/NO_ROUTE/.test(await text('/extra/probe')), !now.extraRoute)
  if (now.sidePort !== undefined) assert.equal(await text('/generation', now.sidePort), `generation ${now.generation}`)
}

const checkMetrics = (
  last: Scrape,
  fell: readonly string[],
  tallies: Readonly<Record<string, Tally>>,
  accepted: number,
  denied: number,
): void => {
  assert.deepEqual(fell, [], 'a counter went down')
  for (const gauge of ['sallyport_requests_in_flight', 'sallyport_upstream_in_flight', 'sallyport_connections']) {
    assert.equal(metric(last, gauge), 0, gauge)
  }
  // The file is watched as well: the signal and the change are one reload.
  assert.equal(metric(last, 'sallyport_reloads_total', 'result="ok"'), accepted)
  assert.equal(metric(last, 'sallyport_reloads_total', 'result="failed"'), denied)
  const sent = Object.values(tallies).reduce((sum, tally) => sum + tally.sent, 0)
  assert.ok(metric(last, 'sallyport_requests_total') >= sent, 'all requests are counted, over all reloads')
  assert.equal(metric(last, 'sallyport_requests_total', 'status="5xx"'), 0)
  assert.equal(metric(last, 'sallyport_worker_restarts_total'), 0)
}

const summary = (tallies: Readonly<Record<string, Tally>>): string =>
  Object.entries(tallies)
    .map(([kind, { sent, wrong, lost }]) => `${kind} ${sent} sent, ${wrong.length} wrong, ${lost.length} lost`)
    .join('; ')
