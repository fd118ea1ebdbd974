import assert from 'node:assert/strict'
import { after, before, suite, type TestContext, test } from 'node:test'
import { setTimeout as sleep } from 'node:timers/promises'
import { bearer, request } from './support/guarded.ts'
import {
  type Gateways,
  LIMIT,
  PREFIX,
  REDIS_PASSWORD,
  revocation,
  STORE_TIMEOUT_MS,
  startGateways,
  WORKERS,
} from './support/guarded-gateways.ts'
import { keyByKey, spread, type Volley, volley } from './support/limit-load.ts'
import { metric, readScrape } from './support/metrics.ts'
import { openClient } from './support/raw-client.ts'
import { redisAvailable } from './support/redis.ts'
import { exchange } from './support/responses.ts'
import { HMAC_SECRET, hmacToken, keyHash } from './support/tokens-jwt.ts'
import { until } from './support/until.ts'

/**
 * Three gateways, as processes of their own, and a real Redis between them: one limit, one list of keys, one list of
 * revocations. Then Redis is stopped, killed and started again under load.
 */
const GATEWAYS = 3
const KEYS = Number(process.env['LIMIT_KEYS'] ?? 60)
const PERIOD_MS = 60_000
const SHARE = Math.ceil(LIMIT / GATEWAYS)
/** Of a machine that runs other tests at the same time, beyond the time that Redis is given. */
const SLACK_MS = 1500
const revoked = hmacToken('a', { jti: 'one' })
const KEY = 'sp_key_in_redis_only_0123456789abcdef'

const windowNow = (): number => Math.floor(Date.now() / PERIOD_MS)

const wholeWindow = async (needMs: number): Promise<void> => {
  const leftMs = PERIOD_MS - (Date.now() % PERIOD_MS)
  if (leftMs < needMs) await sleep(leftMs + 50)
}

