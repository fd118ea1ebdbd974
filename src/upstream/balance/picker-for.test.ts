import assert from 'node:assert/strict'
import { test } from 'node:test'
import fc from 'fast-check'
import type { BalanceSpec } from '../../spec/spec-resilience.ts'
import { moment } from '../cells.ts'
import type { Member } from '../member.ts'
import type { Picker } from '../picker.ts'
import { equal, type Fleet, fleetOf, pickAny, seeded, sharesOf, worstOff } from '../testing/fleet.ts'
import { exchange } from '../testing.ts'
import { type Balance, pickerFor } from './picker-for.ts'

const hash = { kind: 'hash', by: { kind: 'ip' } } as const
const SPECS: readonly [spec: BalanceSpec, mostOff: number][] = [
  [{ kind: 'round-robin' }, 1],
  [{ kind: 'random' }, 1],
  [{ kind: 'least-request' }, 1],
  [{ kind: 'ewma' }, 1],
  [{ kind: 'sticky', cookie: 'sp', maxAgeMs: 0 }, 1],
  [{ ...hash, algorithm: 'maglev', boundedLoad: 0 }, 1],
  [{ ...hash, algorithm: 'maglev', boundedLoad: 1.25 }, 1],
  // Its points lie where chance has them.
  [{ ...hash, algorithm: 'ring', boundedLoad: 0 }, 3],
  [{ ...hash, algorithm: 'ring', boundedLoad: 1.25 }, 3],
]

const balanceOf = (spec: BalanceSpec, { cells, inFlight }: Fleet, seed = 1): Balance =>
  pickerFor(spec, { cells, inFlight, random: seeded(seed), now: () => moment(50_000) })

const made = (spec: BalanceSpec, fleet: Fleet): Picker => balanceOf(spec, fleet).make(fleet.candidates, fleet.members)

const NOBODY: readonly Member[] = []
const strangers = Array.from({ length: 100_000 }, (_, i) => exchange({ clientAddress: `2001:db8::${i.toString(16)}` }))
const MIXES: readonly (readonly number[])[] = [
  equal(3),
  [5, 1, 1],
  [1, 2, 3, 4, 5],
  [1000, 1],
  Array.from({ length: 30 }, (_, i) => 1 + (i % 4)),
]

for (const [spec, mostOff] of SPECS) {
  const name = Object.values(spec)
    .filter(value => typeof value !== 'object')
    .join(' ')

  test(`${name}: over 100,000 picks every share is within ${mostOff} percentage points of its weight`, () => {
    for (const weights of MIXES) {
      const fleet = fleetOf(weights)
      const picker = made(spec, fleet)
      let i = 0
      const shares = sharesOf(strangers.length, fleet, () => pickAny(picker, NOBODY, strangers[i++]))
      assert.ok(worstOff(shares, weights) < mostOff, `weights ${weights}: ${shares}`)
    }
  })

  test(`property: ${name}: somebody is picked whenever there is one, and nobody twice before all were`, () => {
    const fleets = fc.array(fc.tuple(fc.integer({ min: 1, max: 1000 }), fc.nat(20), fc.boolean()), { maxLength: 12 })
    fc.assert(
      fc.property(fleets, fc.ipV4(), (given, clientAddress) => {
        const fleet = fleetOf(given.map(([weight]) => weight))
        given.forEach(([, load], i) => void fleet.add(fleet.members[i]!, load))
        const picker = made(spec, fleet)
        const tried = fleet.members.filter((_, i) => given[i]![2])
        const member = picker.pick(exchange({ clientAddress }), tried)
        if (given.length === 0) assert.equal(member, null)
        else {
          assert.ok(member !== null && fleet.members.includes(member))
          assert.ok(!tried.includes(member) || tried.length === given.length)
        }
      }),
    )
  })

  test(`${name}: one alone is always picked`, () => {
    const fleet = fleetOf([7])
    const picker = made(spec, fleet)
    for (const tried of [NOBODY, fleet.members]) assert.equal(pickAny(picker, tried, strangers[0]), fleet.members[0])
  })

  test(`${name}: the same seed, the same picks`, () => {
    const picks = (): number[] => {
      const fleet = fleetOf(equal(7))
      const picker = balanceOf(spec, fleet, 5).make(fleet.candidates)
      return strangers.slice(0, 100).map(x => pickAny(picker, NOBODY, x).slot)
    }
    assert.deepEqual(picks(), picks())
  })
}

test('only ewma has to see how tries end', () => {
  const fleet = fleetOf(equal(3))
  const watching = SPECS.filter(([spec]) => balanceOf(spec, fleet).watch !== undefined).map(([{ kind }]) => kind)
  assert.deepEqual(watching, ['ewma'])
})

test('ewma learns from its watch: of two the slow one is not picked while nothing is in flight', () => {
  const fleet = fleetOf(equal(2))
  const balance = balanceOf({ kind: 'ewma' }, fleet)
  balance.watch?.(0).ended('answered', 10)
  balance.watch?.(1).ended('answered', 20)
  const picker = balance.make(fleet.candidates)
  for (let i = 0; i < 50; i++) assert.equal(pickAny(picker), fleet.members[0])
})
