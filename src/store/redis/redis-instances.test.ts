import assert from 'node:assert/strict'
import { test } from 'node:test'
import { fakeClock } from '../../base/testing.ts'
import { INSTANCE_HORIZON_MS, instanceCount } from './redis-instances.ts'

const setup = () => {
  const clock = fakeClock()
  const cell = new Int32Array(1)
  const count = instanceCount(cell, clock)
  count.up()
  return { clock, cell, count }
}

test('it rises at once, and falls only when all had time to report', () => {
  const { clock, cell, count } = setup()
  count.counted(3)
  assert.equal(cell[0], 3)
  count.counted(2)
  assert.equal(cell[0], 3)
  clock.advance(INSTANCE_HORIZON_MS)
  count.counted(2)
  assert.equal(cell[0], 2)
  // A server that was restarted knows of this gateway only.
  count.up()
  count.counted(1)
  assert.equal(cell[0], 2)
})

test('what is no count changes nothing, and one that is absurd is bounded', () => {
  const { cell, count } = setup()
  count.counted(3)
  for (const reply of [null, undefined, 'x', '7', 0, -1, 1.5, Number.NaN, []]) count.counted(reply)
  assert.equal(cell[0], 3)
  count.counted(2 ** 40)
  assert.equal(cell[0], 100_000)
})
