import assert from 'node:assert/strict'
import { test } from 'node:test'
import fc from 'fast-check'
import { Cells, isLater, moment, momentAfter, TARGET } from './cells.ts'
import type { Member } from './member.ts'
import { createStanding, type StandingOptions } from './standing.ts'
import { FakeTarget, fakeWorld, memberOf } from './testing.ts'
import { type Breaker, REFUSED } from './watch.ts'

const NOW = moment(10_000_000)
const world = fakeWorld()
const states = Array.from({ length: 12 }, (_, i) => new FakeTarget(`t${i}`, world))

/** `-`: nothing is wrong; ejections and open breakers end 5 s from now, those `over` ended just now. */
type Condition = '-' | 'unhealthy' | 'ejected' | 'over' | 'open' | 'draining'

const IN_5S = momentAfter(NOW, 5000)
const openUntil = (end: number): Breaker => ({
  enter: () => REFUSED,
  leave() {},
  admits: now => !isLater(end, now),
  waitMs: now => Math.max(0, ((end - now) | 0) * 10),
})

interface Target {
  readonly is?: Condition | readonly Condition[]
  readonly priority?: number
  readonly weight?: number
  /** Ms ago. */
  readonly up?: number
}

const setup = (targets: readonly Target[], options: Partial<StandingOptions> = {}) => {
  const cells = new Cells(Cells.create(1, Math.max(1, targets.length)))
  const put = (slot: number, word: number, value: number): void => {
    cells.words[cells.target(slot) + word] = value
  }
  const members = targets.map(({ is = '-', priority = 0, weight = 1, up }, slot) => {
    const conditions: readonly Condition[] = typeof is === 'string' ? [is] : is
    if (conditions.includes('unhealthy')) put(slot, TARGET.unhealthy, 1)
    if (conditions.includes('draining')) put(slot, TARGET.draining, 1)
    if (conditions.includes('ejected') || conditions.includes('over')) put(slot, TARGET.ejected, 1)
    if (conditions.includes('ejected')) put(slot, TARGET.ejectedUntil, IN_5S)
    else if (conditions.includes('over')) put(slot, TARGET.ejectedUntil, NOW)
    if (up !== undefined) put(slot, TARGET.upSince, momentAfter(NOW, -up))
    const breaker = conditions.includes('open') ? openUntil(IN_5S) : null
    return memberOf(states[slot % states.length]!, slot, cells, { priority, weight, breaker, label: `t${slot}` })
  })
  return { cells, members, standing: createStanding(members, cells, { slowStartMs: 0, panic: 0, ...options }) }
}

const slotsOf = (list: readonly { member: Member }[]): number[] => list.map(({ member }) => member.slot)

const ALONE: readonly [is: Condition, listed: boolean, until: number][] = [
  ['-', true, 0],
  ['unhealthy', false, 0],
  ['ejected', false, IN_5S - 1],
  ['over', true, 0],
  ['open', false, IN_5S - 1],
  ['draining', false, 0],
]

for (const [is, listed, until] of ALONE) {
  test(`a target that is ${is} ${listed ? 'may' : 'may not'} be asked`, () => {
    const { standing } = setup([{ is }])
    const looked = standing.candidates(NOW)
    assert.deepEqual([slotsOf(looked.list), looked.panicking, looked.until], [listed ? [0] : [], false, until])
    // With the least panic a lone target is asked whatever it is, unless somebody wants it drained.
    const panicky = setup([{ is }], { panic: 0.01 }).standing.candidates(NOW)
    assert.deepEqual(
      [slotsOf(panicky.list), panicky.panicking],
      [is === 'draining' ? [] : [0], !listed && is !== 'draining'],
    )
  })
}

test('a target with two troubles is out until both are over', () => {
  for (const pair of [
    ['unhealthy', 'over'],
    ['ejected', 'unhealthy'],
    ['over', 'open'],
    ['draining', '-'],
  ] as const)
    assert.deepEqual(slotsOf(setup([{ is: pair }]).standing.candidates(NOW).list), [])
})

