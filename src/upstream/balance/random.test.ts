import assert from 'node:assert/strict'
import { test } from 'node:test'
import { equal, fleetOf, pickAny, seeded } from '../testing/fleet.ts'
import { randomly } from './random.ts'

test('one that was tried is drawn again, for a while', () => {
  const { members, candidates } = fleetOf(equal(3))
  const numbers = [0, 0.1, 0.9]
  const picker = randomly(() => numbers.shift()!)(candidates)
  assert.equal(pickAny(picker, [members[0]!]), members[2])
})

test('a light one is found beside a heavy one that was tried', () => {
  const { members, candidates } = fleetOf([1000, 1])
  const picker = randomly(seeded(1))(candidates)
  for (let i = 0; i < 20; i++) assert.equal(pickAny(picker, [members[0]!]), members[1])
})
