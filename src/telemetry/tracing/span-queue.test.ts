import assert from 'node:assert/strict'
import { test } from 'node:test'
import { createSpanQueue } from './span-queue.ts'

const sent = (spans: string, count = 1) => ({ spans, count, dropped: 0 })

test('what waits goes together as far as one request holds, the oldest first', () => {
  const queue = createSpanQueue(100, 5)
  for (const spans of ['aa', 'bb', 'cc', 'dddddddd', 'e']) assert.equal(queue.add(sent(spans)), true)
  assert.deepEqual(queue.take(), { spans: 'aa,bb', count: 2 })
  assert.deepEqual(queue.take(), { spans: 'cc', count: 1 })
  assert.deepEqual(queue.take(), { spans: 'dddddddd', count: 1 })
  assert.equal(queue.isEmpty, false)
  assert.deepEqual(queue.take(), { spans: 'e', count: 1 })
  assert.equal(queue.isEmpty, true)
})

test('what finds no room is refused; what is taken or cleared makes room', () => {
  const queue = createSpanQueue(10, 10)
  assert.equal(queue.add(sent('12345678', 3)), true)
  assert.equal(queue.add(sent('123')), false)
  assert.equal(queue.add(sent('12')), true)
  assert.equal(queue.clear(), 4)
  assert.equal(queue.add(sent('1234567890')), true)
  queue.take()
  assert.equal(queue.add(sent('1234567890')), true)
})
