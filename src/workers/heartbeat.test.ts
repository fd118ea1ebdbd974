import assert from 'node:assert/strict'
import { test } from 'node:test'
import { createHeartbeat } from './heartbeat.ts'

const beating = () => {
  const beats = new Int32Array(new SharedArrayBuffer(8))
  return { beats, heartbeat: createHeartbeat(beats, 1, 2_000) }
}

test('stalled after as many silent checks as fit into the time', () => {
  const { heartbeat } = beating()
  assert.deepEqual(
    [1, 2, 3, 4].map(() => heartbeat.stalled()),
    [false, false, false, true],
  )
})

test('one beat starts the count anew, another worker’s beat does not', () => {
  const { beats, heartbeat } = beating()
  for (let i = 0; i < 3; i++) heartbeat.stalled()
  beats[1]!++
  assert.deepEqual(
    [1, 2, 3, 4].map(() => heartbeat.stalled()),
    [false, false, false, false],
  )
  beats[0]!++
  assert.equal(heartbeat.stalled(), true)
})

test('the counter may wrap around', () => {
  const { beats, heartbeat } = beating()
  beats[1] = 2 ** 31 - 1
  assert.equal(heartbeat.stalled(), false)
  Atomics.add(beats, 1, 1)
  for (let i = 0; i < 4; i++) assert.equal(heartbeat.stalled(), false)
})
