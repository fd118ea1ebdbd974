import assert from 'node:assert/strict'
import { test } from 'node:test'
import { awaySign, createAwayMemory } from './away-sign.ts'

test('the first that is lost says so, and the last that is back', () => {
  const cells = createAwayMemory(3)
  const [a, b, c] = [0, 1, 2].map(connection => awaySign(cells, connection))
  assert.deepEqual([a!.raise(), b!.raise(), c!.raise()], [true, false, false])
  assert.deepEqual([b!.lower(), a!.lower(), c!.lower()], [false, false, true])
  assert.equal(b!.raise(), true)
})

test('once lost is once lost; what was never lost does not come back', () => {
  const sign = awaySign(createAwayMemory(1), 0)
  assert.deepEqual(
    [sign.lower(), sign.raise(), sign.raise(), sign.lower(), sign.lower()],
    [false, true, false, true, false],
  )
})

test('what a dead thread raised is lowered for it, by the same connection of another thread', () => {
  const cells = createAwayMemory(2)
  const [dead, other] = [awaySign(cells, 0), awaySign(cells, 1)]
  dead.raise()
  other.raise()
  awaySign(cells, 0).lower()
  assert.equal(other.lower(), true)
})
