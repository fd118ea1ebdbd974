import type { Clock, Log, Meter } from '../../core/ports.ts'
import type { DirectoryKey, KeyDirectory } from '../../core/revocations.ts'
import type { StateSpec } from '../../spec/spec-policies.ts'
import { ALONE, type AwaySign } from './away-sign.ts'
import { parseDirectoryKey } from './redis-directory-key.ts'
import { loadRedisDriver, type RedisDriver } from './redis-driver.ts'
import { healthMeter } from './redis-health.ts'
import { redisSession } from './redis-session.ts'
import { sometimes } from './redis-sometimes.ts'
import { realTimers, type Timers } from './redis-timers.ts'

export interface RedisKeyDirectoryOptions {
  readonly state: Extract<StateSpec, { kind: 'redis' }>
  /** [0] changes with the directory; written by `redisMain`. */
  readonly version: Int32Array
  readonly clock: Clock
  readonly log: Log
  readonly meter: Meter
  /** Of this connection among all of the gateway. */
  readonly sign?: AwaySign
  readonly driver?: Promise<RedisDriver>
  readonly timers?: Timers
  readonly random?: () => number
}

export interface RedisKeyDirectory extends KeyDirectory {
  /** Resolves when the first try to connect is over. */
  readonly ready: Promise<void>
  close(): Promise<void>
}

/** Where the key with this hash lies. */
export const directoryKeyAt = (prefix: string, hash: string): string => `${prefix}key:${hash}`

const SHA256 = /^[0-9a-f]{64}$/
const BETWEEN_COMPLAINTS_MS = 60_000

/**
 * Consumers' keys in Redis, so that all gateways know a new one at once. An operator adds one with
 *
 *     sallyport key new                                   # says the key and its hash
 *     redis-cli SET <prefix>key:<64 hex digits> '{"consumer":"mobile-app","roles":["reader"],"tier":"gold"}'
 *     redis-cli PUBLISH <prefix>changes '{"type":"key"}'
 *
 * and takes it away with DEL and the same PUBLISH. Without the PUBLISH, what workers remember stays valid until they
 * forget it. `expiresAt` is in ms since the epoch; `EX` of SET serves as well.
 */
export const redisKeyDirectory = (options: RedisKeyDirectoryOptions): RedisKeyDirectory => {
  const { state, version, clock, log, meter } = options
  const session = redisSession({
    driver: options.driver ?? loadRedisDriver(),
    url: state.url,
    timeoutMs: state.timeoutMs,
    clock,
    timers: options.timers ?? realTimers,
    random: options.random ?? Math.random,
    log,
    // The gauge belongs to the limits' connection: two would add up.
    meter: { ...healthMeter(meter), up: null },
    sign: options.sign ?? ALONE,
  })
  const complain = sometimes(clock, BETWEEN_COMPLAINTS_MS)
  const where = { prefix: directoryKeyAt(state.prefix, '') }
  return {
    async find(hash) {
      if (!SHA256.test(hash)) return null
      const reply = await session.ask(['GET', directoryKeyAt(state.prefix, hash)]).catch(wrongType)
      if (reply === null) return null
      const key: DirectoryKey | null = parseDirectoryKey(reply)
      if (key === null) complain(() => log.warn('A key in Redis is not what it should be and is ignored', where))
      return key
    },
    version: () => Atomics.load(version, 0),
    ready: session.ready,
    close: async () => session.close(),
  }
}

/** No text lies there: malformed, not away. */
const wrongType = (error: unknown): undefined => {
  if (error instanceof Error && error.message === 'WRONGTYPE') return undefined
  throw error
}
