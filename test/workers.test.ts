import assert from 'node:assert/strict'
import { get } from 'node:http'
import { createServer } from 'node:net'
import { after, test } from 'node:test'
import { setTimeout as sleep } from 'node:timers/promises'
import { type Launched, type LaunchOptions, launchGateway } from '../src/cli/launch.ts'
import type { GatewaySpec } from '../src/spec/spec.ts'
import { emptySpec, listenerOn } from '../src/workers/testing/specs.ts'

/** Real threads, real ports, a fake data plane: what the supervisor's own tests cannot see. */

const running = new Set<Launched>()
after(() => Promise.all([...running].map(gateway => gateway.drain())))

const lines: string[] = []
const note = (message: string): void => void lines.push(message)
const log = { info: note, warn: note, error: note }
const workerEntry = new URL('./support/fake-worker.ts', import.meta.url)

const spec = (change: Partial<GatewaySpec> = {}): GatewaySpec => ({
  ...emptySpec,
  listeners: [listenerOn(0)],
  admin: { host: '127.0.0.1', port: 0 },
  drainMs: 1_000,
  via: 'one',
  ...change,
})

const launch = async (wanted: GatewaySpec, options: Partial<LaunchOptions> = {}): Promise<Launched> => {
  const gateway = await launchGateway(wanted, { log, workerEntry, ...options })
  running.add(gateway)
  return gateway
}

const stop = async (gateway: Launched): Promise<void> => {
  running.delete(gateway)
  await gateway.drain()
}

interface Answer {
  readonly worker: number
  readonly via: string
}

/** One request on a connection of its own; which worker takes it is the kernel's choice. */
const ask = (port: number, path = '/'): Promise<string> =>
  new Promise((resolve, reject) => {
    const request = get({ host: '127.0.0.1', port, path, agent: false }, response => {
      let text = ''
      response.setEncoding('utf8').on('data', chunk => {
        text += chunk
      })
      response.on('end', () => resolve(text)).on('error', reject)
    })
    request.on('error', reject)
  })

const askMany = async (port: number, times = 24): Promise<Answer[]> =>
  Promise.all(Array.from({ length: times }, async () => JSON.parse(await ask(port))))

const seen = <T>(values: readonly T[]): T[] => [...new Set(values)].sort()

const until = async (what: string, check: () => Promise<boolean> | boolean): Promise<void> => {
  for (let tries = 0; tries < 200; tries++) {
    if (await check()) return
    await sleep(25)
  }
  assert.fail(`not within 5 s: ${what}`)
}

const portOf = (gateway: Launched): number => gateway.spec().listeners[0]!.port
const admin = (gateway: Launched, path: string): Promise<string> => ask(gateway.admin!.port, path)

test('workers share one port; a reload changes all of them, a refused one none', async () => {
  const gateway = await launch(spec())
  const port = portOf(gateway)
  assert.notEqual(port, 0)
  assert.deepEqual(seen((await askMany(port)).map(answer => answer.worker)), [0, 1])

  await gateway.reload(spec({ via: 'two' }))
  assert.equal(portOf(gateway), port, 'port 0 keeps the port it got')
  assert.deepEqual(seen((await askMany(port)).map(answer => answer.via)), ['two'])

  await assert.rejects(gateway.reload(spec({ via: 'refuse' })), { message: 'the fake refuses this Spec' })
  assert.deepEqual(seen((await askMany(port)).map(answer => answer.via)), ['two'])

  const metrics = await admin(gateway, '/metrics')
  assert.match(metrics, /^sallyport_reloads_total\{result="ok"\} 1$/m)
  assert.match(metrics, /^sallyport_reloads_total\{result="failed"\} 1$/m)
  await stop(gateway)
  await assert.rejects(ask(port), { code: 'ECONNREFUSED' })
})

test('a worker that throws is replaced, counted, and takes nobody with it', async () => {
  const gateway = await launch(spec())
  await ask(portOf(gateway), '/throw').catch(() => {})
  await until('both workers answer again', async () => {
    const ready: { detail: { workers: string } } = JSON.parse(await admin(gateway, '/readyz'))
    return ready.detail.workers === '2 of 2 serving' && lines.some(line => line.endsWith('is back'))
  })
  assert.match(await admin(gateway, '/metrics'), /^sallyport_worker_restarts_total\{reason="exit"\} 1$/m)
  assert.ok(lines.some(line => /^worker \d stopped and is replaced in 100 ms: thrown by a request$/.test(line)))
  await stop(gateway)
})

test('a worker stuck in a loop is replaced', async () => {
  const gateway = await launch(spec(), { stallMs: 1_000 })
  const stuck = ask(portOf(gateway), '/stall').catch(() => {})
  await until('the stall is noticed', async () => /reason="stalled"\} 1$/m.test(await admin(gateway, '/metrics')))
  await stuck
  await until('both workers answer', async () => (await admin(gateway, '/readyz')).includes('2 of 2'))
  await stop(gateway)
})

test('a reload that hangs is given up and leaves the old configuration', async () => {
  const gateway = await launch(spec(), { prepareMs: 200 })
  await assert.rejects(gateway.reload(spec({ via: 'hang' })), { message: /^worker \d did not answer within 0.2 s$/ })
  assert.deepEqual(seen((await askMany(portOf(gateway))).map(answer => answer.via)), ['one'])
  await stop(gateway)
})

test('a port in use is one sentence, at start and in a reload', async () => {
  const blocker = createServer()
  await new Promise<void>(resolve => blocker.listen(0, '127.0.0.1', resolve))
  const address = blocker.address()
  const port = typeof address === 'object' && address !== null ? address.port : 0
  const inUse = { message: `port ${port} on 127.0.0.1 is already in use (listener "web")` }
  await assert.rejects(launchGateway(spec({ listeners: [listenerOn(port)] }), { log, workerEntry }), inUse)

  const gateway = await launch(spec())
  await assert.rejects(gateway.reload(spec({ listeners: [listenerOn(port)] })), inUse)
  assert.equal((await askMany(portOf(gateway), 1))[0]!.via, 'one')
  await stop(gateway)
  await new Promise(resolve => blocker.close(resolve))
})

test('a Spec that no worker takes fails the start and leaves no listener', async () => {
  const probe = await launch(spec())
  const port = portOf(probe)
  await stop(probe)
  const bad = spec({ listeners: [listenerOn(port)], via: 'refuse' })
  await assert.rejects(launchGateway(bad, { log, workerEntry }), { message: 'the fake refuses this Spec' })
  await assert.rejects(ask(port), { code: 'ECONNREFUSED' })
})

test('what needs a restart stays and is told', async () => {
  const gateway = await launch(spec())
  const notes = await gateway.reload(spec({ workers: 4, admin: { host: '127.0.0.1', port: 1 }, via: 'two' }))
  assert.equal(notes.length, 2)
  assert.match(notes[0]!, /^workers: 2 stay; 4 need a restart$/)
  assert.equal((await askMany(portOf(gateway), 1))[0]!.via, 'two')
  await stop(gateway)
})

test('drain: readyz is 503 at once, listeners stay for drainDelay, running requests end well', async () => {
  const gateway = await launch(spec({ drainDelayMs: 200 }))
  const port = portOf(gateway)
  const drained = stop(gateway)
  assert.match(await admin(gateway, '/readyz'), /"ready":false.*"gateway":"draining"/)
  const slow = ask(port, '/slow')
  assert.match(await slow, /"via":"one"/)
  await drained
  await assert.rejects(ask(port), { code: 'ECONNREFUSED' })
})
