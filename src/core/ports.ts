/** The world as arguments: what features may ask for without knowing who provides it. */

export interface Clock {
  /** Milliseconds, monotonic, fractional. */
  now(): number
  /** Milliseconds since the epoch. */
  wall(): number
}

/** Timers as an argument, so that tests move time by hand. What both return stops what was begun; safe to call twice. */
export interface Timers {
  after(ms: number, run: () => void): () => void
  every(ms: number, run: () => void): () => void
}

/** One line about the gateway itself (not the access log). Fields must not hold secrets. */
export interface Log {
  info(message: string, fields?: Readonly<Record<string, unknown>>): void
  warn(message: string, fields?: Readonly<Record<string, unknown>>): void
  error(message: string, fields?: Readonly<Record<string, unknown>>): void
}

export interface Counter {
  add(n: number): void
}

/** One column per worker; a dead worker's column is zeroed by the main thread. */
export interface Gauge {
  /** Changes this worker's column. */
  add(n: number): void
  /** The sum over all workers, read now. */
  total(): number
}

export interface Histogram {
  /** Milliseconds. */
  observe(ms: number): void
}

/** Consumers beyond this many are not counted one by one: label values are bounded. */
export const MOST_COUNTED_CONSUMERS = 1000

export type Labels = Readonly<Record<string, string>>

/**
 * Looks up series whose slots the main thread made at load. Called when a Plan is compiled, never per request. A series
 * the main thread did not foresee is a no-op, so that a wrong label costs a number and not a request.
 */
export interface Meter {
  counter(name: string, labels?: Labels): Counter
  gauge(name: string, labels?: Labels): Gauge
  histogram(name: string, labels?: Labels): Histogram
  /**
   * Keeps the series of a target from being given to another one; to be called before they are looked up, and what it
   * returns, once, when they are not written to any more. Null: there are none. Not there: series stay for ever.
   */
  hold?(service: string, target: string): (() => void) | null
}
