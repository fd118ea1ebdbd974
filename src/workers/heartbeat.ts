/** Whether a worker's heartbeat has stood still for too long. */
export interface Heartbeat {
  /** To be called every `CHECK_MS`; true when the worker counts as stalled. */
  stalled(): boolean
  /** Starts counting anew, for a worker that has just come up. */
  reset(): void
}

export const CHECK_MS = 500

/**
 * Counts checks, not time: when the whole process was stopped (SIGSTOP, a suspended machine), the clock has jumped but
 * no worker is to blame, and the single check after it proves nothing.
 */
export const createHeartbeat = (beats: Int32Array, index: number, stallMs: number): Heartbeat => {
  const limit = Math.max(1, Math.ceil(stallMs / CHECK_MS))
  let seen = 0
  let missed = 0
  const reset = (): void => {
    seen = Atomics.load(beats, index)
    missed = 0
  }
  return {
    reset,
    stalled: () => {
      if (Atomics.load(beats, index) !== seen) reset()
      else missed++
      return missed >= limit
    },
  }
}
