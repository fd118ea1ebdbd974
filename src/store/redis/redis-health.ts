import type { Clock, Counter, Gauge, Log, Meter } from '../../core/ports.ts'
import type { AwaySign } from './away-sign.ts'
import type { StoreFailure } from './redis-failure.ts'

export interface HealthMeter {
  readonly up: Gauge | null
  readonly failures: Readonly<Record<StoreFailure['reason'], Counter>>
}

export interface RedisHealthOptions {
  readonly log: Log
  readonly meter: HealthMeter
  readonly clock: Clock
  /** Whether others have said already that it is away. */
  readonly sign: AwaySign
}

/** What the world is told of one connection: once that it went, once that it is back. */
export interface RedisHealth {
  /** Resolves when it is known for the first time whether it is there. */
  readonly ready: Promise<void>
  up(): void
  down(failure: StoreFailure): void
  /** It will never be there, and why. */
  impossible(error: unknown): void
  close(): void
}

export const AWAY =
  'Redis is away: until it is back, limits follow their onStoreFailure, and nothing new is heard of keys and revocations'

export const redisHealth = ({ log, meter, clock, sign }: RedisHealthOptions): RedisHealth => {
  let state: 'new' | 'up' | 'down' | 'closed' = 'new'
  let since = 0
  const { promise: ready, resolve: settle } = Promise.withResolvers<void>()
  const change = (to: typeof state): void => {
    if (state === 'up') meter.up?.add(-1)
    if (to === 'up') meter.up?.add(1)
    state = to
    settle()
  }
  return {
    ready,
    up() {
      if (state === 'down' && sign.lower()) log.info('Redis is back', { awayMs: Math.round(clock.now() - since) })
      change('up')
    },
    down(failure) {
      if (state === 'closed') return
      meter.failures[failure.reason].add(1)
      if (state !== 'down') {
        since = clock.now()
        if (sign.raise()) log.warn(AWAY, { reason: failure.message })
      }
      change('down')
    },
    impossible(error) {
      log.error(error instanceof Error ? error.message : 'Redis cannot be used')
      change('down')
    },
    close() {
      sign.lower()
      change('closed')
    },
  }
}

export const healthMeter = (meter: Meter): HealthMeter => ({
  up: meter.gauge('sallyport_store_up'),
  failures: {
    timeout: meter.counter('sallyport_store_failures_total', { reason: 'timeout' }),
    error: meter.counter('sallyport_store_failures_total', { reason: 'error' }),
  },
})

/** For connections that are not counted. */
export const SILENT: HealthMeter = {
  up: null,
  failures: { timeout: { add: () => {} }, error: { add: () => {} } },
}
