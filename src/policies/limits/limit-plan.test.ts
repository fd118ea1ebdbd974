import assert from 'node:assert/strict'
import { test } from 'node:test'
import fc from 'fast-check'
import { Exchange } from '../../core/exchange.ts'
import type { LimitKeySpec, LimitSpec, RateLimitSpec } from '../../spec/spec-policies.ts'
import { fakeMeter, identity, inFlight, limitedRoute, perMinute, rateLimit } from '../testing/limits.ts'
import { compileLimits, tierOf } from './limit-plan.ts'

const { meter } = fakeMeter()
const plansOf = (limit: LimitSpec, route = 'orders') =>
  compileLimits(limitedRoute([limit], { name: route }), [limit], [], meter)

const rateIdOf = (given: Partial<RateLimitSpec>, route?: string): string =>
  plansOf(rateLimit({ ...given, dryRun: false }), route).rates[0]!.base.rule.id

const gold = { tier: 'gold', rate: { count: 1000, perMs: 60_000, burst: 50 } }

test('rule: all that it is made of', () => {
  const limit = perMinute(100, { tiers: [gold], by: [{ kind: 'claim', name: 'org.id' }, { kind: 'ip' }] })
  const [plan] = plansOf(limit).rates
  assert.deepEqual(plan?.base.rule, {
    id: 'orders|perMinute||claim:org.id+ip|gcra|100/60000|100',
    algorithm: 'gcra',
    count: 100,
    perMs: 60_000,
    burst: 100,
    onStoreFailure: 'local',
  })
  assert.equal(plan?.tiers?.get('gold')?.rule.id, 'orders|perMinute|gold|claim:org.id+ip|gcra|1000/60000|50')
})

test('rule: whatever changes what a count means changes the id', () => {
  const rate = { count: 100, perMs: 60_000, burst: 100 }
  const ids = [
    rateIdOf({}),
    rateIdOf({}, 'other'),
    rateIdOf({ name: 'other' }),
    rateIdOf({ by: [{ kind: 'header', name: 'x-a' }] }),
    rateIdOf({ by: [{ kind: 'header', name: 'x-b' }] }),
    rateIdOf({ by: [{ kind: 'claim', name: 'a' }, { kind: 'ip' }] }),
    rateIdOf({ by: [{ kind: 'claim', name: 'a+ip' }] }),
    rateIdOf({ by: [{ kind: 'claim', name: 'a%2Bip' }] }),
    rateIdOf({ algorithm: 'fixed-window' }),
    rateIdOf({ rate: { ...rate, count: 99 } }),
    rateIdOf({ rate: { ...rate, perMs: 1000 } }),
    rateIdOf({ rate: { ...rate, burst: 10 } }),
    rateIdOf({}, 'a|b'),
    rateIdOf({ name: 'b|perMinute' }, 'a'),
    rateIdOf({}, 'a%7Cb'),
  ]
  assert.equal(new Set(ids).size, ids.length)
})

test('rule: what does not change what a count means does not change the id', () => {
  const same = [{ headers: 'both' }, { cost: { fixed: 5, responseHeader: '' } }, { onStoreFailure: 'deny' }] as const
  for (const given of same) assert.equal(rateIdOf(given), rateIdOf({}))
})

test('rule: no names and parts of a key, joined, give the id of others', () => {
  const part = fc.oneof(
    fc.constant<LimitKeySpec>({ kind: 'ip' }),
    fc.record({
      kind: fc.constantFrom('claim', 'param'),
      name: fc.constantFrom('a', 'a+ip', 'a%2Bip', 'a|b', 'ip', 'a+claim:a'),
    }),
  )
  const name = fc.constantFrom('a', 'b', 'a|b', 'b|', '%7C', '|', 'a%7Cb')
  const made = fc.record({ route: name, name, by: fc.array(part, { minLength: 1, maxLength: 3 }) })
  fc.assert(
    fc.property(made, made, (one, other) => {
      const same = JSON.stringify([one.route, one.name, one.by]) === JSON.stringify([other.route, other.name, other.by])
      assert.equal(rateIdOf(one, one.route) === rateIdOf(other, other.route), same)
    }),
  )
})

test('concurrency: a reload that changes the number goes on counting', () => {
  const [few, many] = [1, 2].map(max => plansOf(inFlight(max)).concurrency[0]?.base.rule)
  assert.deepEqual(
    [few, many],
    [1, 2].map(max => ({ id: 'orders|inflight||ip|concurrency', max })),
  )
})

test('tiers: that of whoever asks; nobody and those of other tiers have the usual one', () => {
  const [plan] = plansOf(perMinute(100, { tiers: [gold] })).rates
  const countFor = (who: Exchange['identity']): number | undefined =>
    plan && tierOf(plan, Object.assign(new Exchange(), { identity: who })).rule.count
  assert.deepEqual(
    [null, identity(), identity({ tier: 'iron' }), identity({ tier: 'gold' }), identity({ tier: '__proto__' })].map(
      countFor,
    ),
    [100, 100, 100, 1000, 100],
  )
})
