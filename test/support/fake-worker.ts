import { parentPort, workerData } from 'node:worker_threads'
import { serveAsWorker } from '../../src/cli/serve-as-worker.ts'
import { createFakeServing } from './fake-serving.ts'

/** The entry of a worker thread with a fake data plane. */
if (parentPort !== null) serveAsWorker(parentPort, workerData, createFakeServing)