test('once an ejection or an open breaker is over, the next look finds the target, and no look before it is needed', () => {
  for (const is of ['ejected', 'open'] as const) {
    const { standing } = setup([{ is }, {}])
    const { until } = standing.candidates(NOW)
    assert.deepEqual(slotsOf(standing.candidates(until).list), [1])
    assert.deepEqual(slotsOf(standing.candidates(momentAfter(until, 10)).list), [0, 1])
  }
})

test('a breaker that cannot say how long it will refuse is asked again soon', () => {
  const { cells, members } = setup([{ is: 'open' }])
  const breaker = { ...openUntil(IN_5S), waitMs: () => 0 }
  const standing = createStanding([{ ...members[0]!, breaker }], cells, { slowStartMs: 0, panic: 0 })
  assert.equal(standing.candidates(NOW).until, momentAfter(NOW, 100) - 1)
})

const LEVELS: readonly [what: string, targets: Target[], panic: number, slots: number[], panicking: boolean][] = [
  ['nobody at all', [], 0.5, [], false],
  ['all are well', [{}, {}, {}], 0.5, [0, 1, 2], false],
  ['exactly the share', [{}, { is: 'unhealthy' }], 0.5, [0], false],
  ['less than the share', [{}, { is: 'unhealthy' }, { is: 'ejected' }], 0.5, [0, 1, 2], true],
  ['less than the share, no panic', [{}, { is: 'unhealthy' }, { is: 'ejected' }], 0, [0], false],
  ['nobody is well', [{ is: 'open' }, { is: 'unhealthy' }], 0.5, [0, 1], true],
  ['nobody is well, no panic', [{ is: 'open' }, { is: 'unhealthy' }], 0, [], false],
  ['who drains does not count', [{}, { is: 'unhealthy' }, { is: 'draining' }], 0.5, [0], false],
  ['who drains is not asked in panic', [{ is: 'unhealthy' }, { is: 'draining' }], 0.5, [0], true],
  ['all drain', [{ is: 'draining' }, { is: 'draining' }], 0.5, [], false],
  ['the lowest priority first', [{ priority: 1 }, { priority: 0 }, { priority: 0 }], 0, [1, 2], false],
  ['one well one is enough', [{ is: 'unhealthy' }, {}, { priority: 1 }], 0, [1], false],
  ['the next priority', [{ is: 'unhealthy' }, { priority: 1 }], 0, [1], false],
  ['the next priority, before panic', [{ is: 'unhealthy' }, {}, {}, { priority: 1 }], 0.8, [3], false],
  ['one that drains is not there', [{ is: 'draining' }, { priority: 7 }, { priority: 9 }], 0, [1], false],
  ['no priority has enough', [{ is: 'unhealthy' }, {}, { priority: 1, is: 'open' }], 0.8, [0, 1], true],
  ['none has any, no panic', [{ is: 'unhealthy' }, { priority: 1, is: 'open' }], 0, [], false],
  [
    'panic passes over who drains',
    [{ is: 'draining' }, { priority: 1, is: 'open' }, { priority: 2, is: 'open' }],
    1,
    [1],
    true,
  ],
]

for (const [what, targets, panic, slots, panicking] of LEVELS) {
  test(`${what}: ${slots.length === 0 ? 'nobody' : slots.join(', ')}${panicking ? ', panicking' : ''}`, () => {
    const looked = setup(targets, { panic }).standing.candidates(NOW)
    assert.deepEqual([slotsOf(looked.list), looked.panicking], [slots, panicking])
  })
}

