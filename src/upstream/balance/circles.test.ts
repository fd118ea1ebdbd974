import assert from 'node:assert/strict'
import { test } from 'node:test'
import fc from 'fast-check'
import { textHash } from '../../core/text-hash.ts'
import type { Member } from '../member.ts'
import type { Candidate } from '../picker.ts'
import { equal, fleetOf } from '../testing/fleet.ts'
import type { Circle } from './circle.ts'
import { maglevOf } from './maglev.ts'
import { ringOf } from './ring.ts'

/** What ring and Maglev's table have in common. */
const CIRCLES: readonly [name: string, of: (candidates: readonly Candidate[], all: readonly Member[]) => Circle][] = [
  ['ring', ringOf],
  ['maglev', maglevOf],
]
const KEYS = Array.from({ length: 20_000 }, (_, i) => textHash(`user-${i}`, 0))

const ownersOf = (circle: Circle, candidates: readonly Candidate[]): Member[] =>
  KEYS.map(key => candidates[circle.owners[circle.placeOf(key)]!]!.member)

/** Shares of the keys that moved, without and with those that had to: from a target that left or to one that came. */
const moved = (before: readonly Member[], after: readonly Member[], changed: Member): { more: number; all: number } => {
  let had = 0
  let all = 0
  before.forEach((member, i) => {
    if (member === after[i]) return
    all++
    if (member === changed || after[i] === changed) had++
  })
  return { more: (all - had) / KEYS.length, all: all / KEYS.length }
}

const MIXES: readonly [name: string, weight: (i: number) => number][] = [
  ['equal weights', () => 100],
  ['weights 1 to 5', i => 1 + (i % 5)],
]

for (const [name, of] of CIRCLES)
  for (const [mix, weight] of MIXES)
    for (const count of [3, 10, 50]) {
      test(`${name}, ${count} targets, ${mix}: one that leaves or comes moves its own share and at most 2 % more`, () => {
        const { candidates, members } = fleetOf(Array.from({ length: count }, (_, i) => weight(i)))
        const total = candidates.reduce((sum, each) => sum + each.weight, 0)
        const before = ownersOf(of(candidates, members), candidates)
        for (const one of candidates.slice(0, 5)) {
          const rest = candidates.filter(each => each !== one)
          // The way back is the same way.
          const { more, all } = moved(before, ownersOf(of(rest, members), rest), one.member)
          assert.ok(more < (name === 'ring' ? 0.0001 : 0.01), `${more} more than it had to`)
          assert.ok(all <= one.weight / total + 0.02, `${all} in all`)
        }
      })
    }

for (const [name, of] of CIRCLES) {
  test(`${name}: a list that changes for good moves little as well`, () => {
    const { candidates, members } = fleetOf(equal(50))
    const before = ownersOf(of(candidates, members), candidates)
    const after = ownersOf(of(candidates.slice(1), members.slice(1)), candidates.slice(1))
    assert.ok(moved(before, after, members[0]!).all <= 1 / 50 + 0.02)
  })

  test(`${name}: a slow start moves keys to the one that starts, and next to none between others`, () => {
    const { candidates, members } = fleetOf(equal(10))
    const starting = candidates.map((each, i) => (i === 0 ? { ...each, weight: 0.1 } : each))
    const before = ownersOf(of(starting, members), starting)
    const after = ownersOf(of(candidates, members), candidates)
    assert.ok(moved(before, after, members[0]!).more < 0.01)
    assert.ok(before.filter(member => member === members[0]).length < KEYS.length * 0.02)
  })

  test(`${name}: every place has its target in each step of a slow start, of one target or of all`, () => {
    const { candidates, members } = fleetOf([1, 1, 3])
    for (let step = 2; step <= 20; step++) {
      const slower = candidates.map(each => ({ ...each, weight: (each.weight * step) / 20 }))
      for (const some of [slower, [slower[0]!, ...candidates.slice(1)]]) {
        const { owners } = of(some, members)
        assert.ok(owners.every(owner => owner < 3))
        assert.ok(some.every((_, i) => owners.includes(i)))
      }
    }
  })

  test(`${name}: the order in which targets are known does not matter`, () => {
    const { candidates, members } = fleetOf(Array.from({ length: 50 }, (_, i) => 1 + (i % 5)))
    const turned = candidates.toReversed()
    assert.deepEqual(ownersOf(of(turned, members), turned), ownersOf(of(candidates, members), candidates))
  })

  test(`${name}: shares follow the weights`, () => {
    const mostOff = name === 'ring' ? 3 : 1
    for (const weights of [equal(3), [1, 2, 3], [1000, 1, 1], Array.from({ length: 200 }, (_, i) => 1 + (i % 3))]) {
      const { candidates, members } = fleetOf(weights)
      const owners = ownersOf(of(candidates, members), candidates)
      const total = weights.reduce((sum, weight) => sum + weight, 0)
      for (const { member, weight } of candidates) {
        const share = owners.filter(owner => owner === member).length / owners.length
        assert.ok(Math.abs(share - weight / total) * 100 < mostOff, `${share} of weight ${weight} among ${weights}`)
      }
    }
  })

  test(`${name}: everybody has a place, up to 1,024 targets and beside one of weight 1,000`, () => {
    for (const heaviest of [1, 1000]) {
      const { candidates, members } = fleetOf([heaviest, ...equal(1023)])
      assert.equal(new Set(of(candidates, members).owners).size, 1024)
    }
  })

  test(`property: ${name}: every hash leads to a place, every place to a candidate`, () => {
    const weights = fc.array(fc.integer({ min: 1, max: 1000 }), { minLength: 1, maxLength: 20 })
    const hash = fc.oneof(fc.integer({ min: 0, max: 2 ** 32 - 1 }), fc.constantFrom(0, 2 ** 32 - 1, 2 ** 31))
    fc.assert(
      fc.property(weights, fc.array(hash, { minLength: 1 }), (given, hashes) => {
        const { candidates, members } = fleetOf(given)
        const { owners, placeOf } = of(candidates, members)
        assert.ok(owners.every(owner => owner < given.length))
        for (const each of hashes) assert.ok(owners[placeOf(each)] !== undefined)
      }),
      { numRuns: 30 },
    )
  })
}

test('where values go is a promise: a change of the hash or the points would move those of every user at once', () => {
  const { candidates, members } = fleetOf(equal(3))
  const slots = (circle: Circle): string =>
    ownersOf(circle, candidates)
      .slice(0, 24)
      .map(({ slot }) => slot)
      .join('')
  assert.deepEqual(
    [slots(ringOf(candidates, members)), slots(maglevOf(candidates))],
    ['101110100101221002100110', '020120101202200020111210'],
  )
})
