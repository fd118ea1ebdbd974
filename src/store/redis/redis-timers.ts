/** Timers as an argument, so that tests need not wait. */
export interface Timers {
  /** Ends with the function it returns. */
  after(ms: number, run: () => void): () => void
  /** After what has already arrived from the network was read. */
  afterReading(run: () => void): void
}

export const realTimers: Timers = {
  after(ms, run) {
    const timer = setTimeout(run, ms)
    timer.unref()
    return () => clearTimeout(timer)
  },
  // In Node's loop the poll phase lies between timers and immediates.
  afterReading: run => void setImmediate(run),
}

/** Ends with the function it returns. */
export const every = (ms: number, timers: Timers, run: () => void): (() => void) => {
  let cancel = (): void => {}
  const wait = (): void => {
    cancel = timers.after(ms, () => {
      run()
      wait()
    })
  }
  wait()
  return () => cancel()
}
