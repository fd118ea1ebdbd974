import type { LimitRule } from '../../core/limits.ts'
import { type LimitMath, MOST_SHARE, STATE_LIMIT, tidyMs } from './limit-math.ts'
import { countSize, wholeCost, windowAt, windowDistance, wrap } from './limit-window.ts'

/**
 * The count of this window and, weighted by the part of it that still is within one window's length, of the previous
 * one. The state is the window's number (modulo what fits), the previous count and the current one.
 */
export const slidingWindow = ({ count, perMs }: LimitRule, wallAtStart: number): LimitMath => {
  const { limit, size } = countSize(count, 2)
  const cycle = STATE_LIMIT / (size * size)
  const ahead = windowDistance(cycle, perMs)

  const numberOf = (state: number): number => Math.floor(state / (size * size))
  const previousOf = (state: number): number => wrap(Math.floor(state / size), size)
  const currentOf = (state: number): number => wrap(state, size)
  const clamp = (used: number): number => Math.min(size - 1, Math.max(0, used))
  const join = (number: number, previous: number, current: number): number =>
    (number * size + clamp(previous)) * size + clamp(current)

  const windowOf = (at: number): number => windowAt(at, wallAtStart, perMs)
  const aheadBy = (state: number, window: number): number => ahead(numberOf(state), window)
  /** The state as it is in the window of `at`, or in a later one that another thread has seen already. */
  const rolled = (state: number, window: number): number => {
    const by = aheadBy(state, window)
    if (by >= 0 && state !== 0) return state
    return join(wrap(window, cycle), by === -1 ? currentOf(state) : 0, 0)
  }
  const startOf = (now: number, window: number): number => (window + aheadBy(now, window)) * perMs - wallAtStart
  /** What counts of a rolled state, `since` its window began. Divided last: whole numbers stay whole. */
  const weigh = (now: number, since: number): number =>
    (previousOf(now) * Math.min(perMs, perMs - since)) / perMs + currentOf(now)

  /** When, counted from the beginning of its window, no more than `most` counts of a rolled state. */
  const sinkingTo = (most: number, now: number): number => {
    const previous = previousOf(now)
    const current = currentOf(now)
    if (current > most) return perMs + (perMs * (current - most)) / current
    return previous + current <= most ? 0 : (perMs * (previous + current - most)) / previous
  }

  return {
    take(state, at, cost) {
      const window = windowOf(at)
      const now = rolled(state, window)
      const whole = wholeCost(cost)
      return weigh(now, at - startOf(now, window)) + whole > limit ? -1 : now + whole
    },
    charge(state, at, cost) {
      const window = windowOf(at)
      const now = rolled(state, window)
      const whole = wholeCost(cost)
      // Given back is what was taken at the same time: if the state went on since, it counts as previous now.
      const before = whole < 0 ? aheadBy(now, window) : 0
      if (before > 1) return state
      if (before === 1) return join(numberOf(now), previousOf(now) + whole, currentOf(now))
      return join(numberOf(now), previousOf(now), currentOf(now) + whole)
    },
    verdict(state, at, cost, allowed) {
      const window = windowOf(at)
      const now = rolled(state, window)
      const since = at - startOf(now, window)
      const used = weigh(now, since)
      const remaining = Math.max(0, Math.floor(limit - used))
      const whole = wholeCost(cost)
      const until = (free: number): number => tidyMs(Math.max(0, sinkingTo(limit - free, now) - since))
      return {
        allowed,
        remaining,
        resetMs: used === 0 ? 0 : until(Math.min(limit, remaining + 1)),
        retryMs: allowed ? 0 : whole > limit ? Number.POSITIVE_INFINITY : until(whole),
      }
    },
    staleAt(state, at) {
      const window = windowOf(at)
      return startOf(rolled(state, window), window) + 2 * perMs
    },
    share: state =>
      Math.min(MOST_SHARE, Math.floor((Math.max(previousOf(state), currentOf(state)) * MOST_SHARE) / limit)),
  }
}
