import { parentPort, workerData } from 'node:worker_threads'
import { loadConfig } from './load.ts'

/** The thread of `loadApart`. */
parentPort?.postMessage(await loadConfig(workerData))
