import assert from 'node:assert/strict'
import { test } from 'node:test'
import type { Roster } from '../core/fleet.ts'
import type { GatewaySpec } from '../spec/spec.ts'
import { createMetrics } from '../telemetry/registry.ts'
import { type Content, createSupervisor, type Supervisor } from './supervisor.ts'
import { type FakeTimers, fakeTimers, settle } from './testing/fake-timers.ts'
import { type FakeWorkers, fakeWorkers } from './testing/fake-workers.ts'
import { emptySpec } from './testing/specs.ts'

interface World {
  readonly supervisor: Supervisor
  readonly workers: FakeWorkers
  readonly timers: FakeTimers
  readonly beats: Int32Array
  readonly lost: string[]
  readonly lines: string[]
  beat(...indexes: number[]): void
}

const world = (count = 2): World => {
  const workers = fakeWorkers()
  const timers = fakeTimers()
  const beats = new Int32Array(new SharedArrayBuffer(4 * count))
  const lost: string[] = []
  const lines: string[] = []
  const note = (message: string): void => void lines.push(message)
  const supervisor = createSupervisor({
    workers: count,
    spawn: workers.spawn,
    beats,
    timers,
    log: { info: note, warn: note, error: note },
    relay: (_, message) => void lines.push(message.type),
    onLost: (index, reason) => void lost.push(`${index} ${reason}`),
    latest: () => ({ metrics: content.metrics, rosters: [LATER] }),
  })
  const beat = (...indexes: number[]): void => {
    for (const index of indexes) Atomics.add(beats, index, 1)
  }
  return { supervisor, workers, timers, beats, lost, lines, beat }
}

const spec: GatewaySpec = emptySpec
/** A list that came after the generation was made. */
const LATER: Roster = { service: 's', id: 1, version: 2, cells: new SharedArrayBuffer(0), targets: [] }
const content: Content = { spec, metrics: createMetrics({ workers: 1 }).extend([]), rosters: [] }
const servings = (workers: FakeWorkers): number[] => workers.alive.map(worker => worker.serving)
const messagesTo = (workers: FakeWorkers, index: number): string[] => workers.all[index]!.asked.map(m => m.type)

test('start: every worker prepares and commits the same generation', async () => {
  const { supervisor, workers } = world(3)
  await supervisor.start(content)
  assert.deepEqual(servings(workers), [1, 1, 1])
  assert.equal(supervisor.live(), 3)
})

test('start: no worker commits before all are prepared', async () => {
  const { supervisor, workers } = world(2)
  workers.obedient = false
  const started = supervisor.start(content)
  await settle()
  workers.all[0]!.answer()
  await settle()
  assert.deepEqual(messagesTo(workers, 0), ['prepare'])
  workers.all[1]!.answer()
  await settle()
  assert.deepEqual(messagesTo(workers, 0), ['prepare', 'commit'])
  workers.all[0]!.answer()
  workers.all[1]!.answer()
  await started
})

test('start: one worker that refuses leaves nothing running and tells why', async () => {
  const { supervisor, workers, lost } = world(2)
  workers.onPrepare = worker => (worker.index === 1 ? 'port 80 on 0.0.0.0 is already in use' : undefined)
  await assert.rejects(supervisor.start(content), { message: 'port 80 on 0.0.0.0 is already in use' })
  assert.equal(workers.alive.length, 0)
  assert.deepEqual(lost, [], 'nothing is counted as lost')
})

test('start: a worker that dies or cannot be started fails the start', async () => {
  const dying = world(2)
  dying.workers.onPrepare = worker => (worker.index === 1 ? 'die' : undefined)
  await assert.rejects(dying.supervisor.start(content), { message: 'worker 1 stopped: out of memory' })
  assert.equal(dying.workers.alive.length, 0)

  const unable = world(1)
  unable.workers.spawnError = new Error('no more threads')
  await assert.rejects(unable.supervisor.start(content), { message: 'worker 0 stopped: no more threads' })
})

test('start: a worker that never answers fails the start after the timeout', async () => {
  const { supervisor, workers, timers } = world(2)
  workers.onPrepare = worker => (worker.index === 0 ? 'hang' : undefined)
  const started = assert.rejects(supervisor.start(content), { message: 'worker 0 did not answer within 30 s' })
  await timers.advance(30_000)
  await started
  assert.equal(workers.alive.length, 0)
})

