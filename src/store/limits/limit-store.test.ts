import assert from 'node:assert/strict'
import { test } from 'node:test'
import fc from 'fast-check'
import type { LimitAsk, LimitOutcome, LimitRule, LimitStore } from '../../core/limits.ts'
import { oneThread } from '../testing/one-thread.ts'
import { ALGORITHMS, limitRule } from '../testing/rules.ts'
import { createLimitMemory, evictedKeys, HEAD_START_MS } from './limit-memory.ts'
import { limitStore, localLimitStore } from './limit-store.ts'

const WALL = Date.UTC(2026, 10, 26, 12, 0, 30)
const STARTED = 5_000_000

const world = (keys = 1000) => {
  const memory = createLimitMemory(keys, WALL, STARTED)
  let now = STARTED
  const time = { now: () => now }
  return {
    memory,
    time,
    store: limitStore(memory, time),
    at: () => now - STARTED + HEAD_START_MS,
    advance(ms: number): void {
      now += ms
    },
  }
}

const take = (store: LimitStore, ...asks: LimitAsk[]): LimitOutcome => {
  const outcome = store.take(asks)
  assert.ok('allowed' in outcome, 'decides at once')
  return outcome
}
const ask = (rule: LimitRule, key = 'k', cost = 1, mark = 'c:'): LimitAsk => ({ rule, mark, key, cost })

for (const algorithm of ALGORITHMS) {
  test(`${algorithm}: the limit is admitted, then nothing, and after the wait that was told one more`, () => {
    const { store, advance } = world()
    const rule = limitRule(algorithm, 5, 60_000)
    for (let left = 4; left >= 0; left--) {
      const { allowed, verdicts } = take(store, ask(rule))
      assert.deepEqual([allowed, verdicts[0]!.remaining, verdicts[0]!.retryMs], [true, left, 0])
    }
    const refused = take(store, ask(rule))
    assert.equal(refused.allowed, false)
    const { retryMs, resetMs, remaining } = refused.verdicts[0]!
    assert.equal(remaining, 0)
    assert.equal(resetMs, retryMs)
    assert.ok(retryMs > 0 && retryMs <= 60_000)
    advance(retryMs - 1)
    assert.equal(take(store, ask(rule)).allowed, false)
    advance(1.001)
    assert.equal(take(store, ask(rule)).allowed, true)
  })

  test(`${algorithm}: keys, their marks and rules are counted apart`, () => {
    const { store } = world()
    const rule = limitRule(algorithm, 1, 60_000)
    const other = limitRule(algorithm, 1, 30_000)
    assert.equal(take(store, ask(rule, 'a')).allowed, true)
    assert.equal(take(store, ask(rule, 'b')).allowed, true)
    assert.equal(take(store, ask(other, 'a')).allowed, true)
    assert.equal(take(store, ask(rule, 'a', 1, 'a:')).allowed, true)
    assert.equal(take(store, ask(rule, 'a', 1, 'a:')).allowed, false)
    assert.equal(take(store, ask(rule, 'a')).allowed, false)
  })

  test(`${algorithm}: a cost of 0 looks, one above the limit never succeeds`, () => {
    const { store } = world()
    const rule = limitRule(algorithm, 3, 60_000)
    assert.deepEqual(take(store, ask(rule, 'k', 0)).verdicts, [{ allowed: true, remaining: 3, resetMs: 0, retryMs: 0 }])
    assert.equal(take(store, ask(rule, 'k', 4)).verdicts[0]!.retryMs, Number.POSITIVE_INFINITY)
    assert.equal(take(store, ask(rule, 'k', 3)).allowed, true)
  })

  test(`${algorithm}: a charge counts over the limit, what is given back may be taken`, () => {
    const { store } = world()
    const rule = limitRule(algorithm, 3, 60_000)
    store.charge(ask(rule, 'k', 4))
    assert.equal(take(store, ask(rule)).allowed, false)
    store.charge(ask(rule, 'k', -2))
    assert.equal(take(store, ask(rule)).allowed, true)
    assert.equal(take(store, ask(rule)).allowed, false)
    store.charge(ask(rule, 'nobody', -2))
    assert.equal(take(store, ask(rule, 'nobody', 3)).allowed, true)
    assert.equal(take(store, ask(rule, 'nobody')).allowed, false, 'nothing is saved up by giving back')
  })

  test(`${algorithm}: whatever was charged, nobody is locked out for longer than ten windows`, () => {
    const { store, advance } = world()
    const rule = limitRule(algorithm, 10, 1000)
    for (const cost of [1e12, Number.MAX_VALUE, Number.POSITIVE_INFINITY, Number.NaN])
      store.charge(ask(rule, 'k', cost))
    assert.equal(take(store, ask(rule)).allowed, false)
    advance(10_001)
    assert.equal(take(store, ask(rule)).allowed, true)
  })
}

