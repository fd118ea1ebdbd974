import { once } from 'node:events'
import { MessageChannel, Worker } from 'node:worker_threads'
import { ARMED, type Beat, DELAY_US } from './metronome-beat.ts'

/** Wakes the thread that made it, at times finer than a timer's millisecond. */
export interface Metronome {
  /** Calls `onBeat` once in about so many ms; while it is armed it is not armed again. */
  arm(delayMs: number): void
  onBeat: () => void
  close(): Promise<void>
}

const EXTENSION = import.meta.url.endsWith('.ts') ? 'ts' : 'js'
const MOST_US = 1e9

/**
 * Timers of the event loop have a resolution of one millisecond: requests would leave in bunches, and late by half of
 * one. A thread of its own that sleeps on a futex is late by some 0.07 ms, most of it the kernel's timer slack; a loop
 * that spins instead would take a core from what is measured.
 */
export const startMetronome = async (): Promise<Metronome> => {
  const shared = new Int32Array(new SharedArrayBuffer(12))
  const { port1, port2 } = new MessageChannel()
  const workerData: Beat = { shared, port: port2 }
  const worker = new Worker(new URL(`./metronome.worker.${EXTENSION}`, import.meta.url), {
    workerData,
    transferList: [port2],
  })
  const metronome: Metronome = {
    arm: delayMs => {
      if (Atomics.load(shared, ARMED) === 1) return
      Atomics.store(shared, DELAY_US, Math.min(MOST_US, Math.max(0, Math.round(delayMs * 1000))))
      Atomics.store(shared, ARMED, 1)
      Atomics.notify(shared, ARMED)
    },
    onBeat: () => {},
    close: async () => {
      port1.close()
      await worker.terminate()
    },
  }
  port1.on('message', () => metronome.onBeat())
  await once(worker, 'online')
  return metronome
}
