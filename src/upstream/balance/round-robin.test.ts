import assert from 'node:assert/strict'
import { test } from 'node:test'
import { equal, fleetOf, pickAny, seeded } from '../testing/fleet.ts'
import { roundRobin } from './round-robin.ts'

const first = (): number => 0

test('targets take turns by weight', () => {
  const picker = roundRobin(first)(fleetOf([3, 1]).candidates)
  assert.equal(Array.from({ length: 8 }, () => pickAny(picker).slot).join(''), '00100010')
})

test('pickers made at the same time begin in different places', () => {
  const { candidates } = fleetOf(equal(10))
  const begins = [0, 0.35, 0.999].map(random => pickAny(roundRobin(() => random)(candidates)).slot)
  assert.deepEqual(begins, [0, 3, 9])
})

test('one that was tried is passed over', () => {
  const { members, candidates } = fleetOf(equal(3))
  for (const random of [0, 0.35, 0.999]) {
    const picker = roundRobin(() => random)(candidates)
    for (const tried of members) assert.notEqual(pickAny(picker, [tried]), tried)
  }
})

for (const count of [2, 3, 5]) {
  test(`one of ${count} that always fails comes first as often as any other, and the others help out alike`, () => {
    const { members, candidates } = fleetOf(equal(count))
    const picker = roundRobin(seeded(7))(candidates)
    const bad = members[0]!
    const tries = members.map(() => 0)
    const requests = 1000 * count
    for (let n = 0; n < requests; n++) {
      const member = pickAny(picker)
      tries[member.slot]!++
      if (member === bad) tries[pickAny(picker, [bad]).slot]!++
    }
    const [ofBad, ...ofOthers] = tries
    assert.equal(ofBad, 1000)
    const fair = requests / (count - 1)
    for (const tried of ofOthers) assert.ok(Math.abs(tried - fair) < 100, `${tried} instead of ${fair}`)
  })
}

test('a light one is found behind many turns of a heavy one that was tried', () => {
  const { members, candidates } = fleetOf([1000, 1])
  const picker = roundRobin(first)(candidates)
  for (let i = 0; i < 20; i++) assert.equal(pickAny(picker, [members[0]!]), members[1])
})

test('when all were tried they still take turns', () => {
  const { members, candidates } = fleetOf(equal(3))
  const picker = roundRobin(first)(candidates)
  assert.equal(new Set(Array.from({ length: 3 }, () => pickAny(picker, members))).size, 3)
})
