import assert from 'node:assert/strict'
import { test } from 'node:test'
import { equal, fleetOf, pickAny } from '../testing/fleet.ts'
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

test('one that was tried is passed over, and has had its turn', () => {
  const { members, candidates } = fleetOf(equal(3))
  const picker = roundRobin(first)(candidates)
  assert.equal(pickAny(picker, [members[0]!]).slot, 1)
  assert.equal(pickAny(picker).slot, 2)
  assert.equal(pickAny(picker).slot, 0)
})

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
