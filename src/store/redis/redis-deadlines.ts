import type { Clock } from '../../core/ports.ts'
import type { Timers } from './redis-timers.ts'

/** What waits, oldest first. */
export interface Deadlines<T> {
  readonly size: number
  add(item: T): void
  has(item: T): boolean
  /** False: it does not wait any more. */
  delete(item: T): boolean
  /** Takes all out. */
  drain(): readonly T[]
}

/** A timer that is later than this tells of a busy worker, not of a slow store. */
const LATE_MS = 20

/**
 * Everything waits equally long and is answered in order, so one timer will do: that of the oldest. `onDue` is called
 * once what has arrived meanwhile was read, and not for time that the worker spent elsewhere.
 */
export const redisDeadlines = <T>(timeoutMs: number, clock: Clock, timers: Timers, onDue: () => void): Deadlines<T> => {
  const waiting = new Map<T, number>()
  let cancel: (() => void) | null = null
  /** Since when that waits which was given more time: once only, since a worker that is always busy would wait for ever for a dead store. */
  let spared: number | null = null

  const checkIn = (ms: number): void => {
    const dueAt = clock.now() + ms
    cancel = timers.after(ms, () => timers.afterReading(() => check(clock.now() - dueAt)))
  }
  const check = (late: number): void => {
    cancel = null
    const oldest = waiting.values().next().value
    if (oldest === undefined) return
    const left = oldest + timeoutMs - clock.now()
    if (left > 0) checkIn(left)
    else if (late > LATE_MS && spared !== oldest) {
      spared = oldest
      checkIn(Math.min(late, timeoutMs))
    } else onDue()
  }
  return {
    get size() {
      return waiting.size
    },
    add(item) {
      waiting.set(item, clock.now())
      if (cancel === null) checkIn(timeoutMs)
    },
    has: item => waiting.has(item),
    delete: item => waiting.delete(item),
    drain() {
      cancel?.()
      cancel = null
      const all = [...waiting.keys()]
      waiting.clear()
      spared = null
      return all
    },
  }
}
