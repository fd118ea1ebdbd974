import assert from 'node:assert/strict'
import { test } from 'node:test'
import { limitOutcome } from './redis-limit-reply.ts'

test('four integers for each ask; allowed when all are', () => {
  assert.deepEqual(limitOutcome([1, 9, 1_500, 0, 0, 0, 2_000, -1], 2), {
    allowed: false,
    verdicts: [
      { allowed: true, remaining: 9, resetMs: 1.5, retryMs: 0 },
      { allowed: false, remaining: 0, resetMs: 2, retryMs: Number.POSITIVE_INFINITY },
    ],
  })
  assert.equal(limitOutcome([1, 9, 0, 0], 1)?.allowed, true)
})

test('anything else is no answer', () => {
  for (const reply of [null, undefined, 'OK', 1, [], [1, 2, 3], [1, 2, 3, 4, 5], ['1', '2', '3', '4'], [1, 2, 3, 0.5]])
    assert.equal(limitOutcome(reply, 1), null, JSON.stringify(reply))
})
