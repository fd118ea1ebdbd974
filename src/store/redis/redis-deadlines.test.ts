import assert from 'node:assert/strict'
import { test } from 'node:test'
import { fakeTimers } from '../testing/redis.ts'
import { redisDeadlines } from './redis-deadlines.ts'

const setup = () => {
  const timers = fakeTimers()
  const due: number[] = []
  const waiting = redisDeadlines<string>(100, timers.clock, timers, () => {
    due.push(timers.clock.now())
    waiting.drain()
  })
  return { timers, due, waiting, start: timers.clock.now() }
}

test('due when the oldest is, to the millisecond', async () => {
  const { timers, due, waiting, start } = setup()
  waiting.add('a')
  await timers.advance(30)
  waiting.add('b')
  await timers.advance(30)
  waiting.delete('a')
  await timers.advance(69)
  assert.deepEqual(due, [])
  await timers.advance(1)
  assert.deepEqual(due, [start + 130])
  assert.equal(waiting.size, 0)
})

test('what is taken out leaves no timer, and what comes then has its full time', async () => {
  const { timers, due, waiting, start } = setup()
  waiting.add('a')
  await timers.advance(90)
  assert.deepEqual(waiting.drain(), ['a'])
  assert.equal(timers.armed, 0)
  waiting.add('b')
  await timers.advance(99)
  assert.deepEqual(due, [])
  await timers.advance(1)
  assert.deepEqual(due, [start + 190])
})

test('time that the worker spent elsewhere does not count, but no more than once over', async () => {
  const { timers, due, waiting, start } = setup()
  waiting.add('a')
  timers.stall(130)
  await timers.advance(0)
  await timers.advance(29)
  assert.deepEqual(due, [])
  await timers.advance(1)
  assert.deepEqual(due, [start + 160])
  waiting.add('b')
  timers.stall(60_000)
  await timers.advance(0)
  await timers.advance(100)
  assert.deepEqual(due, [start + 160, start + 160 + 60_100])
})

test('a worker that is late every time does not wait for ever', async () => {
  const { timers, due, waiting, start } = setup()
  waiting.add('a')
  for (let turns = 0; turns < 10; turns++) {
    // Each timer, whatever it was set to, is 30 ms late.
    timers.stall(turns === 0 ? 130 : 60)
    await timers.advance(0)
  }
  assert.deepEqual(due, [start + 190])
})

test('each that has become the oldest is given its own time', async () => {
  const { timers, due, waiting, start } = setup()
  waiting.add('a')
  timers.stall(130)
  await timers.advance(0)
  waiting.add('b')
  waiting.delete('a')
  await timers.advance(30)
  timers.stall(110)
  await timers.advance(0)
  assert.deepEqual(due, [])
  await timers.advance(40)
  assert.deepEqual(due, [start + 310])
})
