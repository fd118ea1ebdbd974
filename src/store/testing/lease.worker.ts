import { workerData } from 'node:worker_threads'
import { concurrencyStore, type LeaseMemory } from '../lease-store.ts'
import { randomFrom } from './threads.ts'

export interface LeaseTask {
  readonly memory: LeaseMemory
  readonly keys: number
  readonly max: number
  readonly times: number
  /** How many are in, by key; then how often that was more than `max`; then how often somebody got in. */
  readonly counts: SharedArrayBuffer
}

const { memory, keys, max, times, counts, worker }: LeaseTask & { worker: number } = workerData
const store = concurrencyStore(memory, worker)
const cells = new Int32Array(counts)
const random = randomFrom(worker)

for (let i = 0; i < times; i++) {
  const key = Math.floor(random() * keys)
  const lease = store.enter({ id: 'r', max }, `key ${key}`)
  if (lease < 0) continue
  if (Atomics.add(cells, key, 1) >= max) Atomics.add(cells, keys, 1)
  Atomics.add(cells, keys + 1, 1)
  for (let spin = random() * 50; spin > 0; spin--) Atomics.load(cells, key)
  Atomics.sub(cells, key, 1)
  store.leave(lease)
}
