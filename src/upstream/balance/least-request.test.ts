import assert from 'node:assert/strict'
import { test } from 'node:test'
import fc from 'fast-check'
import { equal, fleetOf, pickAny, seeded, sharesOf, worstOff } from '../testing/fleet.ts'
import { leastRequest } from './least-request.ts'

const loaded = (weights: readonly number[], loads: readonly number[]) => {
  const fleet = fleetOf(weights)
  loads.forEach((load, i) => void fleet.add(fleet.members[i]!, load))
  return { ...fleet, picker: leastRequest(fleet.inFlight, seeded(1))(fleet.candidates) }
}

const CASES: readonly [weights: number[], loads: number[], allowed: number[]][] = [
  [[1, 1, 1], [2, 1, 2], [1]],
  [
    [1, 1, 1],
    [0, 1, 0],
    [0, 2],
  ],
  [[1, 1], [1, 0], [1]],
  // With another one it would have as many for its weight as the light one has now.
  [[3, 1], [3, 0], [1]],
  [[3, 1], [2, 1], [0]],
  [
    [3, 1],
    [2, 0],
    [0, 1],
  ],
  [[10, 1], [9, 2], [0]],
]

for (const [weights, loads, allowed] of CASES) {
  test(`weights ${weights.join(', ')} with ${loads.join(', ')} in flight: ${allowed.join(' or ')}`, () => {
    const { picker } = loaded(weights, loads)
    const picked = new Set(Array.from({ length: 50 }, () => pickAny(picker).slot))
    assert.deepEqual([...picked].sort(), allowed)
  })
}

test('property: of up to four equal ones it is always one with the fewest in flight', () => {
  const loads = fc.array(fc.nat(5), { minLength: 2, maxLength: 4 })
  fc.assert(
    fc.property(loads, given => {
      const { picker } = loaded(equal(given.length), given)
      for (let i = 0; i < 8; i++) assert.equal(given[pickAny(picker).slot], Math.min(...given))
    }),
  )
})

test('of many, the less loaded of two: the most loaded one never, the least loaded one most', () => {
  const loads = Array.from({ length: 10 }, (_, i) => i)
  const fleet = loaded(equal(10), loads)
  const shares = sharesOf(20_000, fleet, () => pickAny(fleet.picker))
  assert.equal(shares[9], 0)
  for (let i = 1; i < 10; i++) assert.ok(shares[i]! < shares[i - 1]!, `${shares}`)
})

/** As many requests as there are places; each ends after a while, wherever it is. */
const busy = (weights: readonly number[], places: number): { worst: number; shares: number[] } => {
  const fleet = loaded(weights, [])
  const random = seeded(2)
  const open: (typeof fleet.members)[number][] = []
  let worst = 0
  const shares = sharesOf(50_000, fleet, () => {
    if (open.length >= places) fleet.add(open.splice(Math.floor(random() * open.length), 1)[0]!, -1)
    const member = pickAny(fleet.picker)
    fleet.add(member)
    open.push(member)
    const total = weights.reduce((sum, weight) => sum + weight, 0)
    fleet.members.forEach((each, i) => {
      worst = Math.max(worst, fleet.inFlight(each) - (places * weights[i]!) / total)
    })
    return member
  })
  return { worst, shares }
}

const MIXES: readonly [weights: number[], mostOff: number][] = [
  [[1, 1, 1], 1],
  [equal(20), 1],
  // A request more or less is much to a light one.
  [[3, 1], 3],
  [[5, 1, 1, 2], 3],
  [[4, 1, 1, 1, 1, 1, 1], 3],
]

for (const [weights, mostOff] of MIXES) {
  test(`busy or idle, shares are within ${mostOff} percentage points of the weights ${weights}`, () => {
    for (const places of [1, 2, 10, 100]) {
      const { shares } = busy(weights, places)
      assert.ok(worstOff(shares, weights) < mostOff, `${places} in flight: ${shares}`)
    }
  })
}

test('nobody of four has more than two above its part; of fifty, with the power of two choices, four', () => {
  assert.ok(busy(equal(4), 100).worst <= 2)
  assert.ok(busy(equal(50), 500).worst <= 4)
})

test('what others have in flight counts: the sum is over all workers', () => {
  const { members, cells, picker } = loaded([1, 1], [])
  cells.words[cells.targetColumn(0, 1)]! += 1
  assert.deepEqual([pickAny(picker), pickAny(picker)], [members[1], members[1]])
})
