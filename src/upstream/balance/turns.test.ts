import assert from 'node:assert/strict'
import { test } from 'node:test'
import fc from 'fast-check'
import { worstOff } from '../testing/fleet.ts'
import { unrolledTurns } from './turns.ts'

const ORDERS: readonly [weights: number[], order: string][] = [
  [[1], '0'],
  [[7], '0'],
  [[1, 1, 1], '012'],
  [[5, 5, 5], '012'],
  [[3, 1], '0010'],
  [[300, 100], '0010'],
  [[5, 1, 1], '0010200'],
  [[2, 3], '10101'],
  // In slow start, at a tenth and at seven twentieths.
  [[1, 0.1], '00000100000'],
  [[1, 0.35], '010001000100010001000100010'],
]

for (const [weights, order] of ORDERS) {
  test(`weights ${weights.join(', ')} take turns as ${order}`, () => {
    assert.equal(unrolledTurns(weights).join(''), order)
  })
}

test('property: in every full turn, wherever it begins, each has exactly its weight, spread out', () => {
  fc.assert(
    fc.property(fc.array(fc.integer({ min: 1, max: 9 }), { minLength: 2, maxLength: 5 }), weights => {
      // Relatively prime, so that nothing is reduced.
      const given = [...weights, 1]
      const total = given.reduce((sum, weight) => sum + weight, 0)
      const turns = unrolledTurns(given)
      assert.equal(turns.length, total)
      const seen = given.map(() => 0)
      turns.forEach((index, turn) => {
        seen[index]!++
        given.forEach((weight, i) => {
          const off = seen[i]! - ((turn + 1) * weight) / total
          assert.ok(Math.abs(off) < given.length - 1 + 1e-9, `index ${i} after ${turn + 1} turns of ${turns.join('')}`)
        })
      })
      assert.deepEqual(seen, given)
    }),
  )
})

const most = 4096
const weightsOfMany = fc.array(fc.integer({ min: 1, max: 1000 }), { minLength: 1, maxLength: 300 })

test('property: however the weights are, the list stays short and shares are within half a percentage point', () => {
  fc.assert(
    fc.property(weightsOfMany, weights => {
      const turns = unrolledTurns(weights)
      assert.ok(turns.length <= most + weights.length, `${turns.length} turns`)
      const shares = weights.map((_, i) => turns.filter(index => index === i).length / turns.length)
      assert.ok(worstOff(shares, weights) < 0.5)
      assert.ok(shares.every(share => share > 0))
    }),
    { numRuns: 50 },
  )
})

test('the lightest beside the heaviest have a turn each', () => {
  const turns = unrolledTurns([1000, ...Array<number>(500).fill(0.1)])
  assert.equal(new Set(turns).size, 501)
  assert.ok(turns.length <= most + 501)
})
