import type { LimitStore } from '../../core/limits.ts'
import type { Clock, Log, Meter } from '../../core/ports.ts'
import type { StateSpec } from '../../spec/spec-policies.ts'
import { ALONE, type AwaySign } from './away-sign.ts'
import { loadRedisDriver, type RedisDriver } from './redis-driver.ts'
import { redisFallback } from './redis-fallback.ts'
import { healthMeter } from './redis-health.ts'
import { prepareLimits, redisLimits } from './redis-limits.ts'
import { redisSession } from './redis-session.ts'
import { realTimers, type Timers } from './redis-timers.ts'

export interface RedisLimitStoreOptions {
  readonly state: Extract<StateSpec, { kind: 'redis' }>
  /** Counts while Redis is away. */
  readonly local: LimitStore
  /** [0]: how many gateways there were when last seen; written by `redisMain`. */
  readonly instances: Int32Array
  readonly clock: Clock
  readonly log: Log
  readonly meter: Meter
  /** Of this connection among all of the gateway. */
  readonly sign?: AwaySign
  readonly driver?: Promise<RedisDriver>
  readonly timers?: Timers
  readonly random?: () => number
}

export interface RedisLimitStore extends LimitStore {
  /** Resolves when the first try to connect is over, whatever came of it; decisions before that are made without it. */
  readonly ready: Promise<void>
  close(): Promise<void>
}

/** Limits over all gateways with the same Redis and prefix; one connection a worker. What happens without Redis: redisFallback. */
export const redisLimitStore = (options: RedisLimitStoreOptions): RedisLimitStore => {
  const { state, local, instances, clock, log, meter } = options
  const session = redisSession({
    driver: options.driver ?? loadRedisDriver(),
    url: state.url,
    timeoutMs: state.timeoutMs,
    clock,
    timers: options.timers ?? realTimers,
    random: options.random ?? Math.random,
    log,
    meter: healthMeter(meter),
    sign: options.sign ?? ALONE,
    prepare: client => prepareLimits(client, state.prefix),
  })
  const fallback = redisFallback({ local, instances: () => Atomics.load(instances, 0), meter })
  const { take, charge } = redisLimits({ session, prefix: state.prefix, fallback })
  return { take, charge, ready: session.ready, close: async () => session.close() }
}
