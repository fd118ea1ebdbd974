import assert from 'node:assert/strict'
import { test } from 'node:test'
import fc from 'fast-check'
import { worstOff } from '../testing/fleet.ts'
import { drawOther, weightedDraw } from './draw.ts'

const weight = fc.integer({ min: 1, max: 1000 })
/** Numbers spread evenly over 0 ≤ r < 1, one after the other. */
const evenly = (count: number): (() => number) => {
  let i = 0
  return () => (i++ % count) / count
}

test('property: every index is drawn as often as its weight says', () => {
  fc.assert(
    fc.property(fc.array(weight, { minLength: 1, maxLength: 50 }), weights => {
      const draws = weights.length * 1000
      const draw = weightedDraw(weights, evenly(draws))
      const counts = weights.map(() => 0)
      for (let i = 0; i < draws; i++) counts[draw()]!++
      const shares = counts.map(count => count / draws)
      // Each index has at most two pieces of the range in a column, and each may be off by one number.
      assert.ok(worstOff(shares, weights) < 0.2, `${shares} for ${weights}`)
    }),
  )
})

test('property: the largest random number draws an index too', () => {
  fc.assert(
    fc.property(fc.array(weight, { minLength: 1, maxLength: 50 }), weights => {
      const index = weightedDraw(weights, () => 1 - 2 ** -53)()
      assert.ok(index >= 0 && index < weights.length)
    }),
  )
})

test('a second draw is another index', () => {
  assert.equal(
    drawOther(() => 2, 0, 3),
    2,
  )
  assert.equal(
    drawOther(() => 1, 1, 3),
    2,
  )
  assert.equal(
    drawOther(() => 2, 2, 3),
    0,
  )
})
