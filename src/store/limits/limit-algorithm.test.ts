import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import fc from 'fast-check'
import type { LimitRule } from '../../core/limits.ts'
import { ALGORITHMS, limitRule } from '../testing/rules.ts'
import { limitMath } from './limit-algorithm.ts'
import type { LimitMath } from './limit-math.ts'

/** The algorithms as a textbook has them, over a log of what was admitted; in whole milliseconds, and in fractions of
 * requests that are exact. */
interface Model {
  /** Whether there is room, if it may come so much too early; what was admitted is noted by `admit`. */
  allows(at: number, cost: number, earlyMs?: number): boolean
  admit(at: number, cost: number): void
}

/** What a time may be off for being counted in ticks; it does not add up. */
const tickMs = ({ algorithm, count, perMs }: LimitRule): number => (algorithm === 'gcra' ? perMs / count / 64 : 0)

/** A bucket of `burst` tokens; counted in perMs-ths of a token, so that a millisecond is worth `count`. */
const bucket = ({ count, perMs, burst }: LimitRule): Model => {
  let tokens = burst * perMs
  let last = 0
  const fill = (at: number): void => {
    tokens = Math.min(burst * perMs, tokens + (at - last) * count)
    last = at
  }
  return {
    allows(at, cost, earlyMs = 0) {
      fill(at)
      return tokens + earlyMs * count >= cost * perMs
    },
    admit(_at, cost) {
      tokens -= cost * perMs
    },
  }
}

const windows = ({ count, perMs }: LimitRule, wallAtStart: number, sliding: boolean): Model => {
  const log = new Map<number, number>()
  const windowOf = (at: number): number => Math.floor((at + wallAtStart) / perMs)
  return {
    allows(at, cost) {
      const window = windowOf(at)
      const left = (window + 1) * perMs - wallAtStart - at
      const before = sliding ? (log.get(window - 1) ?? 0) * left : 0
      return before + ((log.get(window) ?? 0) + cost) * perMs <= count * perMs
    },
    admit(at, cost) {
      log.set(windowOf(at), (log.get(windowOf(at)) ?? 0) + cost)
    },
  }
}

const modelOf = (rule: LimitRule, wall: number): Model =>
  rule.algorithm === 'gcra' ? bucket(rule) : windows(rule, wall, rule.algorithm === 'sliding-window')

const START = 10_000
const wall = fc.constantFrom(0, 1_795_000_000_123)
const rule = fc
  .tuple(
    fc.constantFrom(...ALGORITHMS),
    fc.constantFrom(1, 2, 3, 7, 10, 100, 999),
    fc.constantFrom(100, 1000, 977, 60_000, 86_400_000),
    fc.constantFrom(1, 2, 5, 100),
  )
  .map(([algorithm, count, perMs, burst]) => limitRule(algorithm, count, perMs, burst))
const arrivals = (perMs: number) =>
  fc.array(
    fc.record({
      after: fc.oneof(
        fc.nat(Math.ceil(perMs / 10)),
        fc.nat(2 * perMs),
        fc.constantFrom(0, 0, 0, perMs, Math.ceil(perMs / 2)),
      ),
      cost: fc.constantFrom(1, 1, 1, 2, 5),
    }),
    { maxLength: 100 },
  )
const scenario = rule.chain(each => fc.tuple(fc.constant(each), wall, arrivals(each.perMs)))

