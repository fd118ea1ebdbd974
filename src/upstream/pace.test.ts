import assert from 'node:assert/strict'
import { test } from 'node:test'
import fc from 'fast-check'
import { moment } from './cells.ts'
import { createPace } from './pace.ts'

/** How many may be done, tried at each of these moments. */
const doneAt = (times: readonly number[]): number => {
  const pace = createPace(3, 100)
  let done = 0
  for (const now of times) {
    if (pace.mustRest(now)) continue
    pace.done(now)
    done++
  }
  return done
}

test('so many at once, then one every so often', () => {
  assert.equal(doneAt(Array.from({ length: 50 }, () => 7)), 3)
  assert.equal(doneAt(Array.from({ length: 1000 }, (_, i) => 7 + i)), 3 + 99)
})

test('whoever rested long enough may do as many at once again', () => {
  assert.equal(doneAt([7, 7, 7, 7, 37, 37, 37, 37]), 6)
})

test('it works from the first moment on, whatever that is, and when moments wrap', () => {
  for (const first of [1, -1, moment(0), moment(2 ** 31 * 10 - 20), moment(2 ** 32 * 10 - 20)])
    assert.equal(doneAt(Array.from({ length: 101 }, (_, i) => (first + i) | 0)), 3 + 10)
})

test('property: in no span are there more than so many and one for each step of it', () => {
  fc.assert(
    fc.property(fc.array(fc.nat(30), { maxLength: 200 }), gaps => {
      let now = 1
      const times = gaps.map(gap => (now += gap))
      assert.ok(doneAt(times) <= 3 + (now - 1) / 10)
    }),
  )
})