const SLOW: readonly [upMs: number | undefined, weight: number, nextMs: number][] = [
  [undefined, 8, 0],
  [0, 0.8, 3000],
  [2990, 0.8, 10],
  [3000, 1.2, 1000],
  [10_000, 4, 1000],
  [19_990, 7.6, 10],
  [20_000, 8, 0],
  [86_400_000, 8, 0],
  // By another thread's clock, a moment ahead of ours.
  [-20, 0.8, 3020],
  // Half a wrap of moments ago and more, which looks like the future.
  [2 ** 31 * 10, 8, 0],
]

for (const [up, weight, nextMs] of SLOW) {
  test(`in slow start of 20 s for ${up ?? 'ever'} ms: weight ${weight} of 8, ${nextMs} ms more`, () => {
    const { standing } = setup([up === undefined ? { weight: 8 } : { weight: 8, up }], { slowStartMs: 20_000 })
    const { list, until } = standing.candidates(NOW)
    assert.deepEqual(
      [Number(list[0]?.weight.toFixed(9)), until],
      [weight, nextMs === 0 ? 0 : momentAfter(NOW, nextMs) - 1],
    )
  })
}

test('without slow start the weight is full from the first moment', () => {
  assert.equal(setup([{ weight: 8, up: 0 }]).standing.candidates(NOW).list[0]?.weight, 8)
})

test('a slow start looks again no more than twenty times, and each time the weight is larger', () => {
  const { standing } = setup([{ weight: 1, up: 0 }], { slowStartMs: 7770 })
  let looks = 0
  let before = 0
  for (let now = NOW; ; looks++) {
    const { list, until } = standing.candidates(now)
    assert.ok(list[0]!.weight > before)
    before = list[0]!.weight
    if (until === 0) break
    now = momentAfter(until, 10)
  }
  assert.ok(looks <= 20 && looks > 10, `${looks} looks`)
  assert.equal(before, 1)
})

const target = fc.record({
  is: fc.subarray<Condition>(['unhealthy', 'ejected', 'over', 'open', 'draining']),
  priority: fc.nat(2),
  weight: fc.integer({ min: 1, max: 1000 }),
  up: fc.nat(100_000),
})
const options = fc.record({ slowStartMs: fc.constantFrom(0, 30_000), panic: fc.constantFrom(0, 0.3, 0.5, 1) })
const isWell = ({ is }: { is: readonly Condition[] }): boolean => is.every(each => each === 'over')

test('property: who drains is never listed; the list is empty only if nobody may be asked', () => {
  fc.assert(
    fc.property(fc.array(target, { maxLength: 12 }), options, (targets, given) => {
      const { list, panicking } = setup(targets, given).standing.candidates(NOW)
      const of = (slot: number) => targets[slot]!
      const listed = slotsOf(list)
      const present = targets.filter(({ is }) => !is.includes('draining'))
      assert.ok(listed.every(slot => !of(slot).is.includes('draining')))
      assert.equal(list.length === 0, given.panic === 0 ? !present.some(isWell) : present.length === 0)
      assert.ok(panicking || listed.every(slot => isWell(of(slot))))
      assert.ok(!(panicking && given.panic === 0))
      assert.ok(new Set(listed.map(slot => of(slot).priority)).size <= 1)
      for (const { member, weight } of list) assert.ok(weight > 0 && weight <= member.weight)
      // All of the level that may be: nobody is forgotten.
      const level = present.filter(({ priority }) => priority === of(listed[0] ?? 0)?.priority)
      if (list.length > 0) assert.equal(list.length, panicking ? level.length : level.filter(isWell).length)
    }),
    { numRuns: 1000 },
  )
})

test('property: until then nothing changes by itself', () => {
  fc.assert(
    fc.property(fc.array(target, { minLength: 1, maxLength: 12 }), options, fc.nat(20_000), (targets, given, later) => {
      const { standing } = setup(targets, given)
      const first = standing.candidates(NOW)
      const then = momentAfter(NOW, later)
      if (first.until !== 0 && isLater(then, first.until)) return
      assert.deepEqual(standing.candidates(then), first)
    }),
    { numRuns: 1000 },
  )
})
