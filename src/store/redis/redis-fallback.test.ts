import assert from 'node:assert/strict'
import { test } from 'node:test'
import type { LimitAsk, LimitOutcome, LimitStore } from '../../core/limits.ts'
import { ask, countingMeter } from '../testing/redis.ts'
import { redisFallback } from './redis-fallback.ts'

const setup = (allowed = true, instances = 3) => {
  const asked: string[] = []
  const told = (kind: string, { rule, mark, key, cost }: LimitAsk): void =>
    void asked.push(`${kind} ${rule.id} ${rule.burst} ${mark}${key} ${cost}`)
  const local: LimitStore = {
    take(asks) {
      for (const each of asks) told('take', each)
      return {
        allowed,
        verdicts: asks.map((_, i) => ({ allowed, remaining: i, resetMs: 1, retryMs: allowed ? 0 : 2 })),
      }
    },
    charge: each => told('charge', each),
  }
  const meter = countingMeter()
  const count = { instances }
  return { store: redisFallback({ local, instances: () => count.instances, meter }), asked, meter, count }
}

const one = { id: 'one' } as const
const two = { id: 'two', onStoreFailure: 'allow' } as const
const three = { id: 'three' } as const
const strict = { id: 'strict', onStoreFailure: 'deny' } as const

test('local: asked of this machine for its share, rounded up', () => {
  const { store, asked, meter } = setup()
  assert.deepEqual(store.take([ask(one, 'alice', 2)]), {
    allowed: true,
    verdicts: [{ allowed: true, remaining: 0, resetMs: 1, retryMs: 0 }],
  })
  assert.deepEqual(asked, ['take one/3 34 alice 2'])
  assert.deepEqual([...meter.counts], [['sallyport_store_fallbacks_total local', 1]])
})

test('the share follows the number of gateways; none seen is one', () => {
  const { store, asked, count } = setup()
  for (count.instances of [1, 2, 0]) store.take([ask(one)])
  assert.deepEqual(asked, ['take one/1 100 alice 1', 'take one/2 50 alice 1', 'take one/1 100 alice 1'])
})

test('one that denies refuses the whole request, and nothing is taken', () => {
  const { store, asked, meter } = setup()
  assert.deepEqual(store.take([ask(one), ask(two), ask(strict)]), { allowed: false, verdicts: [] })
  assert.deepEqual(asked, [])
  assert.deepEqual([...meter.counts], [['sallyport_store_fallbacks_total deny', 1]])
})

test('only allow: admitted without verdicts', () => {
  const { store, asked, meter } = setup()
  assert.deepEqual(store.take([ask(two), ask(two)]), { allowed: true, verdicts: [] })
  assert.deepEqual(asked, [])
  assert.deepEqual([...meter.counts], [['sallyport_store_fallbacks_total allow', 1]])
})

for (const allowed of [true, false]) {
  test(`mixed: local ones together, one verdict for each rule in order; allowed: ${allowed}`, () => {
    const { store, asked } = setup(allowed)
    const outcome = store.take([ask(one), ask(two), ask(three)]) as LimitOutcome
    assert.equal(outcome.allowed, allowed)
    assert.deepEqual(
      outcome.verdicts.map(verdict => [verdict.allowed, verdict.remaining]),
      [
        [allowed, 0],
        [true, 100],
        [allowed, 1],
      ],
    )
    assert.deepEqual(asked, ['take one/3 34 alice 1', 'take three/3 34 alice 1'])
  })
}

test('a charge is local where the rule is; what is given back was not taken here', () => {
  const { store, asked } = setup()
  for (const [change, cost] of [
    [one, 5],
    [one, -5],
    [two, 5],
    [strict, 5],
  ] as const)
    store.charge(ask(change, 'bob', cost))
  assert.deepEqual(asked, ['charge one/3 34 bob 5'])
})
