import { parentPort, workerData } from 'node:worker_threads'
import { type RevocationMemory, revocationsOf } from '../revocations.ts'

const { memory, stop }: { memory: RevocationMemory; stop: SharedArrayBuffer } = workerData
const list = revocationsOf(memory)
const stopped = new Int32Array(stop)
const result = { rounds: 0, missed: 0, invented: 0 }

parentPort?.postMessage('started')
for (; Atomics.load(stopped, 0) === 0 || result.rounds < 20; result.rounds++)
  for (let i = 0; i < 200; i++) {
    if (!list.isRevoked('sub', `stays ${i}`)) result.missed++
    if (list.isRevoked('sub', `never ${i}`)) result.invented++
  }
parentPort?.postMessage(result)
