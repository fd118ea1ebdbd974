import assert from 'node:assert/strict'
import { test } from 'node:test'
import { createSpanBatch, type SentSpans, underwayAt } from './span-batch.ts'

const scene = (batchLength = 10, mostUnderway = 20) => {
  const sent: SentSpans[] = []
  const underway = underwayAt(new Int32Array(3), 1)
  const batch = createSpanBatch({ send: spans => void sent.push(spans), underway, batchLength, mostUnderway })
  return { sent, underway, batch }
}

test('spans go when enough have gathered, or when the timer ticks', () => {
  const { sent, batch } = scene(10, 30)
  batch.tick()
  for (const span of ['{"a":1}', '{"b":2}', '{"c":3}']) batch.add(span)
  assert.deepEqual(sent, [{ spans: '{"a":1},{"b":2}', count: 2, dropped: 0 }])
  batch.tick()
  assert.deepEqual(sent[1], { spans: '{"c":3}', count: 1, dropped: 0 })
  batch.tick()
  assert.equal(sent.length, 2)
})

test('what nobody receives is bounded, and how much was lost is said as soon as there is room', () => {
  const { sent, underway, batch } = scene()
  for (let i = 0; i < 10; i++) batch.add('0123456789')
  assert.equal(sent.length, 2)
  assert.equal(underway.read(), 20)
  batch.tick()
  assert.equal(sent.length, 2)
  underway.add(-10)
  batch.tick()
  assert.deepEqual(sent[2], { spans: '', count: 0, dropped: 8 })
  batch.add('0123456789')
  assert.deepEqual(sent[3], { spans: '0123456789', count: 1, dropped: 0 })
})
