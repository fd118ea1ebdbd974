import { randomUUID } from 'node:crypto'
import type { Clock, Log } from '../../core/ports.ts'
import type { RevocationKind } from '../../core/revocations.ts'
import type { StateSpec } from '../../spec/spec-policies.ts'
import { ALONE, type AwaySign } from './away-sign.ts'
import { parseChange } from './redis-changes.ts'
import { loadRedisDriver, type RedisDriver } from './redis-driver.ts'
import { SILENT } from './redis-health.ts'
import { redisHeartbeat } from './redis-heartbeat.ts'
import { instanceCount } from './redis-instances.ts'
import { EXPIRE_SCRIPT } from './redis-main-scripts.ts'
import { redisReload } from './redis-reload.ts'
import { type RevocationList, redisRevocations } from './redis-revocations.ts'
import { type RedisSession, redisSession } from './redis-session.ts'
import { sometimes } from './redis-sometimes.ts'
import { every, realTimers, type Timers } from './redis-timers.ts'
import { redisTold } from './redis-told.ts'

export interface RedisMainOptions {
  readonly state: Extract<StateSpec, { kind: 'redis' }>
  readonly writer: RevocationList
  /** [0] is kept at the number of gateways that share this Redis and prefix. */
  readonly instances: Int32Array
  /** [0] is counted up whenever a key of the directory may have changed. */
  readonly directoryVersion: Int32Array
  readonly clock: Clock
  readonly log: Log
  /** Of its connection for commands among all of the gateway. */
  readonly sign?: AwaySign
  readonly driver?: Promise<RedisDriver>
  readonly timers?: Timers
  readonly random?: () => number
}

/** The part of Redis that a gateway needs once: revocations, changes of keys, and how many gateways there are. */
export interface RedisMain {
  /**
   * Tells all gateways. `until`: ms since the epoch. Rejects when Redis is away: then only this machine may know, and the
   * others are told when it is back.
   */
  revoke(kind: RevocationKind, value: string, until: number): Promise<void>
  reinstate(kind: RevocationKind, value: string): Promise<void>
  /** Resolves when the first try to connect is over and, if that succeeded, the list was read. */
  readonly ready: Promise<void>
  close(): Promise<void>
}

const BEAT_MS = 1_000
const CLEANING_MS = 60_000
const CLEANED_AT_ONCE = 1_000
const BETWEEN_COMPLAINTS_MS = 60_000
/** Redis's own answers are not in a hurry here. */
const SHORTEST_TIMEOUT_MS = 1_000

/**
 * Two connections: one for commands, one that listens. The list of revocations is read after the listener is there, so
 * that no change falls between the two, and again after every loss of either.
 */
export const redisMain = (options: RedisMainOptions): RedisMain => {
  const { state, clock, log, directoryVersion } = options
  const { prefix } = state
  const id = randomUUID()
  const timers = options.timers ?? realTimers
  const channel = `${prefix}changes`
  const revoked = `${prefix}revoked`
  const instances = instanceCount(options.instances, clock)
  const complain = sometimes(clock, BETWEEN_COMPLAINTS_MS)
  const list = redisRevocations(options.writer, clock.wall, () =>
    complain(() => log.error('There is no room for more revocations; some of those in Redis are not in force here')),
  )

  const onMessage = (text: string): void => {
    const change = parseChange(text)
    if (change === null)
      return complain(() => log.warn('A message in Redis is not a change and is ignored', { channel }))
    if (change.type === 'key') Atomics.add(directoryVersion, 0, 1)
    else if (change.type === 'reinstate') list.reinstate(change.kind, change.value)
    else list.revoke(change.kind, change.value, change.until ?? Number.POSITIVE_INFINITY)
  }

  const shared = {
    driver: options.driver ?? loadRedisDriver(),
    url: state.url,
    timeoutMs: Math.max(state.timeoutMs, SHORTEST_TIMEOUT_MS),
    clock,
    timers,
    random: options.random ?? Math.random,
    meter: SILENT,
  }
  const commands: RedisSession = redisSession({
    ...shared,
    log,
    sign: options.sign ?? ALONE,
    onUp: () => {
      instances.up()
      beat()
      reload.now()
    },
  })
  const listener: RedisSession = redisSession({
    ...shared,
    // One line is enough: it goes when the other goes.
    log: { info: () => {}, warn: () => {}, error: () => {} },
    sign: ALONE,
    prepare: client => client.subscribe(channel, onMessage),
    onUp: () => {
      // What was published meanwhile was not heard.
      Atomics.add(directoryVersion, 0, 1)
      reload.now()
    },
  })

  const told = redisTold({ commands, list, prefix, log, clock })
  const reload = redisReload({
    possible: () => commands.isUp && listener.isUp,
    read: told.read,
    onFailure: () => complain(() => log.warn('The list of revocations in Redis cannot be read', { key: revoked })),
  })
  const beat = redisHeartbeat({ commands, prefix, id, counted: instances.counted })
  const stopBeating = every(BEAT_MS, timers, () => {
    beat()
    // One that is wiped while it runs loses no connection.
    told.look().then(lost => lost && reload.now(), ignore)
    // A connection that only listens would not notice that the other side is gone.
    listener.ask(['PING']).catch(ignore)
    reload.ifStale()
  })
  const stopCleaning = every(CLEANING_MS, timers, () => {
    list.expire()
    commands.ask(['EVAL', EXPIRE_SCRIPT, '1', revoked, String(CLEANED_AT_ONCE)]).catch(ignore)
  })

  return {
    revoke: (kind, value, until) =>
      told.revoke(kind, value, until).catch(error => {
        // Brought with the next one that succeeds.
        reload.now()
        throw error
      }),
    reinstate: told.reinstate,
    ready: Promise.all([commands.ready, listener.ready]).then(() => reload.done()),
    async close() {
      stopBeating()
      stopCleaning()
      // Others need not wait until it is forgotten.
      await commands.ask(['ZREM', `${prefix}instances`, id]).catch(ignore)
      commands.close()
      listener.close()
    },
  }
}

const ignore = (): void => {}
