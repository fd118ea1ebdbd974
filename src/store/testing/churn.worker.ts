import { parentPort, workerData } from 'node:worker_threads'
import type { LimitRule } from '../../core/limits.ts'
import { limitMath } from '../limits/limit-algorithm.ts'
import type { LimitMemory } from '../limits/limit-memory.ts'
import { limitTable } from '../limits/limit-table.ts'
import { hashStart, hashText } from '../text-hash.ts'
import { barrier, randomFrom, shuffled } from './threads.ts'

/** Threads that all ask about the same few keys at the same time, while time goes on and other keys become stale. */
export interface ChurnTask {
  readonly memory: LimitMemory
  readonly rule: LimitRule
  readonly threads: number
  readonly rounds: number
  readonly barrier: SharedArrayBuffer
}

/** In the order of its state, what a key was admitted is what happened. */
export interface Admission {
  readonly key: number
  readonly at: number
  readonly state: number
}

export const CHURN_KEYS = 400
const KEYS_A_ROUND = 8
const ASKS_A_ROUND = 3
const STEPS_MS = [0, 50, 700, 2500, 6000]
/** Clocks of threads differ a little: one stands still while a request is worked on. */
const BEHIND_MS = 300

const churn = ({ memory, rule, threads, rounds, barrier: cells, worker }: ChurnTask & { worker: number }) => {
  const table = limitTable(memory)
  const math = limitMath(rule, memory.wallAtStart)
  const start = hashStart(memory.hashKey, rule.id)
  const digest = { first: 0, second: 0 }
  const together = randomFrom(1)
  const alone = randomFrom(worker + 2)
  const admissions: Admission[] = []
  let time = 20_000
  for (let round = 0; round < rounds; round++) {
    time += STEPS_MS[Math.floor(together() * STEPS_MS.length)]!
    const keys = Array.from({ length: KEYS_A_ROUND }, () => Math.floor(together() * CHURN_KEYS))
    const at = time - BEHIND_MS * worker
    barrier(new Int32Array(cells), threads)
    for (const key of shuffled(Array(ASKS_A_ROUND).fill(keys).flat(), alone)) {
      hashText(start, `key ${key}`, digest)
      if (table.take(digest, math, at, 1)) admissions.push({ key, at, state: table.state })
    }
  }
  return admissions
}

parentPort?.postMessage(churn(workerData))