test('reload: all change together', async () => {
  const { supervisor, workers } = world(2)
  await supervisor.start(content)
  await supervisor.reload(content)
  assert.deepEqual(servings(workers), [2, 2])
})

test('reload: one refusal aborts everywhere and the old generation stays', async () => {
  const { supervisor, workers } = world(3)
  await supervisor.start(content)
  workers.onPrepare = worker => (worker.index === 2 ? 'no such certificate' : undefined)
  await assert.rejects(supervisor.reload(content), { message: 'no such certificate' })
  assert.deepEqual(servings(workers), [1, 1, 1])
  assert.deepEqual(messagesTo(workers, 0), ['prepare', 'commit', 'prepare', 'abort'])
  workers.onPrepare = () => undefined
  await supervisor.reload(content)
  assert.deepEqual(servings(workers), [3, 3, 3])
})

test('reload: a worker that is too slow aborts it; its late answer is ignored', async () => {
  const { supervisor, workers, timers, beat } = world(2)
  await supervisor.start(content)
  workers.onPrepare = worker => (worker.index === 1 ? 'hang' : undefined)
  const reloaded = assert.rejects(supervisor.reload(content), { message: 'worker 1 did not answer within 10 s' })
  for (let i = 0; i < 20; i++) {
    beat(0, 1)
    await timers.advance(500)
  }
  await reloaded
  workers.all[1]!.say({ type: 'prepared', number: 2 })
  await settle()
  assert.deepEqual(servings(workers), [1, 1])
})

test('reload: a worker that dies while it prepares aborts it and is replaced on the old generation', async () => {
  const { supervisor, workers, timers } = world(2)
  await supervisor.start(content)
  workers.onPrepare = (worker, number) => (worker.index === 1 && number === 2 ? 'die' : undefined)
  await assert.rejects(supervisor.reload(content), { message: 'worker 1 stopped: out of memory' })
  await timers.advance(100)
  assert.deepEqual(servings(workers), [1, 1])
  assert.equal(supervisor.live(), 2)
})

test('reload: a worker that dies between the phases is replaced on the new generation', async () => {
  const { supervisor, workers, timers } = world(2)
  await supervisor.start(content)
  workers.obedient = false
  const reloaded = supervisor.reload(content)
  for (const worker of workers.all) worker.answer()
  await settle()
  workers.all[1]!.die()
  workers.all[0]!.answer()
  await reloaded
  workers.obedient = true
  await timers.advance(100)
  assert.deepEqual(servings(workers), [2, 2])
})

test('reload: a worker being replaced meanwhile ends on the generation that was committed', async () => {
  const { supervisor, workers, timers } = world(2)
  await supervisor.start(content)
  workers.all[1]!.die()
  workers.onPrepare = (worker, number) => (worker.index === 1 && number === 1 ? 'hang' : undefined)
  await timers.advance(100) // the new worker is preparing generation 1
  await supervisor.reload(content) // worker 0 alone takes part
  workers.alive[1]!.say({ type: 'prepared', number: 1 })
  await settle()
  assert.deepEqual(servings(workers), [2, 2])
  assert.deepEqual(messagesTo(workers, 2), ['prepare', 'abort', 'prepare', 'commit'])
  const rosters = (index: number) =>
    workers.all[index]!.asked.flatMap(m => (m.type === 'prepare' ? [m.generation.rosters] : []))
  assert.deepEqual(rosters(2), [[LATER], [LATER]], 'it has heard nothing of what changed since')
  assert.deepEqual(rosters(0), [[], []])
})

test('reload: a worker that comes up on the old generation during it follows', async () => {
  const { supervisor, workers, timers } = world(2)
  await supervisor.start(content)
  workers.all[1]!.die()
  workers.onPrepare = (worker, number) => (worker.index === 0 && number === 2 ? 'hang' : undefined)
  const reloaded = supervisor.reload(content)
  await timers.advance(100) // worker 1 is back, on generation 1
  assert.deepEqual(servings(workers), [1, 1])
  workers.all[0]!.say({ type: 'prepared', number: 2 })
  await reloaded
  assert.deepEqual(servings(workers), [2, 2])
})

