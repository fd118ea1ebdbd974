import assert from 'node:assert/strict'
import { after, before, describe, test } from 'node:test'
import fc from 'fast-check'
import type { LimitAsk, LimitRule } from '../src/core/limits.ts'
import { costText, limitNumbers } from '../src/store/redis/redis-limit-numbers.ts'
import { limitOutcome } from '../src/store/redis/redis-limit-reply.ts'
import { LIMIT_SCRIPT } from '../src/store/redis/redis-limit-script.ts'
import { limitReference } from './support/limit-reference.ts'
import { type RedisServer, redisAvailable, startRedis } from './support/redis.ts'
import { type RedisCommands, redisCommands } from './support/redis-commands.ts'

/** The same script with a clock that the test sets: µs, the last argument. */
const FROZEN = LIMIT_SCRIPT.replace("redis.call('TIME')", '{ 0, ARGV[#ARGV] }')
/** And keys that outlive the test: they expire by the server's own clock, which does not stand still. */
const LASTING = FROZEN.replace(' / 1000) + 1)', ' / 1000) + 600000)')
const START = 1_800_000_000_000_000n

const rule = (change: Partial<LimitRule> = {}): LimitRule => ({
  id: 'r',
  algorithm: 'gcra',
  count: 100,
  perMs: 60_000,
  burst: 100,
  onStoreFailure: 'deny',
  ...change,
})

const anyRule = fc
  .record({
    algorithm: fc.constantFrom('gcra' as const, 'fixed-window' as const, 'sliding-window' as const),
    count: fc.constantFrom(1, 2, 3, 7, 100, 999_983),
    // All of them within what the script counts in µs; a coarser tick is tested apart.
    perMs: fc.constantFrom(60_000, 61_001, 3_600_000, 4_000_003),
    burst: fc.constantFrom(1, 2, 3, 10, 100),
  })
  .map(rule)

/** So that limits are reached: most steps are short against the period. */
const anyStep = fc.oneof(
  fc.bigInt({ min: 0n, max: 10n }),
  fc.bigInt({ min: 0n, max: 20_000_000n }),
  fc.bigInt({ min: 0n, max: 200_000_000_000n }),
)

