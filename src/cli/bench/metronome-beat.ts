import type { MessagePort } from 'node:worker_threads'

/** What the metronome's thread is made with. */
export interface Beat {
  readonly shared: Int32Array
  readonly port: MessagePort
}

/** Words of `shared`: whether a beat is asked for; in how many µs; one that never changes, to sleep on. */
export const ARMED = 0
export const DELAY_US = 1
export const NEVER = 2