describe('any rule and any arrivals', () => {
  test('what is admitted is what a textbook admits, to the tick', () => {
    fc.assert(
      fc.property(scenario, ([each, wallAtStart, sequence]) => {
        const math = limitMath(each, wallAtStart)
        const model = modelOf(each, wallAtStart)
        let state = 0
        let at = START
        for (const { after, cost } of sequence) {
          at += after
          const next = math.take(state, at, cost)
          if (next < 0) assert.equal(model.allows(at, cost), false)
          else assert.equal(model.allows(at, cost, tickMs(each)), true)
          assert.ok(next < 2 ** 53)
          if (next < 0) continue
          model.admit(at, cost)
          state = next
        }
      }),
      { numRuns: 1000 },
    )
  })

  /** Plays the scenario and hands over every state on the way. */
  const along = (check: (math: LimitMath, state: number, at: number, cost: number, of: LimitRule) => void): void =>
    fc.assert(
      fc.property(scenario, ([each, wallAtStart, sequence]) => {
        const math = limitMath(each, wallAtStart)
        let state = 0
        let at = START
        for (const { after, cost } of sequence) {
          at += after
          check(math, state, at, cost, each)
          const next = math.take(state, at, cost)
          if (next >= 0) state = next
        }
      }),
    )

  test('as many as remain can be taken one by one, and no more', () => {
    along((math, state, at) => {
      const { remaining } = math.verdict(state, at, 1, true)
      let left = state
      for (let i = 0; i < Math.min(remaining, 20); i++) {
        left = math.take(left, at, 1)
        assert.ok(left >= 0)
      }
      assert.equal(math.take(state, at, remaining) >= 0, true)
      assert.equal(math.take(state, at, remaining + 1), -1)
    })
  })

  test('what is refused succeeds after retryMs, and not a thousandth part of a second earlier', () => {
    along((math, state, at, cost, { count, burst, algorithm }) => {
      if (math.take(state, at, cost) >= 0) return
      const { retryMs } = math.verdict(state, at, cost, false)
      if (cost > (algorithm === 'gcra' ? burst : count)) return assert.equal(retryMs, Number.POSITIVE_INFINITY)
      assert.ok(retryMs > 0)
      assert.ok(math.take(state, at + retryMs + 0.01, cost) >= 0, `after ${retryMs}`)
      if (retryMs > 1) assert.equal(math.take(state, at + retryMs - 1, cost), -1, `before ${retryMs}`)
    })
  })

  test('after resetMs more is left than now, and before that not', () => {
    along((math, state, at) => {
      const { remaining, resetMs } = math.verdict(state, at, 1, true)
      const later = (ms: number): number => math.verdict(state, at + ms, 1, true).remaining
      if (resetMs === 0) return assert.equal(later(1e12), remaining)
      assert.ok(later(resetMs + 0.01) > remaining, `${later(resetMs + 0.01)} after ${resetMs}`)
      if (resetMs > 1) assert.ok(later(resetMs - 1) <= remaining)
    })
  })

  test('from staleAt on a state is as good as none', () => {
    along((math, state, at, cost) => {
      const next = math.take(state, at, cost)
      if (next < 0) return
      const end = Math.ceil(math.staleAt(next, at)) + 1
      assert.ok(end >= at)
      assert.deepEqual(math.verdict(next, end, 1, true), math.verdict(0, end, 1, true))
    })
  })

  test('giving back at the same time undoes taking', () => {
    along((math, state, at, cost) => {
      const next = math.take(state, at, cost)
      if (next < 0) return
      const back = math.charge(next, at, -cost)
      for (const ms of [0, 1, 50, 400, 1e6]) {
        assert.deepEqual(math.verdict(back, at + ms, 1, true), math.verdict(state, at + ms, 1, true))
      }
    })
  })

  test('whatever is in a state, nobody is locked out for longer than ten windows, or a burst', () => {
    const anyState = fc.maxSafeNat()
    fc.assert(
      fc.property(rule, wall, anyState, (each, wallAtStart, state) => {
        const math = limitMath(each, wallAtStart)
        const longest = Math.max(10, each.burst / each.count + 1) * each.perMs
        const charged = math.charge(state, START, 1e9)
        assert.ok(charged >= 0 && charged < 2 ** 53)
        // A window from the future can only be garbage; in the table it would go stale with its expiry.
        if (each.algorithm !== 'gcra') return
        assert.ok(math.take(charged, START + longest + 1, 1) >= 0)
        assert.ok(math.take(state, START, 1) >= 0 || math.verdict(state, START, 1, false).retryMs <= longest + 1)
      }),
    )
  })
})

for (const algorithm of ['fixed-window', 'sliding-window'] as const)
  test(`${algorithm}: a thread whose clock is behind counts in the window that another one began`, () => {
    const math = limitMath(limitRule(algorithm, 2, 1000), 0)
    const begun = math.take(0, 20_001, 1)
    const next = math.take(begun, 19_999, 1)
    assert.equal(math.take(next, 19_999, 1), -1)
    assert.equal(math.take(next, 20_001, 1), -1)
    assert.equal(math.verdict(next, 19_999, 1, false).remaining, 0)
  })

test('given back after its window has ended is not given to the next one', () => {
  const fixed = limitMath(limitRule('fixed-window', 2, 1000), 0)
  const later = fixed.take(fixed.take(0, 19_999, 1), 20_000, 1)
  assert.equal(fixed.charge(later, 19_999, -1), later)
  const sliding = limitMath(limitRule('sliding-window', 2, 1000), 0)
  const rolled = sliding.take(sliding.take(0, 19_999, 1), 20_000, 1)
  assert.equal(sliding.verdict(sliding.charge(rolled, 19_999, -1), 20_000, 1, true).remaining, 1)
})

test('the largest limits are counted, as far as a state holds them', () => {
  const day = 86_400_000
  const [fixed, sliding] = (['fixed-window', 'sliding-window'] as const).map(each =>
    limitMath(limitRule(each, 1e9, day), 1_795_000_000_123),
  )
  assert.equal(fixed!.verdict(fixed!.take(0, START, 1e9 - 1), START, 1, true).remaining, 1)
  assert.equal(sliding!.verdict(0, START, 1, true).remaining, 2 ** 25 - 1)
  const fast = limitMath(limitRule('gcra', 1e7, 1000), 0)
  const years = 2 ** 39
  assert.equal(fast.verdict(fast.take(0, years, 1e7 - 1), years, 1, true).remaining, 1)
})
