import assert from 'node:assert/strict'
import { test } from 'node:test'
import { Fault } from '../../base/errors.ts'
import type { Exchange } from '../../core/exchange.ts'
import type { LimitOutcome } from '../../core/limits.ts'
import { Later } from '../../core/maybe.ts'
import { fail, Reply } from '../../core/reply.ts'
import { identity, inFlight, limitedRoute, limitWorld, perMinute, walk } from '../testing/limits.ts'

const turn = (): Promise<void> => new Promise(resolve => setImmediate(resolve))

const byConsumer = { by: [{ kind: 'consumer' }] } as const
const BOTH = limitedRoute([
  perMinute(9, { name: 'early' }),
  inFlight(5, { name: 'early slots' }),
  perMinute(9, { name: 'late', ...byConsumer }),
  inFlight(1, { name: 'late slots', ...byConsumer }),
])

/** A store whose answers wait for the test. */
const slowWorld = () => {
  const it = limitWorld()
  const waiting: (() => void)[] = []
  it.store.later = answer => {
    const later = new Later<LimitOutcome>()
    waiting.push(() => later.resolve(answer()))
    return later
  }
  const answerAll = async (): Promise<void> => {
    for (const answer of waiting.splice(0)) answer()
    await turn()
  }
  return { ...it, waiting, answerAll }
}

test('in flight: as many as it says, and one more for each that is over', () => {
  const { world, concurrency, counts } = limitWorld()
  const route = limitedRoute([inFlight(2)])
  const first = walk(route, world)
  walk(route, world)
  const full = walk(route, world)
  assert.deepEqual([full.reply.status, full.reply.fault?.headers], [429, [['retry-after', '1']]])
  assert.equal(full.reply.fault?.detail, 'limit inflight is used up: too many requests are in flight; come back in 1 s')
  assert.deepEqual(full.reply.fault?.problem?.members, { 'violated-policies': ['inflight'] })
  full.finish()
  first.finish()
  assert.equal(walk(route, world).reply.status, 200)
  assert.deepEqual([concurrency.held.size, concurrency.wrong], [2, 0])
  assert.deepEqual(counts, {
    'limit_requests orders inflight allowed': 3,
    'limit_requests orders inflight refused': 1,
  })
})

test('in flight: when it is full, what the rates took is given back, of this phase and no other', () => {
  const { world, store, concurrency } = limitWorld()
  walk(BOTH, world)
  const full = walk(BOTH, world)
  assert.equal(full.reply.status, 429)
  assert.deepEqual(
    store.charged.map(ask => `${ask.rule.id.split('|')[1]} ${ask.cost}`),
    ['late -1'],
  )
  assert.equal(full.reply.header('ratelimit'), '"late slots";r=0, "early";r=7;t=7, "late";r=8;t=7')
  // The place taken before is kept until all is over.
  assert.equal(concurrency.held.size, 3)
  full.finish()
  assert.deepEqual([concurrency.held.size, concurrency.wrong], [2, 0])
})

test('in flight: what a store that failed did not take is not given back', () => {
  const { world, store } = limitWorld()
  store.failing = 'allow'
  const route = limitedRoute([perMinute(9), inFlight(1)])
  const statuses = [walk(route, world), walk(route, world)].map(({ reply }) => reply.status)
  assert.deepEqual([statuses, store.charged], [[200, 429], []])
})

test('in flight: those of a phase that were entered are left when another is full', () => {
  const { world, concurrency } = limitWorld()
  const route = limitedRoute([inFlight(9, { name: 'a' }), inFlight(1, { name: 'b' }), inFlight(9, { name: 'c' })])
  const first = walk(route, world)
  const second = walk(route, world)
  assert.deepEqual([second.reply.status, concurrency.held.size], [429, 3])
  second.finish()
  first.finish()
  assert.deepEqual([concurrency.held.size, concurrency.wrong], [0, 0])
})

test('in flight: a dry run counts and lets pass, and leaves only what it entered', () => {
  const { world, concurrency, counts } = limitWorld()
  const route = limitedRoute([inFlight(1, { dryRun: true })])
  const both = [walk(route, world), walk(route, world)]
  assert.deepEqual(
    both.map(({ reply }) => reply.status),
    [200, 200],
  )
  for (const { finish } of both) finish()
  assert.deepEqual([concurrency.held.size, concurrency.wrong], [0, 0])
  assert.deepEqual(counts, {
    'limit_requests orders inflight allowed': 1,
    'limit_requests orders inflight dry_refused': 1,
  })
})

