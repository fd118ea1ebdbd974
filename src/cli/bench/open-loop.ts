import type { Schedule } from './arrivals.ts'
import { createQueue } from './queue.ts'
import type { Failure, Tally } from './tally.ts'

/** A connection that carries one request at a time. */
export interface Lane {
  send(): void
  close(): void
}

export interface OpenLoopOptions {
  /** Times relative to `startAt`. */
  readonly schedule: Schedule
  readonly startAt: number
  readonly now: () => number
  /** Opens a connection; `opened` or `notOpened` is called later. */
  readonly open: () => void
  readonly mostLanes: number
  /** Requests that may wait for a free connection. */
  readonly mostWaiting: number
  readonly tally: Tally
}

export interface OpenLoop {
  /** Opens connections before they are needed. */
  warm(count: number): void
  /** Sends what is due. */
  turn(): void
  /** When the next request is due; undefined when all have been. */
  nextAt(): number | undefined
  opened(lane: Lane): void
  notOpened(): void
  answered(lane: Lane, status: number, keep: boolean): void
  /** The connection ended, whether or not something was in flight. */
  closed(lane: Lane, why: Failure): void
  isDone(): boolean
  /** Gives up what has no answer yet, and closes all connections. */
  end(): void
  /** Most requests in flight at once. */
  peak(): number
}

/**
 * Sends requests when they are due, not when the ones before are answered, and measures from when they were due. A
 * loop that waits for an answer before it sends the next request stops asking while the server stalls and so leaves out
 * just the requests that would have had to wait: "coordinated omission" (G. Tene, "How NOT to Measure Latency").
 */
export const createOpenLoop = (options: OpenLoopOptions): OpenLoop => {
  const { schedule, startAt, now, open, mostLanes, mostWaiting, tally } = options
  const waiting = createQueue(mostWaiting)
  const idle: Lane[] = []
  /** When what is in flight was due. */
  const flying = new Map<Lane, number>()
  let lanes = 0
  let opening = 0
  let peak = 0
  let ended = false
  let due = schedule.next()

  const pump = (): void => {
    while (waiting.size > 0 && idle.length > 0) {
      // In turn, so that all connections stay in use and all workers behind them get their share.
      const lane = idle.shift()!
      flying.set(lane, waiting.take())
      lane.send()
    }
    if (flying.size > peak) peak = flying.size
    while (!ended && opening < waiting.size && lanes < mostLanes) openOne()
  }

  const openOne = (): void => {
    opening++
    lanes++
    open()
  }

  const drop = (lane: Lane): void => {
    lanes--
    const at = idle.indexOf(lane)
    if (at >= 0) idle.splice(at, 1)
  }

  return {
    warm: count => {
      while (lanes < Math.min(count, mostLanes)) openOne()
    },
    turn: () => {
      const time = now()
      while (due !== undefined && startAt + due <= time) {
        const at = startAt + due
        tally.arrived(at, time)
        if (!waiting.put(at)) tally.failed(at, time, 'dropped')
        due = schedule.next()
      }
      pump()
    },
    nextAt: () => (due === undefined ? undefined : startAt + due),
    opened: lane => {
      opening--
      if (ended) return lane.close()
      idle.push(lane)
      pump()
    },
    notOpened: () => {
      opening--
      lanes--
      // One request for each connection that there is not: otherwise it would be tried without end.
      if (waiting.size > 0) tally.failed(waiting.take(), now(), 'connect')
      pump()
    },
    answered: (lane, status, keep) => {
      const at = flying.get(lane)
      if (at === undefined) return
      flying.delete(lane)
      tally.answered(at, now(), status)
      if (keep) idle.push(lane)
      else drop(lane)
      pump()
    },
    closed: (lane, why) => {
      const at = flying.get(lane)
      flying.delete(lane)
      if (at !== undefined) tally.failed(at, now(), why)
      drop(lane)
      if (!ended) pump()
    },
    isDone: () => due === undefined && waiting.size === 0 && flying.size === 0,
    end: () => {
      ended = true
      const time = now()
      while (waiting.size > 0) tally.failed(waiting.take(), time, 'unfinished')
      const busy = [...flying]
      flying.clear()
      for (const [lane, at] of busy) {
        tally.failed(at, time, 'unfinished')
        lane.close()
      }
      for (const lane of idle.splice(0)) lane.close()
    },
    peak: () => peak,
  }
}
