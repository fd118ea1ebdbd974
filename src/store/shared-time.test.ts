import assert from 'node:assert/strict'
import { test } from 'node:test'
import { fakeClock } from '../base/testing.ts'
import { monotonicMs, sharedTime } from './shared-time.ts'

test('clocks of different origins tell the same time', () => {
  const clock = (origin: number) => ({ now: () => performance.now() - origin, wall: () => 0 })
  const apart = sharedTime(clock(0)).now() - sharedTime(clock(123_456_789)).now()
  assert.ok(Math.abs(apart) < 50, `${apart} ms apart`)
})

test('time goes on as the clock that was given does', () => {
  const clock = fakeClock()
  const before = monotonicMs()
  const time = sharedTime(clock)
  const start = time.now()
  assert.ok(start >= before && start <= monotonicMs())
  clock.advance(1000)
  assert.equal(time.now(), start + 1000)
})
