import assert from 'node:assert/strict'
import { once } from 'node:events'
import { test } from 'node:test'
import { isMainThread, parentPort, Worker, workerData } from 'node:worker_threads'
import type { OutliersSpec } from '../../spec/spec-resilience.ts'
import { Cells, HEAD, TARGET } from '../cells.ts'
import { mostEjected, readmit } from './eject.ts'
import { outlierWatch } from './outlier-watch.ts'

const TARGETS = 8
const THREADS = 4
const ROUNDS = 40_000
const MOST = mostEjected(0.4, TARGETS)
const SPEC: OutliersSpec = {
  consecutiveErrors: 2,
  consecutiveLocalErrors: 0,
  failureRate: 0,
  deviation: 0,
  minRequests: 0,
  minTargets: 0,
  intervalMs: 1000,
  ejectMs: 1000,
  maxEjectMs: 1000,
  maxEjected: 0.4,
  dryRun: false,
}

interface Seen {
  readonly ejections: number
  readonly readmissions: number
  /** How many were counted at once. */
  readonly most: number
  readonly least: number
}

/** Nobody begins before all have come. */
const meet = (gate: Int32Array): void => {
  Atomics.add(gate, 0, 1)
  for (let come = 0; come < THREADS; come = Atomics.load(gate, 0)) Atomics.wait(gate, 0, come, 1)
}

/** A worker to which all targets fail; its time flies, so that ejections end. */
const play = (memory: SharedArrayBuffer, worker: number, timeFlies: boolean): Seen => {
  const cells = new Cells(memory)
  let now = 1
  let ejections = 0
  let readmissions = 0
  let most = 0
  let least = 0
  const onEject = (): void => void ejections++
  const world = { now: () => now, targets: () => TARGETS, onEject }
  const watches = Array.from({ length: TARGETS }, (_, slot) => outlierWatch(SPEC, cells, slot, worker, world))
  for (let round = 0; round < ROUNDS; round++) {
    watches[(round * 5 + worker) % TARGETS]!.ended('error', 1)
    if (timeFlies) {
      now += 60
      if (readmit(cells, (round * 3) % TARGETS, now)) readmissions++
    }
    const counted = Atomics.load(cells.words, HEAD.ejected)
    most = Math.max(most, counted)
    least = Math.min(least, counted)
  }
  return { ejections, readmissions, most, least }
}

const race = async (timeFlies: boolean) => {
  const memory = Cells.create(THREADS, TARGETS)
  const data = { memory, timeFlies, gate: new Int32Array(new SharedArrayBuffer(4)) }
  const threads = Array.from(
    { length: THREADS },
    (_, worker) => new Worker(import.meta.filename, { workerData: { ...data, worker } }),
  )
  const seen: Seen[] = (await Promise.all(threads.map(thread => once(thread, 'message')))).map(([each]) => each)
  await Promise.all(threads.map(thread => thread.terminate()))
  const cells = new Cells(memory)
  let ejected = 0
  for (let slot = 0; slot < TARGETS; slot++) ejected += cells.words[cells.target(slot) + TARGET.ejected]!
  return { seen, ejected, counted: cells.words[HEAD.ejected]! }
}

const total = (seen: readonly Seen[], what: 'ejections' | 'readmissions'): number =>
  seen.reduce((sum, each) => sum + each[what], 0)

if (isMainThread) {
  test('threads that all want to eject everybody eject as many as may be, each once', async () => {
    const { seen, ejected, counted } = await race(false)
    assert.equal(ejected, MOST)
    assert.equal(counted, MOST)
    assert.equal(total(seen, 'ejections'), MOST)
  })

  test('threads that eject and readmit without end lose count of nobody', async () => {
    const { seen, ejected, counted } = await race(true)
    assert.equal(counted, ejected)
    for (const { most, least } of seen) assert.ok(most <= MOST && least === 0, `${least} to ${most} ejected`)
    assert.equal(total(seen, 'ejections') - total(seen, 'readmissions'), ejected)
    assert.ok(total(seen, 'readmissions') > 100, 'there was something to race for')
  })
} else {
  const { memory, worker, timeFlies, gate } = workerData
  meet(gate)
  parentPort!.postMessage(play(memory, worker, timeFlies))
}
