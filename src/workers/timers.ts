/** Stops what it was given for. Safe to call twice. */
export type Cancel = () => void

/** Timers as an argument, so that tests move time by hand. None of them keeps the process alive. */
export interface Timers {
  after(ms: number, run: () => void): Cancel
  every(ms: number, run: () => void): Cancel
}

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
