import assert from 'node:assert/strict'
import { after, before, describe, test } from 'node:test'
import { directoryKeyAt, redisKeyDirectory } from '../src/store/redis/redis-key-directory.ts'
import { redisMain } from '../src/store/redis/redis-main.ts'
import { countingMeter, logLines } from '../src/store/testing/redis.ts'
import { type RedisServer, redisAvailable, startRedis } from './support/redis.ts'
import { type RedisCommands, redisCommands } from './support/redis-commands.ts'
import { cell, clock, redisState, startMain, type TestMain } from './support/redis-gateways.ts'
import { until } from './support/until.ts'

const HOUR = 3_600_000

describe('what gateways tell each other through Redis', { skip: !redisAvailable() }, () => {
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
  const withGateways = async (n: number, run: (gateways: TestMain[], prefix: string) => Promise<void>) => {
    const prefix = `m${prefixes++}:`
    const gateways = await Promise.all(Array.from({ length: n }, () => startMain(server, prefix)))
    try {
      await run(gateways, prefix)
    } finally {
      await Promise.all(gateways.map(gateway => gateway.close()))
    }
  }

  test('what one revokes is revoked everywhere, and what it reinstates reinstated', async () => {
    await withGateways(2, async ([one, other]) => {
      const at = Date.now() + HOUR
      await one!.revoke('jti', 'a:b', at)
      await one!.revoke('sub', 'mallory', Number.POSITIVE_INFINITY)
      await until(() => other!.revoked.size === 2 && one!.revoked.size === 2)
      assert.deepEqual(
        [...other!.revoked],
        [
          ['jti:a:b', at],
          ['sub:mallory', Number.POSITIVE_INFINITY],
        ],
      )
      await other!.reinstate('sub', 'mallory')
      await until(() => one!.revoked.size === 1 && other!.revoked.size === 1)
    })
  })

  test('one that starts later reads the whole list, but not what has expired', async () => {
    await withGateways(1, async ([one], prefix) => {
      const later = String(Date.now() + HOUR)
      for (let i = 0; i < 2_500; i += 500) {
        const members = Array.from({ length: 500 }, (_, n) => [later, `jti:${i + n}`])
        await redis.run('ZADD', `${prefix}revoked`, ...members.flat())
      }
      await redis.run('ZADD', `${prefix}revoked`, '1000', 'jti:expired', '+inf', 'key:for-ever')
      await one!.revoke('sub', 'x', Date.now() + HOUR)
      const other = await startMain(server, prefix)
      try {
        assert.equal(other.revoked.size, 2_502)
        assert.equal(other.revoked.get('jti:expired'), undefined)
        assert.equal(other.revoked.get('key:for-ever'), Number.POSITIVE_INFINITY)
      } finally {
        await other.close()
      }
    })
  })

  test('hostile contents harm nobody, and are said once', async () => {
    await withGateways(1, async ([one], prefix) => {
      const later = String(Date.now() + HOUR)
      await redis.run(
        'ZADD',
        `${prefix}revoked`,
        later,
        'nonsense',
        later,
        'jti:',
        later,
        ':',
        later,
        `jti:${'x'.repeat(9_999)}`,
      )
      const messages = ['', '{', '[]', 'null', '{"type":"revoke"}', `{"type":"${'x'.repeat(100_000)}"}`]
      for (const message of [...messages, '{"type":"revoke","kind":"all","value":"*","until":1e15}'])
        await redis.run('PUBLISH', `${prefix}changes`, message)
      await redis.run('PUBLISH', `${prefix}changes`, `{"type":"revoke","kind":"jti","value":"good","until":${later}}`)
      await until(() => one!.revoked.has('jti:good'))
      assert.equal(one!.revoked.size, 1)
      assert.equal(one!.log.lines.length, 1)
      const other = await startMain(server, prefix)
      assert.equal(other.revoked.size, 0)
      await other.close()
    })
  })

  test('gateways are counted', async () => {
    await withGateways(2, async ([one, other]) => {
      await until(() => one!.instances[0] === 2 && other!.instances[0] === 2)
      const third = await startMain(server, `m${prefixes - 1}:`)
      await until(() => one!.instances[0] === 3 && third.instances[0] === 3)
      await third.close()
      assert.equal(await redis.run('ZCARD', `m${prefixes - 1}:instances`), 2)
    })
  })

  test('another program’s key in place of the instances is taken over', async () => {
    const prefix = `m${prefixes++}:`
    await redis.run('SET', `${prefix}instances`, 'mine')
    const one = await startMain(server, prefix)
    await until(() => one.instances[0] === 1)
    await one.close()
  })

  test('another program’s key in place of the list is said once, and the list is read when it is there', async () => {
    const prefix = `m${prefixes++}:`
    await redis.run('SET', `${prefix}revoked`, 'mine')
    const one = await startMain(server, prefix)
    try {
      assert.equal(one.log.lines.length, 1)
      await redis.run('DEL', `${prefix}revoked`)
      await redis.run('ZADD', `${prefix}revoked`, '+inf', 'jti:x')
      await until(() => one.revoked.size === 1)
    } finally {
      await one.close()
    }
  })

  test('after an outage the list is what it is now, with what was revoked here meanwhile', async () => {
    const own = await startRedis()
    const one = await startMain(own, 'o:')
    try {
      await one.revoke('jti', 'before', Date.now() + HOUR)
      await until(() => one.revoked.size === 1)
      await until(() => one.instances[0] === 1)
      const version = one.version[0]!
      await own.kill()
      await until(() => one.log.lines.length === 1)
      await assert.rejects(one.revoke('jti', 'away', Date.now() + HOUR), { message: 'Redis is away' })
      one.revoked.set('jti:here-only', 1)
      await own.restart()
      const fresh = await redisCommands(own.url)
      await fresh.run('ZADD', 'o:revoked', String(Date.now() + HOUR), 'jti:meanwhile')
      // By their ends.
      const all = ['jti:before', 'jti:away', 'jti:meanwhile']
      await until(() => one.revoked.has('jti:meanwhile'))
      await until(async () => String(await fresh.run('ZRANGE', 'o:revoked', '0', '-1')) === String(all))
      assert.deepEqual([...one.revoked.keys()].sort(), ['jti:away', 'jti:before', 'jti:here-only', 'jti:meanwhile'])
      assert.notEqual(one.version[0], version)
      assert.equal(one.log.lines.length, 3)
      fresh.close()
    } finally {
      await one.close()
      await own.stop()
    }
  })

  /** A server of its own that is lost and comes back as `change` leaves it; then what all gateways and Redis know. */
  const afterLoss = async (
    args: readonly string[],
    change: (own: RedisServer, gateways: TestMain[], commands: () => Promise<RedisCommands>) => Promise<void>,
  ): Promise<string[][]> => {
    const own = await startRedis(args)
    const gateways = await Promise.all([1, 2, 3].map(() => startMain(own, 'l:')))
    try {
      await gateways[0]!.revoke('jti', 'one', Number.POSITIVE_INFINITY)
      await gateways[1]!.revoke('sub', 'two', Date.now() + HOUR)
      await until(() => gateways.every(({ revoked }) => revoked.size === 2))
      await change(own, gateways, () => redisCommands(own.url))
      const late = await startMain(own, 'l:')
      gateways.push(late)
      const redis = await redisCommands(own.url)
      const known = async (): Promise<string[][]> => [
        ((await redis.run('ZRANGE', 'l:revoked', '0', '-1')) as string[]).sort(),
        ...gateways.map(({ revoked }) => [...revoked.keys()].sort()),
      ]
      await until(async () => new Set((await known()).map(String)).size === 1)
      // Not for a moment only.
      await new Promise(resolve => setTimeout(resolve, 2_500))
      const all = await known()
      redis.close()
      return all
    } finally {
      await Promise.all(gateways.map(gateway => gateway.close()))
      await own.stop()
    }
  }
  const same = (...members: string[]): string[][] => Array.from({ length: 5 }, () => members)

  test('a server that comes back empty is told again by those who know', async () => {
    const all = await afterLoss([], async own => {
      await own.kill()
      await own.restart()
    })
    assert.deepEqual(all, same('jti:one', 'sub:two'))
  })

  test('a server that is wiped while it runs likewise', async () => {
    const all = await afterLoss([], async (_own, _gateways, commands) => {
      const redis = await commands()
      await redis.run('FLUSHALL')
      redis.close()
    })
    assert.deepEqual(all, same('jti:one', 'sub:two'))
  })

  test('a server that comes back with an older list is told what it lacks, and has the rest taken over', async () => {
    const all = await afterLoss([], async (own, gateways, commands) => {
      const redis = await commands()
      await redis.run('ZADD', 'l:revoked', '+inf', 'jti:by-hand')
      await redis.run('SAVE')
      redis.close()
      await gateways[0]!.revoke('jti', 'three', Date.now() + HOUR)
      await until(() => gateways.every(({ revoked }) => revoked.has('jti:three')))
      await own.kill()
      await own.restart()
    })
    assert.deepEqual(all, same('jti:by-hand', 'jti:one', 'jti:three', 'sub:two'))
  })

  test('a server that comes back as it was: what was taken back meanwhile is', async () => {
    const all = await afterLoss(
      ['--appendonly', 'yes', '--appendfsync', 'always'],
      async (own, _gateways, commands) => {
        await own.kill()
        await own.restart()
        const redis = await commands()
        // At once, and nobody is there to hear of it.
        await redis.run('MULTI')
        await redis.run('ZREM', 'l:revoked', 'sub:two')
        await redis.run('CLIENT', 'KILL', 'TYPE', 'normal', 'SKIPME', 'yes')
        await redis.run('CLIENT', 'KILL', 'TYPE', 'pubsub')
        await redis.run('EXEC')
        redis.close()
      },
    )
    assert.deepEqual(all, same('jti:one'))
  })

  test('what is revoked while Redis is away is told when it is back, unless it is taken back before', async () => {
    const all = await afterLoss([], async (own, gateways) => {
      await own.kill()
      const [one] = gateways
      // What the main thread does besides.
      one!.revoked.set('sub:away', 1).set('sub:regretted', 1)
      await assert.rejects(one!.revoke('sub', 'away', Date.now() + HOUR))
      await assert.rejects(one!.revoke('sub', 'regretted', Date.now() + HOUR))
      await assert.rejects(one!.reinstate('sub', 'regretted'))
      await own.restart()
    })
    assert.deepEqual(all, same('jti:one', 'sub:away', 'sub:two'))
  })

  test('a lost list of thousands is brought back whole', async () => {
    const all = await afterLoss([], async (own, gateways) => {
      const many = Array.from({ length: 3_000 }, (_, n) => `${n}`)
      await Promise.all(many.map(n => gateways[0]!.revoke('jti', n, Date.now() + HOUR)))
      await until(() => gateways.every(({ revoked }) => revoked.size === 3_002))
      await own.kill()
      await own.restart()
    })
    assert.equal(all[0]!.length, 3_002)
  })

  test('with a server that does not answer, to revoke fails in time, and so does closing not hang', async () => {
    const own = await startRedis()
    const one = await startMain(own, 'o:')
    try {
      own.pause()
      const from = performance.now()
      await assert.rejects(one.revoke('jti', 'x', Date.now() + HOUR))
      assert.ok(performance.now() - from < 3_000)
      await one.close()
      assert.ok(performance.now() - from < 5_000)
    } finally {
      await own.stop()
    }
  })
})

