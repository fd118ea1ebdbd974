import type { LimitRule } from '../../core/limits.ts'
import { type LimitMath, MOST_SHARE, STATE_LIMIT, tidyMs } from './limit-math.ts'
import { countSize, wholeCost, windowAt, windowDistance, wrap } from './limit-window.ts'

/**
 * So many per window of the wall clock. The state is the window's number and the count, which is given the bits that
 * the rule needs; the rest holds the number, modulo what fits.
 */
export const fixedWindow = ({ count, perMs }: LimitRule, wallAtStart: number): LimitMath => {
  const { limit, size } = countSize(count, 1)
  const cycle = STATE_LIMIT / size
  const ahead = windowDistance(cycle, perMs)

  const windowOf = (at: number): number => windowAt(at, wallAtStart, perMs)
  /** How many windows the state is ahead of the time asked about; below 0: its count is history. */
  const aheadBy = (state: number, window: number): number => ahead(Math.floor(state / size), window)
  /** The state as it is in the window of `at`, or in a later one that another thread has seen already. */
  const rolled = (state: number, window: number): number =>
    state === 0 || aheadBy(state, window) < 0 ? wrap(window, cycle) * size : state
  const usedOf = (state: number): number => wrap(state, size)
  const endOf = (state: number, at: number): number => {
    const window = windowOf(at)
    return (window + aheadBy(rolled(state, window), window) + 1) * perMs - wallAtStart
  }

  return {
    take(state, at, cost) {
      const now = rolled(state, windowOf(at))
      const whole = wholeCost(cost)
      return usedOf(now) + whole > limit ? -1 : now + whole
    },
    charge(state, at, cost) {
      const window = windowOf(at)
      // Given back is what was taken at the same time: if the state went on since, that window is over.
      if (cost < 0 && aheadBy(state, window) > 0) return state
      const now = rolled(state, window)
      const used = usedOf(now)
      return now - used + Math.min(size - 1, Math.max(0, used + wholeCost(cost)))
    },
    verdict(state, at, cost, allowed) {
      const used = usedOf(rolled(state, windowOf(at)))
      const untilEnd = tidyMs(endOf(state, at) - at)
      return {
        allowed,
        remaining: Math.max(0, limit - used),
        resetMs: used === 0 ? 0 : untilEnd,
        retryMs: allowed ? 0 : wholeCost(cost) > limit ? Number.POSITIVE_INFINITY : untilEnd,
      }
    },
    staleAt: endOf,
    share: state => Math.min(MOST_SHARE, Math.floor((usedOf(state) * MOST_SHARE) / limit)),
  }
}
