import assert from 'node:assert/strict'
import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { createServer as createHttpServer } from 'node:http'
import { createServer } from 'node:net'
import { test } from 'node:test'
import { fileURLToPath } from 'node:url'
import { available } from './support/apt-install.ts'
import { type FleetLoad, startFleetLoad } from './support/fleet-load.ts'
import { listen } from './support/listen.ts'
import { type Sallyport, sallyport } from './support/sallyport.ts'
import { until } from './support/until.ts'

/** The files of examples/several-instances, and what its README says of a rolling restart. */
const FOLDER = fileURLToPath(new URL('../examples/several-instances/', import.meta.url))

const noHaproxy = available('haproxy', '-v', 'a rolling restart behind a balancer') ? false : 'haproxy is missing'

test('a rolling restart of two gateways behind a balancer: no request fails', { skip: noHaproxy }, async t => {
  const service = await listen(
    createHttpServer((request, response) => request.resume().on('end', () => response.end('ok'))),
  )
  t.after(() => service.close())
  const [front, state, ...ports] = await freePorts(6)
  const [one, oneAdmin, two, twoAdmin] = ports
  const gateway = (port: number, admin: number): Sallyport => {
    const env = { ...process.env, PORT: `${port}`, ADMIN_PORT: `${admin}`, SERVICE_PORT: `${service.port}` }
    const started = sallyport(['run', `${FOLDER}sallyport.yaml`], { env })
    t.after(() => started.child.kill('SIGKILL'))
    return started
  }
  const running = new Map([
    ['one', gateway(one!, oneAdmin!)],
    ['two', gateway(two!, twoAdmin!)],
  ])
  const again = new Map([
    ['one', () => gateway(one!, oneAdmin!)],
    ['two', () => gateway(two!, twoAdmin!)],
  ])
  const balancer = spawn('haproxy', ['-db', '-f', `${FOLDER}haproxy.cfg`], {
    stdio: 'ignore',
    env: {
      ...process.env,
      BALANCER_PORT: `${front}`,
      STATE_PORT: `${state}`,
      ONE_PORT: `${one}`,
      ONE_ADMIN_PORT: `${oneAdmin}`,
      TWO_PORT: `${two}`,
      TWO_ADMIN_PORT: `${twoAdmin}`,
    },
  })
  t.after(async () => {
    balancer.kill('SIGKILL')
    if (balancer.exitCode === null && balancer.signalCode === null) await once(balancer, 'exit')
  })
  const isUp = (name: string) => async (): Promise<boolean> => (await statesOf(state!)).get(name) === 'UP'
  for (const name of running.keys()) await until(isUp(name))

  const loads = [
    startFleetLoad({ port: front!, path: '/api/orders', connections: 16, pauseMs: 2 }),
    startFleetLoad({
      port: front!,
      path: '/api/orders',
      connections: 8,
      pauseMs: 2,
      method: 'POST',
      body: 'x'.repeat(2000),
    }),
  ]
  for (const [name, old] of running) {
    await goesOn(loads)
    old.child.kill('SIGTERM')
    assert.equal(await old.ended, 0, `${name} ended:\n${old.err()}`)
    assert.equal((await statesOf(state!)).get(name), 'DOWN')
    await goesOn(loads)
    again.get(name)!()
    await until(isUp(name))
  }
  await goesOn(loads)
  const asked = (await Promise.all(loads.map(load => load.stop()))).flat()
  const failed = asked.filter(({ status }) => status !== 200)
  assert.deepEqual(
    failed.map(({ status, by }) => `${status} ${by}`),
    [],
  )
  assert.ok(asked.length > 500, `${asked.length} requests`)
})

/** Some more requests were answered, so that something was asked in every state. */
const goesOn = async (loads: readonly FleetLoad[]): Promise<void> => {
  for (const load of loads) {
    const before = load.asked.length
    await until(() => load.asked.length > before + 50)
  }
}

/** What HAProxy thinks of its servers, by name: the 18th field of its list. */
const statesOf = async (port: number): Promise<ReadonlyMap<string, string>> => {
  const text = await fetch(`http://127.0.0.1:${port}/;csv`).then(
    response => response.text(),
    () => '',
  )
  const rows = text.split('\n').map(line => line.split(','))
  return new Map(rows.filter(([backend]) => backend === 'gateways').map(row => [row[1] ?? '', row[17] ?? '']))
}

const freePorts = async (count: number): Promise<number[]> => {
  const held = await Promise.all(Array.from({ length: count }, () => listen(createServer())))
  await Promise.all(held.map(one => one.close()))
  return held.map(({ port }) => port)
}
