import { workerData } from 'node:worker_threads'
import { Cells } from '../../cells.ts'
import { createBudget } from '../budget.ts'

/** A thread whose requests all fail, and are tried again as often as the budget allows. */
export interface RetryTask {
  readonly memory: SharedArrayBuffer
  readonly share: number
  readonly minRetries: number
  /** Requests, retries, how often there were too many of these, and how often one was refused: of all threads. */
  readonly counts: SharedArrayBuffer
  readonly requests: number
  readonly now: number
  readonly worker: number
}

const TRIES = 10

const { memory, share, minRetries, counts: counted, requests, now, worker }: RetryTask = workerData
const budget = createBudget(share, minRetries, new Cells(memory).budget, worker)
const counts = new Int32Array(counted)

for (let i = 0; i < requests; i++) {
  // Counted before the budget knows of it, and retries after: what is seen here is never more than what is true.
  Atomics.add(counts, 0, 1)
  budget.request(now)
  for (let tries = 0; tries < TRIES; tries++) {
    if (!budget.tryRetry(now)) {
      Atomics.add(counts, 3, 1)
      continue
    }
    const retries = Atomics.add(counts, 1, 1) + 1
    if (retries > Math.max(minRetries, share * Atomics.load(counts, 0))) Atomics.add(counts, 2, 1)
    if (tries % 3 > 0) continue
    Atomics.sub(counts, 1, 1)
    budget.giveBack(now)
  }
}