describe('the script of limits, on a real server', { skip: !redisAvailable() }, () => {
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

  assert.notEqual(FROZEN, LIMIT_SCRIPT)
  assert.notEqual(LASTING, FROZEN)

  let names = 0
  const keysFor = (asks: readonly LimitAsk[], run: number): string[] =>
    asks.map(ask => `${run}{${ask.key}}${ask.rule.id}`)
  const take = async (asks: readonly LimitAsk[], now: bigint, { run = 0, force = false, script = LASTING } = {}) => {
    const args = asks.flatMap(({ rule, cost }) => {
      const { before, tick } = limitNumbers(rule)
      return [...before, costText(cost), tick]
    })
    const keys = keysFor(asks, run)
    const reply = await redis.run('EVAL', script, String(keys.length), ...keys, force ? '1' : '0', ...args, String(now))
    const outcome = limitOutcome(reply, asks.length)
    assert.ok(outcome !== null, JSON.stringify(reply))
    return outcome
  }

  test('says of every arrival what exact arithmetic says: admitted, remaining, reset and retry', async () => {
    await fc.assert(
      fc.asyncProperty(
        fc.array(anyRule, { minLength: 1, maxLength: 3 }),
        fc.array(fc.tuple(anyStep, fc.integer({ min: 0, max: 1 }), fc.array(fc.integer({ min: 0, max: 4 }))), {
          maxLength: 40,
          size: 'max',
        }),
        async (rules, arrivals) => {
          const run = names++
          const reference = limitReference()
          let now = START
          for (const [step, who, costs] of arrivals) {
            now += step
            const asks = rules.map((each, i) => ({
              rule: { ...each, id: `r${i}` },
              mark: '',
              key: `k${who}`,
              cost: costs[i] ?? 1,
            }))
            assert.deepEqual(await take(asks, now, { run }), reference.take(asks, now))
          }
        },
      ),
      { numRuns: 100 },
    )
  })

  test('a month with a burst of a million is exact as well', async () => {
    for (const algorithm of ['gcra', 'fixed-window', 'sliding-window'] as const) {
      const run = names++
      const month = rule({ algorithm, count: 1_000_000, burst: 1_000_000, perMs: 2_592_000_000 })
      const all = await take([{ rule: month, mark: '', key: 'k', cost: 1_000_000 }], START, { run })
      assert.deepEqual([all.allowed, all.verdicts[0]?.remaining], [true, 0])
      const more = await take([{ rule: month, mark: '', key: 'k', cost: 1 }], START, { run })
      assert.equal(more.allowed, false)
      // 2,592 ms give one back.
      const later = START + 2_592_000n
      if (algorithm === 'gcra') {
        assert.equal(
          (await take([{ rule: month, mark: '', key: 'k', cost: 1 }], later - 1_000n, { run })).allowed,
          false,
        )
        assert.equal((await take([{ rule: month, mark: '', key: 'k', cost: 1 }], later, { run })).allowed, true)
      }
    }
  })

  test('what one limit refuses is taken from no other', async () => {
    const run = names++
    const wide = rule({ id: 'wide', burst: 10 })
    const narrow = rule({ id: 'narrow', algorithm: 'fixed-window', count: 1 })
    const both = [wide, narrow].map(rule => ({ rule, mark: '', key: 'k', cost: 1 }))
    assert.equal((await take(both, START, { run })).allowed, true)
    const refused = await take(both, START, { run })
    assert.deepEqual(
      refused.verdicts.map(verdict => [verdict.allowed, verdict.remaining]),
      [
        [true, 9],
        [false, 0],
      ],
    )
    assert.equal((await take([{ rule: wide, mark: '', key: 'k', cost: 0 }], START, { run })).verdicts[0]?.remaining, 9)
  })

  test('a charge is taken though nothing is left, and given back', async () => {
    for (const algorithm of ['gcra', 'fixed-window', 'sliding-window'] as const) {
      const run = names++
      const each = rule({ algorithm, count: 10, burst: 10 })
      const remaining = async (cost: number, force: boolean) =>
        (await take([{ rule: each, mark: '', key: 'k', cost }], START, { run, force })).verdicts[0]?.remaining
      assert.equal(await remaining(10, false), 0)
      assert.equal(await remaining(5, true), 0)
      assert.equal(await remaining(-5, true), 0)
      assert.equal(await remaining(-4, true), 4)
      assert.equal(await remaining(-1_000, true), 10)
      assert.equal(await remaining(2 ** 31, true), 0)
    }
  })

  test('fractions of a request count in gcra, and are rounded against the client elsewhere', async () => {
    for (const [algorithm, left] of [
      ['gcra', 8],
      ['fixed-window', 7],
      ['sliding-window', 7],
    ] as const) {
      const run = names++
      const each = rule({ algorithm, count: 10, burst: 10 })
      for (const cost of [0.5, 0.5, 0.3]) await take([{ rule: each, mark: '', key: 'k', cost }], START, { run })
      const { verdicts } = await take([{ rule: each, mark: '', key: 'k', cost: 0 }], START, { run })
      assert.equal(verdicts[0]?.remaining, left, algorithm)
    }
  })

  test('the same limit twice in one request counts twice', async () => {
    for (const algorithm of ['gcra', 'fixed-window', 'sliding-window'] as const) {
      const run = names++
      const one = { rule: rule({ algorithm, count: 3, burst: 3 }), mark: '', key: 'k', cost: 1 }
      const { allowed, verdicts } = await take([one, one], START, { run })
      assert.deepEqual([allowed, verdicts[0]?.remaining, verdicts[1]?.remaining], [true, 2, 1])
      assert.equal((await take([one, one], START, { run })).allowed, false)
      assert.equal((await take([one], START, { run })).allowed, true)
      assert.equal((await take([one], START, { run })).allowed, false)
    }
  })

  test('a charge locks nobody out for longer than ten periods', async () => {
    for (const algorithm of ['gcra', 'fixed-window', 'sliding-window'] as const) {
      const run = names++
      const each = { rule: rule({ algorithm }), mark: '', key: 'k', cost: 2 ** 31 }
      await take([each], START, { run, force: true })
      assert.equal((await take([{ ...each, cost: 1 }], START + 660_000_000n, { run })).allowed, true, algorithm)
    }
  })

  test('keys live as long as they mean something, and not much longer', async () => {
    for (const algorithm of ['gcra', 'fixed-window', 'sliding-window'] as const) {
      const run = names++
      const asks = [{ rule: rule({ algorithm }), mark: '', key: 'k', cost: 50 }]
      await take(asks, START, { run, script: FROZEN })
      const left = Number(await redis.run('PTTL', keysFor(asks, run)[0]!))
      const full = algorithm === 'gcra' ? 30_000 : algorithm === 'fixed-window' ? 60_000 : 120_000
      assert.ok(left > full - 2_000 && left <= full + 1, `${algorithm}: ${left}`)
    }
  })

  test('to look leaves nothing behind, and neither does a refusal', async () => {
    const run = names++
    const asks = [{ rule: rule({ burst: 1 }), mark: '', key: 'k', cost: 0 }]
    await take(asks, START, { run })
    await take([{ ...asks[0]!, cost: 2 }], START, { run })
    assert.equal(await redis.run('EXISTS', ...keysFor(asks, run)), 0)
  })

  test('whatever lies under a key, the script answers, and the next count is right', async () => {
    const hostile = [
      '',
      ' ',
      'x',
      '1',
      '1 2 3 4',
      '-1 5',
      '1e309 1',
      `${'9'.repeat(59)} 1`,
      '9007199254740993 1',
      '0 0',
    ]
    const garbage = fc.oneof(
      fc.constantFrom(...hostile),
      fc.string(),
      fc.stringMatching(/^\d{1,17} \d{1,17}( \d{1,17})?$/),
    )
    await fc.assert(
      fc.asyncProperty(garbage, anyRule, async (text, each) => {
        const run = names++
        const asks = [{ rule: each, mark: '', key: 'k', cost: 1 }]
        await redis.run('SET', keysFor(asks, run)[0]!, text)
        await take(asks, START, { run })
        // It is over, at the latest, when all that a rule can owe is.
        assert.equal((await take(asks, START + 2n ** 53n, { run })).allowed, true)
      }),
      { numRuns: 100 },
    )
    for (const make of [
      ['RPUSH', 'x'],
      ['SADD', 'x'],
      ['HSET', 'x', 'y'],
    ]) {
      const run = names++
      const asks = [{ rule: rule({ burst: 1 }), mark: '', key: 'k', cost: 1 }]
      await redis.run(make[0]!, keysFor(asks, run)[0]!, ...make.slice(1))
      assert.equal((await take(asks, START, { run })).allowed, true)
      assert.equal((await take(asks, START, { run })).allowed, false)
    }
  })

  test('a server whose clock was set back admits nothing twice', async () => {
    for (const algorithm of ['gcra', 'fixed-window', 'sliding-window'] as const) {
      const run = names++
      const asks = [{ rule: rule({ algorithm, burst: 1, count: 1 }), mark: '', key: 'k', cost: 1 }]
      assert.equal((await take(asks, START, { run })).allowed, true)
      assert.equal((await take(asks, START - 10_000_000n, { run })).allowed, false)
    }
  })
})
