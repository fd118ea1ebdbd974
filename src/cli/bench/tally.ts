import { createTimes, type Summary } from './histogram.ts'

export type Failure =
  /** No connection. */
  | 'connect'
  /** The connection ended before the answer did. */
  | 'closed'
  /** Not HTTP/1.1. */
  | 'malformed'
  /** No answer by the end of the run. */
  | 'unfinished'
  /** Too many were waiting for a free connection. */
  | 'dropped'

/** What became of the requests of one run. */
export interface Counts {
  /** Scheduled, those of the lead-in included. */
  readonly arrivals: number
  /** Answers read to their end. */
  readonly answers: number
  /** By the first digit of the status: `2` is 2xx. */
  readonly byClass: Readonly<Record<string, number>>
  /** One status that was not 2xx or 3xx, to show; undefined when there was none. */
  readonly refusedWith: number | undefined
  readonly failures: Readonly<Record<Failure, number>>
  /** From when a request was to be sent to the last byte of its answer. */
  readonly latency: Summary
  /** How late the generator itself was: from when a request was to be sent until it looked at it. */
  readonly lateness: Summary
}

export interface Tally {
  /** The generator has come to the request that was to be sent at `at`. */
  arrived(at: number, now: number): void
  answered(at: number, now: number, status: number): void
  failed(at: number, now: number, why: Failure): void
  counts(): Counts
}

/** Times of requests that were to be sent before `measureFrom` are not counted, the requests are. */
export const createTally = (measureFrom: number): Tally => {
  const latency = createTimes()
  const lateness = createTimes()
  const byClass: Record<string, number> = {}
  const failures: Record<Failure, number> = { connect: 0, closed: 0, malformed: 0, unfinished: 0, dropped: 0 }
  let arrivals = 0
  let answers = 0
  let refusedWith: number | undefined
  return {
    arrived: (at, now) => {
      arrivals++
      if (at >= measureFrom) lateness.add(now - at)
    },
    answered: (at, now, status) => {
      answers++
      const key = String(Math.trunc(status / 100))
      byClass[key] = (byClass[key] ?? 0) + 1
      if (status >= 400) refusedWith ??= status
      if (at >= measureFrom) latency.add(now - at)
    },
    failed: (at, now, why) => {
      failures[why]++
      // It has waited for this long at least. Leaving it out would leave out the slowest.
      if (why === 'unfinished' && at >= measureFrom) latency.add(now - at)
    },
    counts: () => ({
      arrivals,
      answers,
      byClass,
      refusedWith,
      failures,
      latency: latency.summary(),
      lateness: lateness.summary(),
    }),
  }
}

/** Share of the requests that were not answered with 2xx or 3xx. */
export const errorShare = ({ arrivals, byClass }: Counts): number =>
  arrivals === 0 ? 0 : 1 - ((byClass['2'] ?? 0) + (byClass['3'] ?? 0)) / arrivals
