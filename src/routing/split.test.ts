import assert from 'node:assert/strict'
import { test } from 'node:test'
import { compileSplit } from './split.ts'

const weighing = (...weights: number[]) => weights.map((weight, value) => ({ value, weight }))

test('a split follows the weights over the range of random', () => {
  let r = 0
  const pick = compileSplit(weighing(90, 0, 10), () => r)
  const counts = [0, 0, 0]
  for (let i = 0; i < 1000; i++) {
    r = i / 1000
    counts[pick()]!++
  }
  assert.deepEqual(counts, [900, 0, 100])
})

test('the ends of the range', () => {
  const at = (r: number) => compileSplit(weighing(0, 1, 2, 0), () => r)()
  assert.equal(at(0), 1)
  assert.equal(at(1 / 3 - 1e-9), 1)
  assert.equal(at(1 / 3 + 1e-9), 2)
  assert.equal(at(1), 2)
})

test('where there is no choice, random is not asked', () => {
  const unasked = () => assert.fail('asked')
  assert.equal(compileSplit(weighing(0, 5), unasked)(), 1)
  assert.throws(() => compileSplit(weighing(0), unasked), /weight above 0/)
})
