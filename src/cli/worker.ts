import { parentPort, workerData } from 'node:worker_threads'
import { createServing } from '../server/serving.ts'
import { serveAsWorker } from './serve-as-worker.ts'

/** The entry of a worker thread. */
if (parentPort === null) throw new Error('worker.ts runs as a thread of the gateway, not by itself')
serveAsWorker(parentPort, workerData, createServing)