test('a dead worker is counted, logged with the reason, and replaced after 100 ms', async () => {
  const { supervisor, workers, timers, lost, lines } = world(2)
  await supervisor.start(content)
  workers.all[0]!.die(new Error('boom'))
  assert.equal(supervisor.live(), 1)
  assert.deepEqual(lost, ['0 exit'])
  assert.match(lines[0]!, /^worker 0 stopped and is replaced in 100 ms: boom$/)
  await timers.advance(99)
  assert.equal(workers.all.length, 2)
  await timers.advance(1)
  assert.equal(supervisor.live(), 2)
  assert.equal(lines[1], 'worker 0 is back')
})

test('a stalled worker is replaced after 5 s without a heartbeat, a beating one never', async () => {
  const { supervisor, workers, timers, beat, lines, lost } = world(2)
  await supervisor.start(content)
  for (let i = 0; i < 9; i++) {
    beat(0)
    await timers.advance(500)
  }
  assert.equal(workers.alive.length, 2, 'not before 5 s')
  beat(0)
  await timers.advance(500)
  assert.match(lines[0]!, /worker 1 stopped .* no sign of life for 5 s/)
  assert.deepEqual(lost, ['1 stalled'])
  beat(0)
  await timers.advance(500)
  assert.equal(workers.all.length, 3)
  assert.equal(workers.all[0]!.dead, false)
})

test('a crash loop is slowed down to one start in 5 s, and proven service forgives', async () => {
  const { supervisor, workers, timers, beat } = world(1)
  await supervisor.start(content)
  workers.onPrepare = () => 'die'
  workers.all[0]!.die()
  await timers.advance(100 + 200 + 400 + 800 + 1600 + 3200)
  const early = workers.all.length
  assert.equal(early, 7)
  await timers.advance(20_000)
  assert.equal(workers.all.length, early + 4)
  workers.onPrepare = () => undefined
  await timers.advance(5_000)
  for (let i = 0; i < 61; i++) {
    beat(0)
    await timers.advance(500)
  }
  assert.equal(supervisor.live(), 1)
  const before = workers.all.length
  workers.all.at(-1)!.die()
  await timers.advance(100)
  assert.equal(workers.all.length, before + 1)
})

test('a worker that cannot be started again is tried again', async () => {
  const { supervisor, workers, timers } = world(1)
  await supervisor.start(content)
  workers.spawnError = new Error('no more threads')
  workers.all[0]!.die()
  await timers.advance(100)
  workers.spawnError = undefined
  assert.equal(supervisor.live(), 0)
  await timers.advance(200)
  assert.equal(supervisor.live(), 1)
})

test('drain: every worker drains, then ends, and none is replaced', async () => {
  const { supervisor, workers, timers, lost } = world(2)
  await supervisor.start(content)
  await supervisor.drain(30_000)
  assert.equal(workers.alive.length, 0)
  assert.equal(messagesTo(workers, 1).at(-1), 'drain')
  await timers.advance(60_000)
  assert.equal(workers.all.length, 2)
  assert.deepEqual(lost, [])
})

test('drain: a worker that does not end in time is cut off', async () => {
  const { supervisor, workers, timers } = world(2)
  await supervisor.start(content)
  workers.obedient = false
  let drained = false
  const draining = supervisor.drain(1_000).then(() => {
    drained = true
  })
  workers.all[0]!.say({ type: 'drained' })
  await timers.advance(2_999)
  assert.equal(drained, false)
  await timers.advance(1)
  await draining
  assert.equal(workers.alive.length, 0)
})

test('drain: a reload under way changes nothing any more', async () => {
  const { supervisor, workers, timers } = world(2)
  await supervisor.start(content)
  workers.onPrepare = worker => (worker.index === 1 ? 'hang' : undefined)
  const reloaded = assert.rejects(supervisor.reload(content), { message: /the gateway is stopping/ })
  await settle()
  workers.obedient = false
  const draining = supervisor.drain(1_000)
  workers.all[1]!.say({ type: 'prepared', number: 2 })
  await reloaded
  assert.deepEqual(servings(workers), [1, 1])
  await timers.advance(3_000)
  await draining
})
