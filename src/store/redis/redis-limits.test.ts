import assert from 'node:assert/strict'
import { test } from 'node:test'
import type { LimitAsk, LimitOutcome, LimitStore } from '../../core/limits.ts'
import { ask, serverError, sessionWorld, settled } from '../testing/redis.ts'
import { LIMIT_SCRIPT } from './redis-limit-script.ts'
import { prepareLimits, redisLimits } from './redis-limits.ts'
import { redisSession } from './redis-session.ts'

const LOCAL: LimitOutcome = { allowed: true, verdicts: [] }

const setup = async () => {
  const world = sessionWorld()
  const session = redisSession(world)
  await session.ready
  const fell: LimitAsk[] = []
  const fallback: LimitStore = {
    take(asks) {
      fell.push(...asks)
      return LOCAL
    },
    charge: each => void fell.push(each),
  }
  return { ...world, session, fell, store: redisLimits({ session, prefix: 'p:', fallback }) }
}

test('one command for all limits of a request', async () => {
  const { store, redis } = await setup()
  const answer = store.take([
    ask({ id: 'a' }, 'alice', 2),
    ask({ id: 'b', algorithm: 'fixed-window', count: 7 }, 'bob'),
  ])
  const { args, resolve } = redis.client.sent.at(-1)!
  const [name, sha, keys, ...rest] = args
  assert.deepEqual([name, sha?.length, keys], ['EVALSHA', 40, '2'])
  assert.deepEqual(rest.slice(2), '0 1 100 60000000 100 2 1 2 7 60000000 1 1 1'.split(' '))
  assert.ok(rest.slice(0, 2).every(key => /^p:l:\{[\w-]{22}\}:[\w-]{22}$/.test(key)))
  resolve([1, 98, 0, 0, 1, 6, 0, 0])
  const outcome = await answer
  assert.deepEqual(
    outcome.verdicts.map(verdict => verdict.remaining),
    [98, 6],
  )
})

test('a mark and a key are one text there', async () => {
  const { store, redis } = await setup()
  const nameOf = (mark: string, key: string): string | undefined => {
    store.take([{ ...ask({}, key), mark }])
    return redis.client.sent.at(-1)!.args[3]
  }
  assert.equal(nameOf('c:', 'alice'), nameOf('', 'c:alice'))
  assert.notEqual(nameOf('c:', 'alice'), nameOf('a:', 'alice'))
})

test('a charge is forced and waits for nobody', async () => {
  const { store, redis, fell } = await setup()
  store.charge(ask({}, 'alice', -3))
  const { args, resolve } = redis.client.sent.at(-1)!
  assert.deepEqual(args.slice(4, 6).concat(args.slice(9, 10)), ['1', '1', '-3'])
  resolve([1, 98, 0, 0])
  await settled()
  assert.deepEqual(fell, [])
})

test('decided without Redis: at once while it is away, and whatever waits when it goes', async () => {
  const { store, redis, fell, timers } = await setup()
  const waiting = store.take([ask()])
  store.charge(ask({}, 'bob'))
  await timers.advance(100)
  assert.equal(await waiting, LOCAL)
  assert.equal(fell.length, 2)
  redis.reachable = false
  assert.equal(store.take([ask()]), LOCAL)
  store.charge(ask())
  assert.equal(fell.length, 4)
})

test('an answer that is none is no answer', async () => {
  const { store, redis } = await setup()
  redis.answer = () => 'OK'
  assert.equal(await store.take([ask()]), LOCAL)
})

test('a script that was forgotten is sent with its text', async () => {
  const { store, redis } = await setup()
  redis.answer = args => (args[0] === 'EVALSHA' ? serverError('NOSCRIPT No matching script.') : [1, 5, 0, 0])
  const outcome = await store.take([ask()])
  assert.equal(outcome.verdicts[0]?.remaining, 5)
  const { args } = redis.client.sent.at(-1)!
  assert.deepEqual(args.slice(0, 3), ['EVAL', LIMIT_SCRIPT, '1'])
  assert.deepEqual(args.slice(3), redis.client.sent.at(-2)!.args.slice(3))
})

test('before a server counts as up, it has run the script', async () => {
  const { redis } = await setup()
  redis.answer = args => (args[0] === 'SCRIPT' ? 'sha' : [1, 0, 0, 0])
  await prepareLimits(redis.client, 'p:')
  assert.deepEqual(
    redis.client.sent.slice(-2).map(({ args }) => args[0]),
    ['SCRIPT', 'EVALSHA'],
  )
  redis.answer = () => 'OK'
  await assert.rejects(prepareLimits(redis.client, 'p:'))
})
