import { Worker } from 'node:worker_threads'
import type { FromWorker, ToWorker, WorkerInit } from './messages.ts'

/** A running worker as the supervisor sees it; a thread, or a fake in tests. */
export interface WorkerPort {
  post(message: ToWorker): void
  /** Ends the worker wherever it is, busy loops included; `exited` follows. */
  terminate(): void
}

export interface PortEvents {
  message(message: FromWorker): void
  /** The worker threw; `exited` follows. */
  failed(error: unknown): void
  exited(code: number): void
}

export type Spawn = (index: number, events: PortEvents) => WorkerPort

/** Starts the worker entry as a thread. Nothing a worker does or throws reaches the main thread but these events. */
export const threadSpawn =
  (entry: URL, init: Omit<WorkerInit, 'index'>): Spawn =>
  (index, events) => {
    const workerData: WorkerInit = { ...init, index }
    const thread = new Worker(entry, { workerData, name: `sallyport-${index}` })
    thread.on('message', message => events.message(message))
    thread.on('messageerror', error => events.failed(error))
    thread.on('error', error => events.failed(error))
    thread.on('exit', code => events.exited(code))
    return {
      post: message => thread.postMessage(message),
      terminate: () => void thread.terminate(),
    }
  }
