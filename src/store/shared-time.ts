import type { Clock } from '../core/ports.ts'

/** Milliseconds, monotonic, and unlike `performance.now()` counted from the same moment in every thread. */
export interface SharedTime {
  now(): number
}

/** The monotonic clock of the machine, which all threads share. */
export const monotonicMs = (): number => Number(process.hrtime.bigint()) / 1e6

const SAMPLES = 5

/**
 * How far the shared clock is ahead of `clock`. A thread may be interrupted between two readings, so of several the one
 * that took least is believed.
 */
const offsetOf = (clock: Clock): number => {
  let least = Number.POSITIVE_INFINITY
  let offset = 0
  for (let i = 0; i < SAMPLES; i++) {
    const before = monotonicMs()
    const now = clock.now()
    const after = monotonicMs()
    if (after - before >= least) continue
    least = after - before
    offset = (before + after) / 2 - now
  }
  return offset
}

/** Reads `clock`, which stands still while bytes of one request are worked on and costs next to nothing then. */
export const sharedTime = (clock: Clock): SharedTime => {
  const offset = offsetOf(clock)
  return { now: () => clock.now() + offset }
}
