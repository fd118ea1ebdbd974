import { parentPort } from 'node:worker_threads'
import type { LoadOrder } from './load-order.ts'
import { startMetronome } from './metronome.ts'
import { runLoad } from './run-load.ts'

/** The thread of the load generator: one order, one result. It shares no event loop with whoever looks on. */
if (parentPort === null) throw new Error('load.worker.ts runs as a thread of the bench, not by itself')
const port = parentPort
const metronome = await startMetronome()
port.on('message', (order: LoadOrder) => void runLoad(order, metronome).then(result => port.postMessage(result)))
