/** When requests are to be sent, whatever becomes of those before: milliseconds after the start, never decreasing. */
export interface Schedule {
  /** The next one, each once; undefined when there are no more. */
  next(): number | undefined
}

export interface ScheduleOptions {
  /** Requests per second. */
  readonly rate: number
  readonly durationMs: number
  /** However long it takes. */
  readonly mostRequests: number
  /** From 0 up to 1. */
  readonly random: () => number
}

/**
 * Arrivals of many clients that know nothing of each other: a Poisson process, whose gaps are exponential. Evenly
 * spaced ones never meet in the server's queue and would make it look better than it is to such clients.
 */
export const poissonSchedule = ({ rate, durationMs, mostRequests, random }: ScheduleOptions): Schedule => {
  const meanGapMs = 1000 / rate
  let at = 0
  let count = 0
  return {
    next: () => {
      at += -Math.log(1 - random()) * meanGapMs
      if (at >= durationMs || count >= mostRequests) return undefined
      count++
      return at
    },
  }
}

/** Chance that can be had again: what is compared gets the same arrivals. mulberry32, public domain (T. Ettinger). */
export const seededRandom = (seed: number): (() => number) => {
  let state = seed | 0
  return () => {
    state = (state + 0x6d2b79f5) | 0
    let mixed = Math.imul(state ^ (state >>> 15), 1 | state)
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32
  }
}
