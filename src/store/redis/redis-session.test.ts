import assert from 'node:assert/strict'
import { test } from 'node:test'
import { serverError, sessionWorld, settled } from '../testing/redis.ts'
import { AWAY } from './redis-health.ts'
import { MOST_WAITING, type RedisCall, redisSession } from './redis-session.ts'

interface Heard extends RedisCall {
  readonly heard: string[]
}

const call = (name: string, text?: string): Heard => {
  const heard: string[] = []
  return {
    args: [name],
    heard,
    ...(text === undefined ? {} : { withText: () => [text] }),
    onValue: reply => void heard.push(`value ${reply}`),
    onError: error => void heard.push(`${error.reason} ${error.message}`),
  }
}

const started = async (timeoutMs?: number) => {
  const world = sessionWorld(timeoutMs)
  const session = redisSession(world)
  await session.ready
  return { ...world, session }
}

test('a command is answered', async () => {
  const { session, redis } = await started()
  const one = call('ONE')
  assert.equal(session.send(one), true)
  redis.client.sent.at(-1)!.resolve(1)
  await settled()
  assert.deepEqual(one.heard, ['value 1'])
})

test('without an answer in time everything that waits is told at once, at the first deadline', async () => {
  const { session, timers, redis, counts, log } = await started()
  const calls = [call('ONE'), call('TWO')]
  session.send(calls[0]!)
  await timers.advance(60)
  session.send(calls[1]!)
  await timers.advance(39)
  assert.deepEqual(calls[0]!.heard, [])
  await timers.advance(1)
  for (const { heard } of calls) assert.deepEqual(heard, ['timeout no answer in time'])
  assert.equal(session.isUp, false)
  assert.equal(redis.clients[0]!.destroyed, true)
  assert.equal(counts.get('timeout'), 1)
  assert.equal(counts.get('up'), 0)
  assert.deepEqual(log.lines, [`warn ${AWAY} {"reason":"no answer in time"}`])
})

test('one timer serves all commands, and none is left when nothing waits', async () => {
  const { session, timers, redis } = await started()
  redis.answer = () => 'fine'
  const before = timers.armed
  for (let i = 0; i < 1_000; i++) session.send(call('X'))
  assert.equal(timers.armed, before + 1)
  await timers.advance(100)
  assert.equal(timers.armed, before)
  assert.equal(session.isUp, true)
})

test('a busy worker is no slow store: what waits gets the time back that the worker was away', async () => {
  const { session, timers, redis } = await started()
  const one = call('ONE')
  session.send(one)
  timers.stall(5_000)
  await timers.advance(0)
  assert.deepEqual(one.heard, [])
  redis.client.sent.at(-1)!.resolve(1)
  await settled()
  assert.deepEqual(one.heard, ['value 1'])
  assert.equal(session.isUp, true)
})

test('while it is away nobody waits; it is looked for with growing pauses, and comes back by itself', async () => {
  const { session, timers, redis, log, counts } = await started()
  redis.reachable = Object.assign(new Error('connect ECONNREFUSED'), { code: 'ECONNREFUSED' })
  redis.client.lose(new Error('Socket closed unexpectedly'))
  const one = call('ONE')
  assert.equal(session.send(one), false)
  await assert.rejects(session.ask(['ONE']), { message: 'Redis is away' })
  const tries: number[] = []
  for (let ms = 0; ms < 10_000; ms += 100) {
    const before = redis.clients.length
    await timers.advance(100)
    if (redis.clients.length > before) tries.push(ms + 100)
  }
  assert.deepEqual(tries, [100, 300, 700, 1_500, 3_100, 5_100, 7_100, 9_100])
  redis.reachable = true
  await timers.advance(2_000)
  assert.equal(session.isUp, true)
  assert.equal(counts.get('up'), 1)
  assert.equal(counts.get('error'), 9)
  assert.deepEqual(log.lines, [`warn ${AWAY} {"reason":"connection lost"}`, 'info Redis is back {"awayMs":11100}'])
})

test('a server that accepts and says nothing is not up', async () => {
  const world = sessionWorld()
  world.redis.answer = () => undefined
  const session = redisSession(world)
  await settled()
  assert.equal(session.isUp, false)
  await world.timers.advance(2_000)
  assert.equal(world.redis.clients[0]!.destroyed, true)
  await session.ready
  assert.equal(session.isUp, false)
})

