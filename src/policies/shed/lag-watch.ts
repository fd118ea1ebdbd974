/** Often enough to notice within a fifth of a second, seldom enough to cost nothing: 40 times a second. */
const TICK_MS = 25
/** Of the mean lateness, what a new tick counts. One pause for garbage is no overload; eight ticks in a row are. */
const WEIGHT = 0.25

export interface LagWatch {
  /** Whether this thread has been late of late. */
  isLate(): boolean
  /** Mean lateness, ms. */
  lagMs(): number
  /** Ends its timer. */
  stop(): void
}

export interface LagWorld {
  /** Late by more than this is too late. */
  readonly thresholdMs: number
  /** Ms, monotonic; must not stand still while the thread is busy. */
  now(): number
  /** Calls again and again; returns what ends it. */
  every(ms: number, callback: () => void): () => void
}

/**
 * How late the event loop is: a timer that should have fired long ago tells how long everything waits. A moving mean,
 * since one long pause does not mean that there is too much to do; and once it was too much, only half of it is good
 * again, so that it does not go to and fro around the threshold.
 */
export const createLagWatch = ({ thresholdMs, now, every }: LagWorld): LagWatch => {
  let mean = 0
  let late = false
  let last = now()
  const stop = every(TICK_MS, () => {
    const at = now()
    mean += (Math.max(0, at - last - TICK_MS) - mean) * WEIGHT
    last = at
    late = mean > (late ? thresholdMs / 2 : thresholdMs)
  })
  return { isLate: () => late, lagMs: () => mean, stop }
}
