import assert from 'node:assert/strict'
import { once } from 'node:events'
import { test } from 'node:test'
import { isMainThread, parentPort, Worker, workerData } from 'node:worker_threads'
import { Cells } from './cells.ts'
import { Load } from './load.ts'

const THREADS = 3
const ROUNDS = 100_000

interface Seen {
  readonly entered: number
  /** How many were in at once. */
  readonly most: number
}

/** Nobody begins before all have come. */
const meet = (gate: Int32Array): void => {
  Atomics.add(gate, 0, 1)
  for (let come = 0; come < THREADS; come = Atomics.load(gate, 0)) Atomics.wait(gate, 0, come, 1)
}

/** A worker that wants a place all the time, and counts who has one in a word that nobody cuts short. */
const play = (memory: SharedArrayBuffer, worker: number, most: number, inside: Int32Array): Seen => {
  const load = new Load(new Cells(memory), 0, worker)
  const seen = { entered: 0, most: 0 }
  for (let round = 0; round < ROUNDS; round++) {
    if (!load.tryEnter(most)) continue
    seen.entered++
    seen.most = Math.max(seen.most, Atomics.add(inside, 0, 1) + 1)
    Atomics.sub(inside, 0, 1)
    load.leave()
  }
  return seen
}

const race = async (most: number) => {
  const memory = Cells.create(THREADS, 1)
  const shared = () => new Int32Array(new SharedArrayBuffer(4))
  const data = { memory, most, inside: shared(), gate: shared() }
  const threads = Array.from(
    { length: THREADS },
    (_, worker) => new Worker(import.meta.filename, { workerData: { ...data, worker } }),
  )
  const seen: Seen[] = (await Promise.all(threads.map(thread => once(thread, 'message')))).map(([each]) => each)
  await Promise.all(threads.map(thread => thread.terminate()))
  return { seen, left: new Load(new Cells(memory), 0, 0).total() }
}

if (isMainThread) {
  for (const most of [1, 2]) {
    test(`of ${THREADS} workers that all want ${most} places never more get one, and they are not left unused`, async () => {
      const { seen, left } = await race(most)
      assert.ok(Math.max(...seen.map(each => each.most)) <= most)
      assert.equal(left, 0)
      const entered = seen.reduce((sum, each) => sum + each.entered, 0)
      assert.ok(entered > ROUNDS / 10, `${entered} got one`)
    })
  }
} else {
  const { memory, worker, most, inside, gate } = workerData
  meet(gate)
  parentPort!.postMessage(play(memory, worker, most, inside))
}