test('a server that takes longer than anybody would wait is not up, and is not tried ever faster', async () => {
  const { session, timers, redis } = await started()
  redis.answer = () => undefined
  session.send(call('ONE'))
  await timers.advance(100)
  await timers.advance(100)
  for (let pings = 0; pings < 3; pings++) {
    timers.stall(150)
    redis.client.sent.at(-1)!.resolve('PONG')
    await settled()
    assert.equal(session.isUp, false)
  }
  const before = redis.clients.length
  await timers.advance(199)
  assert.equal(redis.clients.length, before)
  await timers.advance(1)
  assert.equal(redis.clients.length, before + 1)
})

test('what a server prepared for is asked of it before it counts as up', async () => {
  const world = sessionWorld()
  world.redis.answer = args => (args[0] === 'WRITE' ? serverError('READONLY You can’t write') : 'PONG')
  const session = redisSession({ ...world, prepare: client => client.send(['WRITE']) })
  await session.ready
  assert.equal(session.isUp, false)
  assert.deepEqual(world.log.lines, [`warn ${AWAY} {"reason":"READONLY"}`])
})

test('a script that the server forgot is sent again with its text, under the first deadline', async () => {
  const { session, timers, redis } = await started()
  const one = call('SHA', 'TEXT')
  session.send(one)
  await timers.advance(90)
  redis.client.sent.at(-1)!.reject(serverError('NOSCRIPT No matching script.'))
  await settled()
  assert.deepEqual(redis.client.sent.at(-1)!.args, ['TEXT'])
  await timers.advance(10)
  assert.deepEqual(one.heard, ['timeout no answer in time'])
})

test('a server that never knows scripts is away, not asked for ever', async () => {
  const { session, redis } = await started()
  redis.answer = () => serverError('NOSCRIPT No matching script.')
  const one = call('SHA', 'TEXT')
  session.send(one)
  await settled()
  assert.deepEqual(one.heard, ['error NOSCRIPT'])
})

test('an error about one key fails one command; any other takes the connection down', async () => {
  const { session, redis } = await started()
  const [bad, other] = [call('BAD'), call('OTHER')]
  session.send(bad)
  session.send(other)
  const [first, second] = redis.client.sent.slice(-2)
  first!.reject(serverError('WRONGTYPE Operation against a key'))
  await settled()
  assert.deepEqual(bad.heard, ['error WRONGTYPE'])
  assert.deepEqual(other.heard, [])
  second!.reject(serverError("OOM command not allowed when used memory > 'maxmemory'."))
  await settled()
  assert.deepEqual(other.heard, ['error OOM'])
  assert.equal(session.isUp, false)
})

test('what waits is bounded', async () => {
  const { session } = await started()
  let taken = 0
  for (let i = 0; i < MOST_WAITING + 10; i++) if (session.send(call('X'))) taken++
  assert.equal(taken, MOST_WAITING)
})

test('an answer after the deadline reaches nobody', async () => {
  const { session, timers, redis } = await started()
  redis.rejectsOnDestroy = false
  const one = call('ONE')
  session.send(one)
  const sent = redis.client.sent.at(-1)!
  await timers.advance(100)
  sent.resolve('late')
  await settled()
  assert.deepEqual(one.heard, ['timeout no answer in time'])
})

test('closing answers what waits, says nothing and stops looking', async () => {
  const { session, timers, redis, log, counts } = await started()
  const one = call('ONE')
  session.send(one)
  session.close()
  assert.deepEqual(one.heard, ['error closed'])
  assert.equal(redis.client.destroyed, true)
  await timers.advance(60_000)
  assert.equal(redis.clients.length, 1)
  assert.equal(session.send(call('TWO')), false)
  assert.deepEqual(log.lines, [])
  assert.equal(counts.get('up'), 0)
})

test('a connection that is there only after closing is ended', async () => {
  const world = sessionWorld()
  world.redis.answer = () => undefined
  const session = redisSession(world)
  await settled()
  const ping = world.redis.client.sent.at(-1)!
  session.close()
  ping.resolve('PONG')
  await settled()
  assert.equal(session.isUp, false)
  assert.equal(world.redis.client.destroyed, true)
})

test('without the package it says so and stays away', async () => {
  const world = sessionWorld()
  const session = redisSession({ ...world, driver: Promise.reject(new Error('state.redis needs the package')) })
  await session.ready
  assert.equal(session.isUp, false)
  assert.deepEqual(world.log.lines, ['error state.redis needs the package {}'])
})
