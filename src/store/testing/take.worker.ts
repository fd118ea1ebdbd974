import { parentPort, workerData } from 'node:worker_threads'
import type { LimitRule } from '../../core/limits.ts'
import type { LimitMemory } from '../limits/limit-memory.ts'
import { limitStore } from '../limits/limit-store.ts'
import { randomFrom, shuffled } from './threads.ts'

export interface TakeTask {
  readonly memory: LimitMemory
  /** All of them are asked at once. */
  readonly rules: readonly LimitRule[]
  readonly keys: number
  readonly times: number
  /** How often each key was admitted, over all threads. */
  readonly admitted: SharedArrayBuffer
}

const { memory, rules, keys, times, admitted, worker }: TakeTask & { worker: number } = workerData
const store = limitStore(memory, { now: () => memory.startedAt })
const counts = new Int32Array(admitted)
const random = randomFrom(worker)
const all = Array.from({ length: keys }, (_, key) => key)

parentPort?.postMessage('started')
for (let i = 0; i < times; i++)
  for (const key of shuffled(all, random)) {
    const outcome = store.take(rules.map(rule => ({ rule, mark: '', key: `key ${key}`, cost: 1 })))
    if ('allowed' in outcome && outcome.allowed) Atomics.add(counts, key, 1)
  }
