import assert from 'node:assert/strict'
import { after, before, describe, test } from 'node:test'
import type { LimitAsk, LimitRule } from '../src/core/limits.ts'
import { AWAY } from '../src/store/redis/redis-health.ts'
import { type RedisServer, redisAvailable, startRedis } from './support/redis.ts'
import { type RedisCommands, redisCommands } from './support/redis-commands.ts'
import { startLoad, startMain, startStore, type TestStore, timed } from './support/redis-gateways.ts'
import { until } from './support/until.ts'

const rule = (change: Partial<LimitRule> = {}): LimitRule => ({
  id: 'route/perMinute',
  algorithm: 'gcra',
  count: 100,
  perMs: 3_600_000,
  burst: 100,
  onStoreFailure: 'local',
  ...change,
})
const ask = (change: Partial<LimitRule> = {}, key = 'alice', cost = 1): LimitAsk => ({
  rule: rule(change),
  mark: '',
  key,
  cost,
})

/** Long enough that a busy machine is not taken for a failing store; that 100 ms are held is tested with a fake clock. */
const TIMEOUT_MS = 250
const PATIENCE_MS = 1_500

describe('limits in Redis', { skip: !redisAvailable() }, () => {
  let server: RedisServer
  let redis: RedisCommands
  before(async () => {
    server = await startRedis()
    redis = await redisCommands(server.url)
  })
  after(async () => {
    redis.close()
    await server.stop()
  })

  let prefixes = 0
  const withStores = async (n: number, run: (stores: TestStore[], prefix: string) => Promise<void>): Promise<void> => {
    const prefix = `t${prefixes++}:`
    const stores = await Promise.all(Array.from({ length: n }, () => startStore(server, { prefix, timeoutMs: 5_000 })))
    try {
      await run(stores, prefix)
    } finally {
      await Promise.all(stores.map(store => store.close()))
    }
  }

  for (const algorithm of ['gcra', 'fixed-window', 'sliding-window'] as const) {
    test(`three gateways at once admit exactly the limit of each key: ${algorithm}`, async () => {
      await withStores(3, async stores => {
        const admitted = new Map<string, number>()
        const limit = rule({ algorithm, perMs: 86_400_000 * 30 })
        const one = async (store: TestStore, key: string): Promise<void> => {
          const { allowed } = await store.take([{ rule: limit, mark: '', key, cost: 1 }])
          if (allowed) admitted.set(key, (admitted.get(key) ?? 0) + 1)
        }
        for (let round = 0; round < 50; round++) {
          await Promise.all(
            stores.flatMap(store => Array.from({ length: 100 }, (_, i) => one(store, `user-${i % 50}`))),
          )
        }
        assert.equal(admitted.size, 50)
        for (const [key, count] of admitted) assert.equal(count, 100, key)
      })
    })
  }

  test('keys are digests under the prefix, with the tag of what is counted, and expire', async () => {
    await withStores(1, async ([store], prefix) => {
      const long = `${'x'.repeat(100_000)}\r\n{}`
      await store!.take([ask({}, long), ask({ id: 'other' }, long), ask({}, 'bob')])
      const keys = (await redis.run('KEYS', `${prefix}l:*`)) as string[]
      const limits = keys.filter(key => !key.includes('{' + 'probe'))
      const shapes = limits.map(key => /^t\d+:l:\{([\w-]{22})\}:([\w-]{22})$/.exec(key))
      assert.ok(
        shapes.every(shape => shape !== null),
        limits.join(),
      )
      for (const key of keys) assert.ok(Number(await redis.run('PTTL', key)) > 0, key)
    })
  })

  test('all limits of a request or none, in one step', async () => {
    await withStores(2, async ([one, other]) => {
      const asks = [ask({ id: 'wide' }), ask({ id: 'narrow', burst: 1 }, 'everybody')]
      const outcomes = await Promise.all([one!.take(asks), other!.take(asks), one!.take(asks)])
      assert.equal(outcomes.filter(outcome => outcome.allowed).length, 1)
      const wide = await one!.take([ask({ id: 'wide' }, 'alice', 0)])
      assert.equal(wide.verdicts[0]?.remaining, 99)
      const refused = outcomes.find(outcome => !outcome.allowed)!
      assert.deepEqual(
        refused.verdicts.map(verdict => verdict.allowed),
        [true, false],
      )
      assert.ok(refused.verdicts[1]!.retryMs > 35_000 && refused.verdicts[1]!.retryMs <= 36_000)
    })
  })

  test('a charge is counted for everybody', async () => {
    await withStores(2, async ([one, other]) => {
      one!.charge(ask({}, 'alice', 40))
      await one!.take([ask({}, 'alice', 0)])
      assert.equal((await other!.take([ask({}, 'alice', 0)])).verdicts[0]?.remaining, 60)
      other!.charge(ask({}, 'alice', -15))
      await other!.take([ask({}, 'alice', 0)])
      assert.equal((await one!.take([ask({}, 'alice', 0)])).verdicts[0]?.remaining, 75)
    })
  })

  test('more than a limit ever gives is refused for ever', async () => {
    await withStores(1, async ([store]) => {
      const { verdicts } = await store!.take([ask({}, 'alice', 101)])
      assert.deepEqual(verdicts, [{ allowed: false, remaining: 100, resetMs: 0, retryMs: Number.POSITIVE_INFINITY }])
    })
  })

  test('a server that forgot the script is told again, and nobody notices', async () => {
    await withStores(1, async ([store]) => {
      await redis.run('SCRIPT', 'FLUSH')
      const outcomes = await Promise.all(Array.from({ length: 150 }, () => store!.take([ask()])))
      assert.equal(outcomes.filter(outcome => outcome.allowed).length, 100)
      assert.equal(store!.meter.counts.get('sallyport_store_failures_total error'), undefined)
    })
  })

  test('a wrong password is one line without a secret, and limits are local', async () => {
    const guarded = await startRedis(['--requirepass', 'right-secret'])
    const url = `redis://:wrong-secret@127.0.0.1:${guarded.port}`
    const store = await startStore({ url })
    try {
      assert.equal((await store.take([ask()])).allowed, true)
      assert.equal(store.meter.counts.get('sallyport_store_fallbacks_total local'), 1)
      await new Promise(resolve => setTimeout(resolve, 500))
      assert.deepEqual(store.log.lines, [`warn ${AWAY} {"reason":"WRONGPASS"}`])
      const right = await startStore({ url: `redis://:right-secret@127.0.0.1:${guarded.port}` })
      assert.equal(right.meter.counts.get('sallyport_store_up'), 1)
      await right.close()
    } finally {
      await store.close()
      await guarded.stop()
    }
  })

  test('a server that may not be written to is away', async () => {
    const reader = await startRedis(['--replicaof', '127.0.0.1', String(server.port)])
    const store = await startStore(reader)
    try {
      assert.match(store.log.lines.join(), /"reason":"(READONLY|MASTERDOWN)"/)
      assert.equal(store.log.lines.length, 1)
    } finally {
      await store.close()
      await reader.stop()
    }
  })
})

