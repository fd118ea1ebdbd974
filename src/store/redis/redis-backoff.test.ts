import assert from 'node:assert/strict'
import { test } from 'node:test'
import { retryDelayMs } from './redis-backoff.ts'

test('doubles from 100 ms to 2 s, and is between half and all of that', () => {
  const longest = Array.from({ length: 8 }, (_, n) => retryDelayMs(n, () => 1))
  assert.deepEqual(longest, [100, 200, 400, 800, 1_600, 2_000, 2_000, 2_000])
  assert.equal(
    retryDelayMs(0, () => 0),
    50,
  )
  assert.equal(
    retryDelayMs(1e9, () => 0),
    1_000,
  )
})
