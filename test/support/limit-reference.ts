import type { LimitAsk, LimitRule, LimitVerdict } from '../../src/core/limits.ts'

/**
 * What the algorithms mean, written as plainly as possible: times in µs, quantities as exact fractions over the rule's
 * period, nothing ever rounded.
 */
export interface Reference {
  take(asks: readonly LimitAsk[], nowUs: bigint): { allowed: boolean; verdicts: readonly LimitVerdict[] }
}

interface Counted {
  /** In units of 1/period of a request. */
  used(now: bigint): bigint
  add(now: bigint, cost: bigint): void
}

export const limitReference = (): Reference => {
  const states = new Map<string, Counted>()
  const stateOf = ({ rule, mark, key }: LimitAsk): Counted => {
    const name = JSON.stringify([rule.id, mark + key])
    let state = states.get(name)
    if (state === undefined) {
      state = rule.algorithm === 'gcra' ? leaky(rule) : windows(rule)
      states.set(name, state)
    }
    return state
  }
  const admits = (ask: LimitAsk, now: bigint): boolean =>
    stateOf(ask).used(now) + BigInt(ask.cost) * period(ask.rule) <= most(ask.rule)

  return {
    take(asks, now) {
      const admitted = asks.map(ask => admits(ask, now))
      const allowed = admitted.every(Boolean)
      if (allowed) for (const ask of asks) stateOf(ask).add(now, BigInt(ask.cost))
      return { allowed, verdicts: asks.map((ask, i) => verdict(ask, stateOf(ask), now, admitted[i]!)) }
    },
  }
}

const period = ({ perMs }: LimitRule): bigint => BigInt(perMs) * 1_000n
const limit = ({ algorithm, burst, count }: LimitRule): bigint => BigInt(algorithm === 'gcra' ? burst : count)
const most = (rule: LimitRule): bigint => limit(rule) * period(rule)

/** GCRA, seen as a bucket that leaks `count` requests a period. */
const leaky = (rule: LimitRule): Counted => {
  let level = 0n
  let at = 0n
  const used = (now: bigint): bigint => {
    const left = level - (now - at) * BigInt(rule.count)
    return left > 0n ? left : 0n
  }
  return {
    used,
    add(now, cost) {
      level = used(now) + cost * period(rule)
      at = now
    },
  }
}

/** Fixed: this window's count. Sliding: and the part of the window before that the last period still covers. */
const windows = (rule: LimitRule): Counted => {
  const counts = new Map<bigint, bigint>()
  const per = period(rule)
  const count = (index: bigint): bigint => counts.get(index) ?? 0n
  return {
    used(now) {
      const index = now / per
      const before = rule.algorithm === 'sliding-window' ? count(index - 1n) * (per - (now % per)) : 0n
      return before + count(index) * per
    },
    add(now, cost) {
      counts.set(now / per, count(now / per) + cost)
    },
  }
}

const verdict = (ask: LimitAsk, state: Counted, now: bigint, allowed: boolean): LimitVerdict => {
  const { rule } = ask
  const left = most(rule) - state.used(now)
  const remaining = left > 0n ? left / period(rule) : 0n
  const costUnits = BigInt(ask.cost) * period(rule)
  return {
    allowed,
    remaining: Number(remaining),
    resetMs:
      state.used(now) === 0n
        ? 0
        : Number(waitFor(state, now, most(rule) - (remaining + 1n) * period(rule), rule)) / 1_000,
    retryMs: allowed
      ? 0
      : costUnits > most(rule)
        ? Number.POSITIVE_INFINITY
        : Number(waitFor(state, now, most(rule) - costUnits, rule)) / 1_000,
  }
}

/** The first µs at which no more than `target` is used, by bisection: usage only falls while nobody takes. */
const waitFor = (state: Counted, now: bigint, target: bigint, rule: LimitRule): bigint => {
  let low = 0n
  let high = 2n * period(rule) * limit(rule) + 2n * period(rule)
  while (low < high) {
    const middle = (low + high) / 2n
    if (state.used(now + middle) <= target) high = middle
    else low = middle + 1n
  }
  return low
}
