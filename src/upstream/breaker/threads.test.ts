import assert from 'node:assert/strict'
import { once } from 'node:events'
import { join } from 'node:path'
import { type TestContext, test } from 'node:test'
import { Worker } from 'node:worker_threads'
import { Cells } from '../cells.ts'
import { createBreaker } from './breaker.ts'
import { readBreaker } from './operate.ts'
import type { FlapTask, Tally } from './testing/flap.worker.ts'
import type { ProbeTask } from './testing/probe.worker.ts'
import { breakerSpec } from './testing/world.ts'

const THREADS = 4
const PLACES = 3
const START = 1_000_000

const startThreads = (t: TestContext, file: string, task: object): Worker[] =>
  Array.from({ length: THREADS }, (_, worker) => {
    const thread = new Worker(join(import.meta.dirname, 'testing', file), { workerData: { ...task, worker } })
    t.after(() => thread.terminate())
    return thread
  })

test('four threads that all want to probe: never more at once than places, and no more good ones than it takes', async t => {
  const spec = breakerSpec({ consecutiveFailures: 1, openMs: 5000, halfOpenRequests: PLACES })
  const memory = Cells.create(THREADS, 0)
  const cells = new Cells(memory).breaker
  const breaker = createBreaker(spec, cells, 0, Math.random)
  breaker.leave(breaker.enter(START), 'error', 1, START)
  const counted = new SharedArrayBuffer(16)
  const task: Omit<ProbeTask, 'worker'> = { spec, memory, counts: counted, least: 20_000, now: START + 500 }
  const threads = startThreads(t, 'probe.worker.ts', task)
  await Promise.all(threads.map(thread => once(thread, 'message')))

  const counts = new Int32Array(counted)
  assert.equal(counts[0], 0)
  assert.equal(counts[1], PLACES)
  const reading = readBreaker(spec, cells, task.now)
  assert.deepEqual([reading.state, reading.probes, reading.goodProbes], ['half-open', 0, 0])

  for (const thread of threads) thread.postMessage('go')
  await Promise.all(threads.map(thread => once(thread, 'exit')))
  assert.equal(counts[2], PLACES)
  assert.equal(readBreaker(spec, cells, task.now).state, 'closed')
})

test('four threads while it opens, probes and closes: no phase has more probes than places, each that closes enough good ones', async t => {
  const spec = breakerSpec({ consecutiveFailures: 2, openMs: 40, halfOpenRequests: PLACES })
  const memory = Cells.create(THREADS, 0)
  const clock = new SharedArrayBuffer(4)
  new Int32Array(clock)[0] = START
  const task: Omit<FlapTask, 'worker'> = { spec, memory, clock, rounds: 100_000 }
  const parts = await Promise.all(startThreads(t, 'flap.worker.ts', task).map(thread => once(thread, 'message')))

  const phases = new Map<number, Tally>()
  for (const [part] of parts as [Map<number, Tally>][])
    for (const [permit, { taken, good, closed }] of part) {
      const sum = phases.get(permit) ?? { taken: 0, good: 0, closed: 0 }
      phases.set(permit, { taken: sum.taken + taken, good: sum.good + good, closed: sum.closed + closed })
    }
  let closings = 0
  for (const [permit, { taken, good, closed }] of phases) {
    assert.ok(taken <= PLACES, `${taken} probes in phase ${permit}`)
    assert.ok(closed === 0 || (closed === 1 && good === PLACES), `closed ${closed} times by ${good} good probes`)
    closings += closed
  }
  assert.ok(closings > 10, `${closings} closings of ${phases.size} phases`)
})
