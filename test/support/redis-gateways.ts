import type { LimitAsk, LimitOutcome, LimitStore } from '../../src/core/limits.ts'
import type { RevocationKind } from '../../src/core/revocations.ts'
import { type RedisLimitStore, redisLimitStore } from '../../src/store/redis/redis-limit-store.ts'
import { type RedisMain, redisMain } from '../../src/store/redis/redis-main.ts'
import { type CountingMeter, countingMeter, type LogLines, logLines } from '../../src/store/testing/redis.ts'
import type { RedisServer } from './redis.ts'

export const clock = { now: () => performance.now(), wall: () => Date.now() }

export interface TestStore extends RedisLimitStore {
  readonly log: LogLines
  readonly meter: CountingMeter
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

export const redisState = (server: Pick<RedisServer, 'url'>, prefix: string, timeoutMs = 100) =>
  ({ kind: 'redis', keys: 1_000, url: server.url, prefix, timeoutMs }) as const

export const cell = (): Int32Array => new Int32Array(new SharedArrayBuffer(4))

export interface TestMain extends RedisMain {
  /** `kind:value`, and until when. */
  readonly revoked: Map<string, number>
  readonly instances: Int32Array
  readonly version: Int32Array
  readonly log: LogLines
}

/** What the main thread of one gateway has. */
export const startMain = async (server: Pick<RedisServer, 'url'>, prefix: string): Promise<TestMain> => {
  const revoked = new Map<string, number>()
  const log = logLines()
  const [instances, version] = [cell(), cell()]
  const name = (kind: RevocationKind, value: string): string => `${kind}:${value}`
  const writer = {
    revoke(kind: RevocationKind, value: string, untilWall: number) {
      revoked.set(name(kind, value), untilWall)
      return true
    },
    reinstate: (kind: RevocationKind, value: string) => revoked.delete(name(kind, value)),
  }
  const main = redisMain({
    state: redisState(server, prefix),
    writer,
    instances,
    directoryVersion: version,
    clock,
    log,
  })
  await main.ready
  return { ...main, revoked, instances, version, log }
}

/** What one worker of one gateway has. */
export const startStore = async (
  server: Pick<RedisServer, 'url'>,
  { prefix = 't:', timeoutMs = 100, instances = cell() } = {},
): Promise<TestStore> => {
  const log = logLines()
  const meter = countingMeter()
  const store = redisLimitStore({
    state: redisState(server, prefix, timeoutMs),
    local: plainLocalStore(),
    instances,
    clock,
    log,
    meter,
  })
  await store.ready
  return { ...store, log, meter }
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
