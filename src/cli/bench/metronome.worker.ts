import { workerData } from 'node:worker_threads'
import { ARMED, type Beat, DELAY_US, NEVER } from './metronome-beat.ts'

/** By how much a sleep is longer than it was asked to be: the timer slack of Linux, 50 µs, and the way back. */
const OVERSLEPT_US = 60

const { shared, port }: Beat = workerData
for (;;) {
  Atomics.wait(shared, ARMED, 0)
  const us = Atomics.load(shared, DELAY_US) - OVERSLEPT_US
  if (us > 0) Atomics.wait(shared, NEVER, 0, us / 1000)
  // Before the message: whoever gets it may ask for the next one at once.
  Atomics.store(shared, ARMED, 0)
  port.postMessage(null)
}
