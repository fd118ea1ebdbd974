import assert from 'node:assert/strict'
import { once } from 'node:events'
import { test } from 'node:test'
import { isMainThread, parentPort, Worker, workerData } from 'node:worker_threads'
import { Cells } from './cells.ts'
import { Load } from './load.ts'

const THREADS = 3
/** Places that are taken in all. */
const VISITS = 50_000
/** Refused so often in a row, a worker lets others go on: whoever has the place may be waiting for a processor. */
const PATIENCE = 1000
/** With every so many visits a worker looks at the memory anew, as after a reload: it may have grown. */
const RELOAD = 100
const MOST_SLOTS = 4096

/** Nobody begins before all have come. */
const meet = (gate: Int32Array): void => {
  Atomics.add(gate, 0, 1)
  for (let come = 0; come < THREADS; come = Atomics.load(gate, 0)) Atomics.wait(gate, 0, come, 1)
}

interface Play {
  readonly memory: SharedArrayBuffer
  readonly worker: number
  readonly most: number
  readonly gate: Int32Array
  /** Who has a place, counted in a word that nobody cuts short. */
  readonly inside: Int32Array
  readonly visits: Int32Array
}

/** A worker that wants a place until all visits are made. How many were in at once. */
const play = ({ memory, worker, most, inside, visits }: Play): number => {
  let load = new Load(new Cells(memory), 0, worker)
  let made = 0
  let seen = 0
  let refused = 0
  while (Atomics.load(visits, 0) < VISITS) {
    if (!load.tryEnter(most)) {
      if (++refused % PATIENCE === 0) Atomics.wait(visits, 1, 0, 1)
      continue
    }
    refused = 0
    seen = Math.max(seen, Atomics.add(inside, 0, 1) + 1)
    Atomics.sub(inside, 0, 1)
    const enteredBy = load
    if (++made % RELOAD === 0) load = new Load(new Cells(memory), 0, worker)
    enteredBy.leave()
    Atomics.add(visits, 0, 1)
  }
  return seen
}

const race = async (most: number) => {
  const memory = Cells.create(THREADS, 1, MOST_SLOTS)
  let cells = new Cells(memory)
  const shared = () => new Int32Array(new SharedArrayBuffer(8))
  const data = { memory, most, inside: shared(), gate: shared(), visits: shared() }
  const threads = Array.from(
    { length: THREADS },
    (_, worker) => new Worker(import.meta.filename, { workerData: { ...data, worker } }),
  )
  const growing = setInterval(() => {
    cells = cells.grown(Math.min(MOST_SLOTS, cells.capacity + 1))
  }, 1)
  const seen: number[] = (await Promise.all(threads.map(thread => once(thread, 'message')))).map(([each]) => each)
  clearInterval(growing)
  await Promise.all(threads.map(thread => thread.terminate()))
  return { seen, left: new Load(cells, 0, 0).total(), capacity: cells.capacity }
}

if (isMainThread) {
  for (const most of [1, 2]) {
    // It ends only if they go on getting places; how fast, the machine decides.
    test(`of ${THREADS} workers that all want ${most} places never more get one, while the memory grows`, {
      timeout: 60_000,
    }, async () => {
      const { seen, left, capacity } = await race(most)
      assert.ok(Math.max(...seen) <= most, `${seen}`)
      assert.equal(left, 0)
      assert.ok(capacity > 1)
    })
  }
} else {
  const data: Play = workerData
  meet(data.gate)
  parentPort!.postMessage(play(data))
}
