import type { Timers } from '../core/ports.ts'

export type { Timers }

/** Stops what it was given for. Safe to call twice. */
export type Cancel = () => void

/** None of them keeps the process alive. */
export const systemTimers: Timers = {
  after: (ms, run) => {
    const timer = setTimeout(run, ms).unref()
    return () => clearTimeout(timer)
  },
  every: (ms, run) => {
    const timer = setInterval(run, ms).unref()
    return () => clearInterval(timer)
  },
}
