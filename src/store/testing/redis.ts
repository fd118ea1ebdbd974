import { type FakeClock, fakeClock } from '../../base/testing.ts'
import type { LimitAsk, LimitRule } from '../../core/limits.ts'
import type { Log, Meter } from '../../core/ports.ts'
import { ALONE } from '../redis/away-sign.ts'
import type { RedisClient, RedisDriver } from '../redis/redis-driver.ts'
import type { RedisSessionOptions } from '../redis/redis-session.ts'
import type { Timers } from '../redis/redis-timers.ts'

/** Lets promises that are settled run on. */
export const settled = (): Promise<void> => new Promise(resolve => setImmediate(resolve))

export interface FakeTimers extends Timers {
  readonly clock: FakeClock
  /** Moves the clock to each timer that is due, fires it, lets promises run, then what waits for reading. */
  advance(ms: number): Promise<void>
  /** The clock moves and nothing fires: a worker that is busy. Timers are late then. */
  stall(ms: number): void
  /** How many are armed. */
  readonly armed: number
}

export const fakeTimers = (): FakeTimers => {
  const clock = fakeClock()
  const timers = new Set<{ at: number; run: () => void }>()
  const readings: (() => void)[] = []
  const next = (until: number) =>
    [...timers].filter(timer => timer.at <= until).sort((one, other) => one.at - other.at)[0]
  return {
    clock,
    get armed() {
      return timers.size
    },
    after(ms, run) {
      const timer = { at: clock.now() + ms, run }
      timers.add(timer)
      return () => void timers.delete(timer)
    },
    afterReading: run => void readings.push(run),
    stall: ms => clock.advance(ms),
    async advance(ms) {
      const until = clock.now() + ms
      for (let timer = next(until); timer !== undefined; timer = next(until)) {
        timers.delete(timer)
        if (timer.at > clock.now()) clock.advance(timer.at - clock.now())
        timer.run()
        await settled()
        for (const run of readings.splice(0)) run()
        await settled()
      }
      clock.advance(until - clock.now())
    },
  }
}

export interface SentCommand {
  readonly args: readonly string[]
  readonly resolve: (reply: unknown) => void
  readonly reject: (error: unknown) => void
}

export interface FakeRedisClient extends RedisClient {
  readonly sent: SentCommand[]
  destroyed: boolean
  lose(error: unknown): void
}

/** A server that the test plays: `answer` says what becomes of a command; undefined leaves it unanswered. */
export interface FakeRedis {
  readonly driver: RedisDriver
  readonly clients: FakeRedisClient[]
  reachable: boolean | Error
  answer: (args: readonly string[]) => unknown
  /** What was sent is rejected when a client is destroyed, as it should be. */
  rejectsOnDestroy: boolean
  /** The latest. */
  readonly client: FakeRedisClient
  publish(channel: string, text: string): void
}

/** Stands for an error of the server, which rejects. */
export const serverError = (message: string): Error => new Error(message)

export const fakeRedis = (): FakeRedis => {
  const clients: FakeRedisClient[] = []
  const listeners: { client: FakeRedisClient; channel: string; onMessage: (text: string) => void }[] = []
  const redis: FakeRedis = {
    clients,
    reachable: true,
    rejectsOnDestroy: true,
    answer: args => (args[0] === 'PING' ? 'PONG' : undefined),
    get client() {
      return clients.at(-1)!
    },
    publish(channel, text) {
      for (const each of listeners) if (each.channel === channel && !each.client.destroyed) each.onMessage(text)
    },
    driver() {
      const lost: ((error: unknown) => void)[] = []
      const client: FakeRedisClient = {
        sent: [],
        destroyed: false,
        async connect() {
          if (redis.reachable === false) return new Promise(() => {})
          if (redis.reachable instanceof Error) throw redis.reachable
        },
        send(args) {
          const { promise, resolve, reject } = Promise.withResolvers<unknown>()
          client.sent.push({ args, resolve, reject })
          const reply = redis.answer(args)
          if (reply instanceof Error) reject(reply)
          else if (reply !== undefined) resolve(reply)
          return promise
        },
        async subscribe(channel, onMessage) {
          listeners.push({ client, channel, onMessage })
        },
        destroy() {
          client.destroyed = true
          if (!redis.rejectsOnDestroy) return
          for (const { reject } of client.sent.splice(0)) reject(new Error('destroyed'))
        },
        onLost: listener => void lost.push(listener),
        lose: error => {
          for (const listener of lost) listener(error)
        },
      }
      clients.push(client)
      return client
    },
  }
  return redis
}

export interface LogLines extends Log {
  readonly lines: string[]
}

export const logLines = (): LogLines => {
  const lines: string[] = []
  const line =
    (level: string) =>
    (message: string, fields: Readonly<Record<string, unknown>> = {}): void =>
      void lines.push(`${level} ${message} ${JSON.stringify(fields)}`)
  return { lines, info: line('info'), warn: line('warn'), error: line('error') }
}

export interface CountingMeter extends Meter {
  /** By name and labels: `sallyport_store_failures_total timeout`. */
  readonly counts: Map<string, number>
}

export const countingMeter = (): CountingMeter => {
  const counts = new Map<string, number>()
  const series = (name: string, labels: Readonly<Record<string, string>> = {}) => {
    const key = [name, ...Object.values(labels)].join(' ')
    return {
      add: (n: number) => void counts.set(key, (counts.get(key) ?? 0) + n),
      total: () => counts.get(key) ?? 0,
      observe: () => {},
    }
  }
  return { counts, counter: series, gauge: series, histogram: series }
}

export const limitRule = (change: Partial<LimitRule> = {}): LimitRule => ({
  id: 'route/limit',
  algorithm: 'gcra',
  count: 100,
  perMs: 60_000,
  burst: 100,
  onStoreFailure: 'local',
  ...change,
})

export const ask = (change: Partial<LimitRule> = {}, key = 'alice', cost = 1): LimitAsk => ({
  rule: limitRule(change),
  mark: '',
  key,
  cost,
})

/** Everything a session wants, played by the test. */
export const sessionWorld = (timeoutMs = 100) => {
  const redis = fakeRedis()
  const timers = fakeTimers()
  const log = logLines()
  const meter = countingMeter()
  const world = {
    driver: Promise.resolve(redis.driver),
    url: 'redis://:secret@127.0.0.1:1',
    timeoutMs,
    clock: timers.clock,
    timers,
    random: () => 1,
    log,
    sign: ALONE,
    meter: {
      up: meter.gauge('up'),
      failures: { timeout: meter.counter('timeout'), error: meter.counter('error') },
    },
  } satisfies RedisSessionOptions
  return { ...world, redis, counts: meter.counts }
}