describe('the directory of keys in Redis', { skip: !redisAvailable() }, () => {
  const hash = 'a'.repeat(64)
  const open = async (server: RedisServer) => {
    const version = cell()
    const log = logLines()
    const directory = redisKeyDirectory({
      state: redisState(server, 'd:'),
      version,
      clock,
      log,
      meter: countingMeter(),
    })
    await directory.ready
    return { directory, log, version }
  }

  test('a key that an operator writes is found, and a change is heard', async () => {
    const server = await startRedis()
    const redis = await redisCommands(server.url)
    const { directory, log, version } = await open(server)
    const main = redisMain({
      state: redisState(server, 'd:'),
      writer: { revoke: () => true, reinstate: () => true },
      instances: cell(),
      directoryVersion: version,
      clock,
      log: logLines(),
    })
    try {
      await main.ready
      assert.equal(await directory.find(hash), null)
      assert.equal(await directory.find('../instances'), null)
      const before = directory.version()
      await redis.run('SET', directoryKeyAt('d:', hash), '{"consumer":"mobile-app","roles":["reader"],"tier":"gold"}')
      await redis.run('PUBLISH', 'd:changes', '{"type":"key"}')
      await until(() => directory.version() !== before)
      assert.deepEqual(await directory.find(hash), {
        consumer: 'mobile-app',
        roles: ['reader'],
        scopes: [],
        tier: 'gold',
        expiresAt: 0,
        disabled: false,
      })
      await redis.run('SET', directoryKeyAt('d:', hash), '{"consumer":"secret-name","disabled":"yes"}')
      assert.equal(await directory.find(hash), null)
      await redis.run('DEL', directoryKeyAt('d:', hash))
      await redis.run('RPUSH', directoryKeyAt('d:', hash), 'x')
      assert.equal(await directory.find(hash), null)
      assert.deepEqual(log.lines, ['warn A key in Redis is not what it should be and is ignored {"prefix":"d:key:"}'])
    } finally {
      await main.close()
      await directory.close()
      redis.close()
      await server.stop()
    }
  })

  test('without an answer in time it rejects, and then at once', async () => {
    const server = await startRedis()
    const { directory } = await open(server)
    try {
      server.pause()
      await assert.rejects(directory.find(hash), { message: 'no answer in time' })
      await assert.rejects(directory.find(hash), { message: 'Redis is away' })
      server.resume()
      await until(async () => (await directory.find(hash).catch(() => 'away')) === null)
    } finally {
      await directory.close()
      await server.stop()
    }
  })
})