test('in flight: a tier has its own number', () => {
  const { world } = limitWorld()
  const route = limitedRoute([inFlight(1, { tiers: [{ tier: 'gold', max: 2 }] })])
  const gold = { identity: identity({ tier: 'gold' }) }
  const statuses = [{}, {}, gold, gold, gold].map(who => walk(route, world, {}, who).reply.status)
  assert.deepEqual(statuses, [200, 429, 200, 200, 429])
})

const throws = (): never => {
  throw new Error('bug')
}
const leaves = (x: Exchange): Reply => {
  x.cancel(new Fault('CLIENT_GONE'))
  return fail('CLIENT_GONE')
}
const ENDS: readonly (readonly [what: string, parts: Parameters<typeof walk>[2]])[] = [
  ['an answer', {}],
  ['a service that fails', { call: () => fail('UPSTREAM_CONNECT') }],
  ['a call that throws', { call: throws }],
  ['a call that rejects', { call: () => Promise.reject(new Fault('UPSTREAM_TIMEOUT')) }],
  ['an answer that comes later', { call: () => Promise.resolve(new Reply(200)) }],
  ['bad credentials', { auth: () => fail('INVALID_CREDENTIAL') }],
  ['authentication that throws', { auth: throws }],
  ['a later gate that refuses', { later: () => fail('BAD_REQUEST') }],
  ['a later gate that throws', { later: throws }],
  ['a client that leaves', { call: leaves }],
  ['a client that leaves before the answer', { call: () => new Later<Reply>() }],
]
for (const [what, parts] of ENDS) {
  for (const slow of [false, true]) {
    test(`in flight: left exactly once after ${what}${slow ? ', with a slow store' : ''}`, async () => {
      const it = slowWorld()
      if (!slow) it.store.later = null
      const walked = walk(BOTH, it.world, parts)
      await it.answerAll()
      await it.answerAll()
      await turn()
      assert.notEqual(it.concurrency.held.size, 0)
      walked.finish()
      assert.deepEqual([it.concurrency.held.size, it.concurrency.wrong], [0, 0])
      walked.finish()
      assert.equal(it.concurrency.wrong, 0)
    })
  }
}

test('waiting: only the store is waited for, and then all goes on as usual', async () => {
  const { world, answerAll, waiting } = slowWorld()
  const route = limitedRoute([perMinute(1), perMinute(1, { name: 'own', ...byConsumer })])
  const first = walk(route, world)
  assert.deepEqual([first.sent.length, waiting.length], [0, 1])
  await answerAll()
  assert.deepEqual([first.sent.length, waiting.length], [0, 1])
  await answerAll()
  assert.equal(first.reply.header('ratelimit'), '"perMinute";r=0;t=60, "own";r=0;t=60')
  const second = walk(route, world)
  await answerAll()
  assert.deepEqual([second.reply.status, second.reply.fault?.code], [429, 'RATE_LIMITED'])
})

test('waiting: a store that answers at once costs no turn', () => {
  assert.equal(walk(BOTH, limitWorld().world).sent.length, 1)
})

test('waiting: who leaves meanwhile enters nothing, since nobody would leave it', async () => {
  const { world, concurrency, answerAll } = slowWorld()
  const { x, finish, thrown } = walk(limitedRoute([perMinute(9), inFlight(1)]), world)
  x.cancel(new Fault('CLIENT_GONE'))
  finish()
  await answerAll()
  assert.deepEqual([concurrency.held.size, concurrency.wrong, thrown], [0, 0, []])
})

test('waiting: nobody waits for a dry run, which counts when its answer comes', async () => {
  const { world, counts, answerAll } = slowWorld()
  const route = limitedRoute([perMinute(1, { dryRun: true })])
  const all = [walk(route, world), walk(route, world)]
  assert.deepEqual(
    all.map(({ sent }) => sent.length),
    [1, 1],
  )
  await answerAll()
  assert.deepEqual(counts, {
    'limit_requests orders perMinute allowed': 1,
    'limit_requests orders perMinute dry_refused': 1,
  })
})