describe('when Redis fails under load', { skip: !redisAvailable() }, () => {
  const failures = {
    killed: (server: RedisServer) => server.kill(),
    stopped: async (server: RedisServer) => server.pause(),
  }
  const heal = {
    killed: (server: RedisServer) => server.restart(),
    stopped: async (server: RedisServer) => server.resume(),
  }
  for (const how of ['killed', 'stopped'] as const) {
    test(`${how}: deny never admits more than the limit, nobody waits longer than the timeout, and it heals`, async () => {
      const server = await startRedis()
      const store = await startStore(server, { timeoutMs: TIMEOUT_MS })
      const limit = rule({ onStoreFailure: 'deny' })
      const load = startLoad(store, () => [{ rule: limit, mark: '', key: 'alice', cost: 1 }])
      const wide = startLoad(store, n => [ask({ onStoreFailure: 'deny', burst: 1e6, count: 1e6 }, `user-${n % 20}`)])
      try {
        await sleep(200)
        await failures[how](server)
        await until(() => (store.meter.counts.get('sallyport_store_up') ?? 0) === 0)
        await sleep(300)
        assert.ok((store.meter.counts.get('sallyport_store_fallbacks_total deny') ?? 0) > 100)
        const first = await load.stop()
        const admitted = first.admitted.get('alice') ?? 0
        assert.ok(admitted > 0 && admitted <= 100, `${admitted}`)
        assert.ok(first.longestMs < PATIENCE_MS, `${first.longestMs} ms`)
        await heal[how](server)
        await until(() => store.meter.counts.get('sallyport_store_up') === 1)
        assert.equal((await store.take([ask({ onStoreFailure: 'deny' }, 'bob')])).verdicts.length, 1)
        const { longestMs } = await wide.stop()
        assert.ok(longestMs < PATIENCE_MS, `${longestMs} ms`)
        const [away, back, ...more] = store.log.lines
        assert.match(away!, /^warn Redis is away/)
        assert.match(back!, /^info Redis is back/)
        assert.deepEqual(more, [])
      } finally {
        await Promise.all([load.stop(), wide.stop()])
        await store.close()
        await server.stop()
      }
    })
  }

  test('killed: each of three gateways admits its share of the limit, rounded up', async () => {
    const server = await startRedis()
    const mains = await Promise.all([1, 2, 3].map(() => startMain(server, 't:')))
    const stores = await Promise.all(mains.map(({ instances }) => startStore(server, { instances, timeoutMs: 1_000 })))
    const takeAll = async (store: TestStore): Promise<number> => {
      let admitted = 0
      for (let i = 0; i < 120; i++) if ((await store.take([ask()])).allowed) admitted++
      return admitted
    }
    try {
      await until(() => mains.every(({ instances }) => instances[0] === 3))
      const before = await Promise.all(stores.map(takeAll))
      assert.equal(
        before.reduce((sum, each) => sum + each),
        100,
      )
      await server.kill()
      await until(() => stores.every(store => store.meter.counts.get('sallyport_store_up') === 0))
      assert.deepEqual(await Promise.all(stores.map(takeAll)), [34, 34, 34])
    } finally {
      await Promise.all([...stores, ...mains].map(each => each.close()))
      await server.stop()
    }
  })

  test('stopped: after the first timeout decisions are made at once', async () => {
    const server = await startRedis()
    const store = await startStore(server, { timeoutMs: TIMEOUT_MS })
    try {
      server.pause()
      const first = await Promise.all(Array.from({ length: 50 }, () => timed(store, [ask()])))
      assert.ok(first.every(({ ms }) => ms >= TIMEOUT_MS * 0.9 && ms < PATIENCE_MS))
      assert.equal(store.meter.counts.get('sallyport_store_failures_total timeout'), 1)
      const from = performance.now()
      for (let i = 0; i < 1_000; i++) assert.ok(!('then' in store.take([ask()])), 'it waited')
      assert.ok(performance.now() - from < PATIENCE_MS)
    } finally {
      await store.close()
      await server.stop()
    }
  })

  test('a server that is not there at the start is found later', async () => {
    const server = await startRedis()
    await server.kill()
    const store = await startStore(server, { timeoutMs: TIMEOUT_MS })
    try {
      assert.equal((await store.take([ask({ onStoreFailure: 'allow' })])).allowed, true)
      await server.restart()
      await until(() => store.meter.counts.get('sallyport_store_up') === 1)
      assert.equal((await store.take([ask()])).verdicts[0]?.remaining, 99)
    } finally {
      await store.close()
      await server.stop()
    }
  })
})

const sleep = (ms: number): Promise<void> => new Promise(resolve => setTimeout(resolve, ms))
