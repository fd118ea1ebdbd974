import assert from 'node:assert/strict'
import { test } from 'node:test'
import { fakeRedis, fakeTimers, settled } from '../testing/redis.ts'
import type { RedisClient } from './redis-driver.ts'
import { StoreFailure } from './redis-failure.ts'
import { redisLink } from './redis-link.ts'

const LOST = new StoreFailure('error', 'lost')

const setup = async (prepare: (client: RedisClient) => Promise<unknown> = async () => {}) => {
  const redis = fakeRedis()
  const timers = fakeTimers()
  const events: string[] = []
  const link = redisLink({
    dial: () => redis.driver({ url: '', connectMs: 1 }),
    prepare,
    attemptMs: 2_000,
    clock: timers.clock,
    timers,
    random: () => 1,
    onUp: () => void events.push('up'),
    onDown: failure => void events.push(failure.message),
  })
  await settled()
  return { redis, timers, events, link }
}

test('given up, it is looked for again; however often it is lost, once', async () => {
  const { redis, timers, events, link } = await setup()
  const first = redis.client
  link.drop(LOST)
  link.drop(LOST)
  first.lose(new Error('x'))
  assert.equal(first.destroyed, true)
  await timers.advance(100)
  await settled()
  assert.equal(redis.clients.length, 2)
  first.lose(new Error('x'))
  assert.deepEqual(events, ['up', 'lost', 'up'])
  await timers.advance(60_000)
  assert.equal(redis.clients.length, 2)
})

test('pauses grow over connections that do not last, and start over after one that does', async () => {
  const { redis, timers, link } = await setup()
  const pauses: number[] = []
  for (const upMs of [0, 0, 4_999, 5_000, 0]) {
    await timers.advance(upMs)
    link.drop(LOST)
    const before = redis.clients.length
    let ms = 0
    for (; redis.clients.length === before; ms += 50) await timers.advance(50)
    pauses.push(ms)
    await settled()
  }
  assert.deepEqual(pauses, [100, 200, 400, 100, 200])
})

test('a try that takes too long is a failed one, and its late success counts no more', async () => {
  const { promise, resolve } = Promise.withResolvers<void>()
  const { redis, timers, events } = await setup(() => promise)
  await timers.advance(2_000)
  assert.deepEqual(events, ['no answer in time'])
  resolve()
  await settled()
  assert.deepEqual(events, ['no answer in time'])
  assert.equal(redis.clients[0]!.destroyed, true)
})

test('closing ends it while it waits for the next try', async () => {
  const { redis, timers, events, link } = await setup()
  link.drop(LOST)
  link.close()
  await timers.advance(60_000)
  assert.equal(redis.clients.length, 1)
  assert.equal(timers.armed, 0)
  assert.deepEqual(events, ['up', 'lost'])
})
