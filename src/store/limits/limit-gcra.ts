import type { LimitRule } from '../../core/limits.ts'
import { type LimitMath, MOST_SHARE, MOST_WINDOWS, tidyMs } from './limit-math.ts'

/** For as long as a table lives (2^39 ms, 17 years) times in ticks stay below 2^46, which leaves bits for a fraction. */
const TIME_BITS = 39
const TICK_BITS = 46
const MOST_FRACTION_BITS = 30

/**
 * Milliseconds become ticks with an error of up to 2^-6. With this more, a request that comes exactly when it may does
 * not come one tick early.
 */
const SLACK = 2 ** -5

/** Ticks per emission interval, a power of two. 100/1m has ticks of 9 µs, 1000000/1s of 1 µs. */
const fractionBits = (perMs: number): number => {
  const bits = TICK_BITS - TIME_BITS - Math.ceil(Math.log2(perMs))
  return Math.min(MOST_FRACTION_BITS, Math.max(0, bits))
}

/**
 * The generic cell rate algorithm (ITU-T I.371, as a leaky bucket that keeps one number). The state is the theoretical
 * arrival time, in ticks: the time at which all that was taken has been earned again. Whole numbers throughout, so that
 * what is given back leaves exactly what was there.
 */
export const gcra = (rule: LimitRule): LimitMath => {
  const unit = 2 ** fractionBits(rule.count / rule.perMs)
  const ticksPerMs = (unit * rule.count) / rule.perMs
  const burst = rule.burst * unit
  const farthest = Math.max(MOST_WINDOWS * rule.count, rule.burst + rule.count) * unit

  const ticks = (at: number): number => Math.floor(at * ticksPerMs + SLACK)
  const costTicks = (cost: number): number => Math.ceil(cost * unit)
  /** Not before now: what was not used is not saved up. Nor too far off, whatever the cell held. */
  const arrival = (state: number, now: number): number => Math.min(Math.max(state, now), now + farthest)
  const ms = (delta: number): number => (delta <= 0 ? 0 : tidyMs(delta / ticksPerMs))

  return {
    take(state, at, cost) {
      const now = ticks(at)
      const next = arrival(state, now) + costTicks(cost)
      return next - now <= burst ? next : -1
    },
    charge(state, at, cost) {
      if (cost < 0) return Math.max(0, state - costTicks(-cost))
      const now = ticks(at)
      return Math.min(arrival(state, now) + costTicks(cost), now + farthest)
    },
    verdict(state, at, cost, allowed) {
      const now = ticks(at)
      const ahead = arrival(state, now) - now
      const remaining = Math.max(0, Math.floor((burst - ahead) / unit))
      const needed = costTicks(cost)
      return {
        allowed,
        remaining,
        resetMs: ahead === 0 ? 0 : ms(ahead - burst + Math.min(burst, (remaining + 1) * unit)),
        retryMs: allowed ? 0 : needed > burst ? Number.POSITIVE_INFINITY : ms(ahead + needed - burst),
      }
    },
    staleAt: state => state / ticksPerMs,
    share: (state, at) => Math.min(MOST_SHARE, Math.max(0, Math.floor(((state - ticks(at)) * MOST_SHARE) / burst))),
  }
}
