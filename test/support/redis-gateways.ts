import type { LimitAsk, LimitOutcome, LimitStore } from '../../src/core/limits.ts'
import { loadRedisDriver } from '../../src/store/redis-driver.ts'
import { type RedisLimitStore, redisLimitStore } from '../../src/store/redis-limit-store.ts'
import { type CountingMeter, countingMeter, type LogLines, logLines } from '../../src/store/testing/redis.ts'
import type { RedisServer } from './redis.ts'

export const clock = { now: () => performance.now(), wall: () => Date.now() }

export interface TestStore extends RedisLimitStore {
  readonly log: LogLines
  readonly meter: CountingMeter
  readonly instances: Int32Array
}

/** As many as a machine without Redis would admit: counts for ever. */
export const plainLocalStore = (): LimitStore => {
  const taken = new Map<string, number>()
  const name = ({ rule, key }: LimitAsk): string => JSON.stringify([rule.id, key])
  const left = (ask: LimitAsk): number => ask.rule.count - (taken.get(name(ask)) ?? 0)
  return {
    take(asks) {
      const allowed = asks.every(ask => ask.cost <= left(ask))
      if (allowed) for (const ask of asks) taken.set(name(ask), (taken.get(name(ask)) ?? 0) + ask.cost)
      const verdicts = asks.map(ask => ({ allowed, remaining: left(ask), resetMs: 0, retryMs: 0 }))
      return { allowed, verdicts }
    },
    charge: ask => void taken.set(name(ask), (taken.get(name(ask)) ?? 0) + ask.cost),
  }
}

/** What one worker of one gateway has. */
export const startStore = async (
  server: Pick<RedisServer, 'url'>,
  { prefix = 't:', timeoutMs = 100, instances = 1 } = {},
): Promise<TestStore> => {
  const log = logLines()
  const meter = countingMeter()
  const cell = new Int32Array(new SharedArrayBuffer(4)).fill(instances)
  const store = redisLimitStore({
    state: { kind: 'redis', keys: 1_000, url: server.url, prefix, timeoutMs },
    local: plainLocalStore(),
    instances: cell,
    clock,
    log,
    meter,
    driver: loadRedisDriver(),
  })
  await store.ready
  return { ...store, log, meter, instances: cell }
}

/** The outcome and how long it took. */
export const timed = async (
  store: LimitStore,
  asks: readonly LimitAsk[],
): Promise<{ outcome: LimitOutcome; ms: number }> => {
  const from = performance.now()
  const outcome = await store.take(asks)
  return { outcome, ms: performance.now() - from }
}

export interface Load {
  /** Ends it; how many were admitted for each key, and the longest wait. */
  stop(): Promise<{ admitted: Map<string, number>; asked: number; longestMs: number }>
}

/** `lanes` clients that ask again as soon as they are answered. */
export const startLoad = (store: LimitStore, asksOf: (n: number) => readonly LimitAsk[], lanes = 16): Load => {
  const admitted = new Map<string, number>()
  let going = true
  let asked = 0
  let longestMs = 0
  const lane = async (): Promise<void> => {
    while (going) {
      const asks = asksOf(asked++)
      const { outcome, ms } = await timed(store, asks)
      longestMs = Math.max(longestMs, ms)
      if (outcome.allowed) admitted.set(asks[0]!.key, (admitted.get(asks[0]!.key) ?? 0) + 1)
      // Without Redis decisions are made at once, and nothing else would run.
      await new Promise(resolve => setImmediate(resolve))
    }
  }
  const all = Array.from({ length: lanes }, lane)
  return {
    async stop() {
      going = false
      await Promise.all(all)
      return { admitted, asked, longestMs }
    },
  }
}