test('one refusal, and none of the limits is taken; each says for itself what it would do', () => {
  const { store } = world()
  const wide = limitRule('gcra', 10, 60_000)
  const narrow = limitRule('fixed-window', 1, 60_000)
  assert.equal(take(store, ask(wide), ask(narrow)).allowed, true)
  const refused = take(store, ask(wide), ask(narrow))
  assert.deepEqual([refused.allowed, ...refused.verdicts.map(each => each.allowed)], [false, true, false])
  assert.equal(take(store, ask(wide, 'k', 0)).verdicts[0]!.remaining, 9)
})

test('two asks about the same key that only together are too much: the first is given back', () => {
  const { store } = world()
  const rule = limitRule('gcra', 3, 60_000)
  assert.equal(take(store, ask(rule, 'k', 2), ask(rule, 'k', 2)).allowed, false)
  assert.equal(take(store, ask(rule, 'k', 0)).verdicts[0]!.remaining, 3)
})

test('no asks: nothing is refused', () => {
  assert.deepEqual(world().store.take([]), { allowed: true, verdicts: [] })
})

test('threads see the same windows, by the wall clock as it was when the table was made', () => {
  const { memory, time, advance, store } = world()
  const rule = limitRule('fixed-window', 1, 60_000)
  assert.equal(take(store, ask(rule)).verdicts[0]!.resetMs, 30_000)
  advance(29_999)
  const another = limitStore(structuredClone(memory), time)
  assert.equal(take(another, ask(rule)).allowed, false)
  advance(1)
  assert.equal(take(another, ask(rule)).allowed, true)
  assert.equal(take(store, ask(rule)).allowed, false)
})

test('a clock of its own origin in each thread makes no difference', () => {
  const memory = createLimitMemory(100, Date.now())
  const rule = limitRule('gcra', 1, 3_600_000)
  const now = (origin: number) => ({ now: () => performance.now() + origin, wall: () => 0 })
  assert.equal(take(localLimitStore(memory, now(0)), ask(rule)).allowed, true)
  const { allowed, verdicts } = take(localLimitStore(memory, now(-7_654_321)), ask(rule))
  assert.equal(allowed, false)
  assert.ok(Math.abs(verdicts[0]!.retryMs - 3_600_000) < 5000, String(verdicts[0]!.retryMs))
})

test('the number of a window comes round again where counts are large: what is stale is not taken for new', () => {
  const { store, advance } = world()
  const limit = 2 ** 24
  const rule = limitRule('sliding-window', limit, 1000)
  for (let round = 0; round < 4; round++) {
    assert.equal(take(store, ask(rule, 'k', limit)).allowed, true)
    advance(8000)
  }
})

const RULES = [
  limitRule('gcra', 3, 1000),
  limitRule('gcra', 100, 60_000, 5),
  limitRule('gcra', 7, 977, 1),
  limitRule('fixed-window', 4, 1000),
  limitRule('sliding-window', 4, 700),
  limitRule('sliding-window', 1000, 86_400_000),
]
const anyAsk = fc.record({
  rule: fc.constantFrom(...RULES),
  mark: fc.constantFrom('a:', 'a:', 'c:'),
  key: fc.constantFrom('a', 'b', 'ü', 'a much longer key: 2001:db8::/64'),
  cost: fc.oneof(fc.constantFrom(0, 1, 1, 1), fc.double({ min: 0, max: 6, noNaN: true })),
})
const step = fc.oneof(
  fc.record({ asks: fc.array(anyAsk, { minLength: 1, maxLength: 4 }) }),
  fc.record({ charge: anyAsk, sign: fc.constantFrom(1, -1) }),
  fc.record({ ms: fc.oneof(fc.double({ min: 0, max: 1500, noNaN: true }), fc.constantFrom(0, 1, 5000, 90_000, 1e8)) }),
)

test('any sequence of asks, charges and steps of the clock: what a Map on one thread says', () => {
  fc.assert(
    fc.property(fc.array(step, { maxLength: 80 }), steps => {
      const { memory, store, at, advance } = world()
      const reference = oneThread(memory.wallAtStart)
      for (const each of steps) {
        if ('ms' in each) advance(each.ms)
        else if ('asks' in each) assert.equal(take(store, ...each.asks).allowed, reference.take(each.asks, at()))
        else {
          const charged = { ...each.charge, cost: each.charge.cost * each.sign }
          store.charge(charged)
          reference.charge(charged, at())
        }
      }
      assert.equal(evictedKeys(memory), 0)
    }),
    { numRuns: 500 },
  )
})

test('keys come and go for days in a table just large enough, and each is counted as if it had the table alone', () => {
  const { memory, store, at, advance } = world(20)
  const reference = oneThread(memory.wallAtStart)
  const rules = ALGORITHMS.map(algorithm => limitRule(algorithm, 2, 1000))
  for (let round = 0; round < 1000; round++) {
    for (let i = 0; i < 4; i++) {
      const asked = ask(rules[(round + i) % 3]!, `key ${(round + (i >> 1)) % 509}`)
      assert.equal(take(store, asked).allowed, reference.take([asked], at()))
    }
    advance(900)
  }
  assert.equal(evictedKeys(memory), 0)
})