suite('three gateways, one Redis', { skip: !redisAvailable() }, () => {
  let gateways: Gateways
  before(async () => {
    gateways = await startGateways(GATEWAYS)
  })
  after(() => gateways?.stop())

  const ports = (): number[] => gateways.all.map(({ port }) => port)

  /** On a connection of its own to each gateway; several, so that both workers of each answer. */
  const statuses = async (path: string, ...fields: string[]): Promise<string> => {
    const answers = await Promise.all(
      ports()
        .flatMap(port => Array.from({ length: 6 }, () => port))
        .map(async port => {
          const client = await openClient(port)
          const { status } = await exchange(client, request(path, fields))
          client.destroy()
          return status
        }),
    )
    return [...new Set(answers)].sort().join()
  }
  const become = (status: number, path: string, field: string): Promise<void> =>
    until(async () => (await statuses(path, field)) === `${status}`, `${path} ${status}`)

  /** Each gateway is asked by connections of its own, so that what each admitted is known. */
  const loadFor = (ms: number, shotAt: (elapsedMs: number, n: number) => string): Promise<Volley[]> => {
    const began = performance.now()
    return Promise.all(
      ports().map(port => {
        let n = 0
        return volley({
          ports: [port],
          connections: 6,
          next: () => {
            const elapsed = performance.now() - began
            if (elapsed > ms) return null
            const path = n++ % 2 === 0 ? 'local' : 'deny'
            return {
              key: shotAt(elapsed, n) + path,
              target: `/${path}`,
              fields: [`X-Who: ${shotAt(elapsed, n)}${path}`],
            }
          },
        })
      }),
    )
  }
  const total = (volleys: readonly Volley[], key: string): number =>
    volleys.reduce((sum, { byKey }) => sum + (byKey.get(key)?.admitted ?? 0), 0)
  const keysOf = (volleys: readonly Volley[]): string[] => [
    ...new Set(volleys.flatMap(({ byKey }) => [...byKey.keys()])),
  ]
  const assertServed = (volleys: readonly Volley[]): number => {
    assert.deepEqual(
      volleys.flatMap(({ wrong }) => wrong),
      [],
    )
    const longestMs = Math.max(...volleys.map(each => each.longestMs))
    assert.ok(longestMs < STORE_TIMEOUT_MS + SLACK_MS, `waited ${longestMs} ms`)
    return Math.round(longestMs)
  }

  for (const algorithm of ['fixed-window', 'sliding-window', 'gcra']) {
    test(`${algorithm}: ${LIMIT} over all of them`, t => isExact(t, algorithm, KEYS))
  }

  test('a key that an operator adds is known to all at once, and as soon forgotten', async () => {
    const redis = await gateways.commands()
    const key = `X-Api-Key: ${KEY}`
    const tell = () => redis.run('PUBLISH', `${PREFIX}changes`, '{"type":"key"}')
    const set = async (value: object): Promise<void> => {
      await redis.run('SET', `${PREFIX}key:${keyHash(KEY)}`, JSON.stringify(value))
      await tell()
    }
    assert.equal(await statuses('/key', key), '401')
    await set({ consumer: 'partner' })
    await become(200, '/key', key)
    assert.equal(await statuses('/readers', key), '403')
    await set({ consumer: 'partner', roles: ['reader'] })
    await become(200, '/readers', key)
    await set({ consumer: 'partner', roles: ['reader'], disabled: true })
    await become(401, '/key', key)
    await set({ consumer: 'partner', roles: ['reader'] })
    await become(200, '/key', key)
    await redis.run('DEL', `${PREFIX}key:${keyHash(KEY)}`)
    await tell()
    await become(401, '/key', key)
    await redis.run('SET', `${PREFIX}key:${keyHash(KEY)}`, '{"consumer":"partner"}')
    await tell()
    await become(200, '/key', key)
    redis.close()
  })

  test('what is revoked on one is refused by all, and by one that starts later', async () => {
    const [one, other] = gateways.all
    const tokens = {
      jti: bearer(revoked),
      sub: bearer(hmacToken('mallory')),
      good: bearer(hmacToken('b', { jti: 'two' })),
    }
    for (const token of Object.values(tokens)) assert.equal(await statuses('/me', token), '200')
    assert.equal(await revocation(one!, { jti: 'one', for: '1h' }), 200)
    assert.equal(await revocation(other!, { sub: 'mallory' }), 200)
    assert.equal(await revocation(one!, { key: `sha256:${keyHash(KEY)}`, for: '1h' }), 200)
    const inForce = async (): Promise<void> => {
      await become(401, '/me', tokens.jti)
      await become(401, '/me', tokens.sub)
      await become(401, '/key', `X-Api-Key: ${KEY}`)
      assert.equal(await statuses('/me', tokens.good), '200')
    }
    await inForce()
    await gateways.restart(2)
    await inForce()
    assert.equal(await revocation(gateways.all[2]!, { sub: 'mallory' }, 'DELETE'), 200)
    await become(200, '/me', tokens.sub)
    assert.equal(await statuses('/me', tokens.jti), '401')
    await gateways.acquainted()
  })

  test('Redis stops under load (SIGSTOP), and goes on', async t => {
    await wholeWindow(15_000)
    const load = loadFor(4000, (elapsed, n) => `stop-${Math.floor(elapsed / 250)}-${n % 2}-`)
    await sleep(1000)
    gateways.redis.pause()
    await sleep(1500)
    gateways.redis.resume()
    const volleys = await load
    const longestMs = assertServed(volleys)
    const most = Math.max(
      ...keysOf(volleys)
        .filter(key => key.endsWith('deny'))
        .map(key => total(volleys, key)),
    )
    t.diagnostic(`deny: at most ${most} of ${LIMIT}; the longest wait ${longestMs} ms`)
    assert.ok(most <= LIMIT)
    for (const gateway of gateways.all) await gateway.says(/Redis is back/)
    await isExact(t, 'local', 3)
  })

  test('Redis is killed under load: deny admits no more, local a share, nobody waits', async t => {
    await wholeWindow(15_000)
    const before = gateways.all.map(({ err }) => err().length)
    const load = loadFor(4500, (elapsed, n) => `kill-${Math.floor(elapsed / 500)}-${n % 2}-`)
    await sleep(1100)
    const killed = performance.now()
    await gateways.redis.kill()
    const volleys = await load
    const longestMs = assertServed(volleys)
    const shares: number[] = []
    let deniedAfter = 0
    for (const key of keysOf(volleys)) {
      const fired = volleys.map(({ byKey }) => byKey.get(key))
      const startedAt = Math.min(...fired.map(each => each?.firstSentAt ?? Number.POSITIVE_INFINITY))
      // By then all have noticed.
      const afterwards = startedAt > killed + STORE_TIMEOUT_MS + 300
      if (key.endsWith('deny')) {
        assert.ok(total(volleys, key) <= LIMIT, `${key}: ${total(volleys, key)}`)
        if (afterwards) deniedAfter += total(volleys, key)
      } else {
        assert.ok(total(volleys, key) <= LIMIT + GATEWAYS * SHARE, `${key}: ${total(volleys, key)}`)
        if (afterwards) shares.push(...fired.map(each => each?.admitted ?? 0))
      }
    }
    t.diagnostic(
      `the longest wait ${longestMs} ms; without Redis ${Math.min(...shares)} to ${Math.max(...shares)} for each key and gateway, ${deniedAfter} where it is denied`,
    )
    assert.ok(shares.length >= GATEWAYS)
    assert.ok(Math.max(...shares) <= SHARE)
    assert.equal(deniedAfter, 0)

    // Keys that are only there cannot be looked up; tokens can be checked, and what is revoked stays so.
    assert.match(await statuses('/key', 'X-Api-Key: sp_never_seen_before_0123456789'), /^503$/)
    assert.equal(await statuses('/me', bearer(hmacToken('c'))), '200')
    assert.equal(await statuses('/me', bearer(revoked)), '401')
    // Said once, at most by each worker.
    for (const [i, { err }] of gateways.all.entries()) {
      const said = err()
        .slice(before[i])
        .split('\n')
        .filter(line => line.includes('limits follow their onStoreFailure'))
      assert.ok(said.length >= 1 && said.length <= WORKERS, said.join('\n'))
    }
    for (const gateway of gateways.all) {
      const { text } = await gateway.admin('/metrics')
      assert.match(text, /sallyport_store_fallbacks_total\{[^}]*decision="local"[^}]*\} [1-9]/)
      assert.match(text, /sallyport_store_up(?:\{[^}]*\})? 0/)
    }
  })

  test('a revocation while Redis is away is in force here, and says that others do not know', async () => {
    const [one] = gateways.all
    assert.equal(await revocation(one!, { sub: 'lonely' }), 503)
    const client = await openClient(one!.port)
    assert.equal((await exchange(client, request('/me', [bearer(hmacToken('lonely'))]))).status, 401)
    client.destroy()
  })

  test('Redis comes back, empty: limits are exact again by themselves', async t => {
    const before = gateways.all.map(({ err }) => err().length)
    await gateways.redis.restart()
    await Promise.all(gateways.all.map((gateway, i) => gateway.says(/Redis is back/, before[i])))
    await isExact(t, 'local', 3)
  })

  const sumOf = async (name: string): Promise<number> => {
    const texts = await Promise.all(gateways.all.map(gateway => gateway.admin('/metrics')))
    return texts.reduce((sum, { text }) => sum + metric(readScrape(text), name), 0)
  }

  /**
   * Neither one more nor one less. On a machine so busy that Redis's answers come too late, gateways decide by
   * themselves, and say so in the metrics: then it is tried again with other keys.
   */
  const isExact = async (t: TestContext, algorithm: string, keys: number): Promise<void> => {
    for (let tries = 0; tries < 6; tries++) {
      // Every worker has its own connection, each with its own time to try again.
      await until(async () => (await sumOf('sallyport_store_up')) === GATEWAYS * WORKERS)
      await wholeWindow(Math.min(50_000, 8_000 + keys * 20))
      const [window, alone] = [windowNow(), await sumOf('sallyport_store_fallbacks_total')]
      const next = keyByKey(keys, 110, `/${algorithm}`, `${t.name} ${tries}`)
      const fired = await volley({ ports: ports(), connections: 48, next })
      const decidedAlone = (await sumOf('sallyport_store_fallbacks_total')) - alone
      const figures = `admitted ${spread(fired)}; ${keys * 110} requests in ${Math.round(fired.tookMs)} ms, the longest ${Math.round(fired.longestMs)} ms`
      t.diagnostic(decidedAlone === 0 ? figures : `${figures}, ${decidedAlone} without Redis`)
      assert.deepEqual(fired.wrong, [])
      if (decidedAlone > 0 || (algorithm !== 'gcra' && windowNow() !== window)) continue
      for (const [key, { admitted, firstSentAt, lastAnsweredAt }] of fired.byKey) {
        const refilled = algorithm === 'gcra' ? Math.floor((lastAnsweredAt - firstSentAt) / (PERIOD_MS / LIMIT)) : 0
        assert.ok(admitted >= LIMIT && admitted <= LIMIT + refilled, `${key}: ${admitted}`)
      }
      return
    }
    assert.fail('this machine is too busy to tell')
  }

  test('what was revoked stays so though Redis came back empty, and all know of what one was told meanwhile', async () => {
    assert.equal(await statuses('/me', bearer(revoked)), '401')
    await become(401, '/me', bearer(hmacToken('lonely')))
  })

  test('nothing they wrote holds a secret', async () => {
    for (const gateway of gateways.all) {
      const { text } = await gateway.admin('/metrics')
      const written = gateway.out() + gateway.err() + text
      for (const secret of [HMAC_SECRET, REDIS_PASSWORD, KEY, revoked, revoked.split('.')[2]!]) {
        assert.ok(!written.includes(secret))
      }
    }
  })
})
