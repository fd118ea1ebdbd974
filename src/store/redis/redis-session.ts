import type { Clock, Log } from '../../core/ports.ts'
import type { AwaySign } from './away-sign.ts'
import { redisDeadlines } from './redis-deadlines.ts'
import type { RedisClient, RedisDriver } from './redis-driver.ts'
import { failureOf, refusalOf, StoreFailure } from './redis-failure.ts'
import { type HealthMeter, redisHealth } from './redis-health.ts'
import { type RedisLink, redisLink } from './redis-link.ts'
import type { Timers } from './redis-timers.ts'

export interface RedisSessionOptions {
  readonly driver: Promise<RedisDriver>
  readonly url: string
  /** Longest wait for an answer. */
  readonly timeoutMs: number
  readonly clock: Clock
  readonly timers: Timers
  readonly random: () => number
  readonly log: Log
  readonly meter: HealthMeter
  /** Whether others have said already that it is away. */
  readonly sign: AwaySign
  /** Before the connection counts as up; a rejection is a failed try. */
  readonly prepare?: (client: RedisClient) => Promise<unknown>
  readonly onUp?: () => void
}

/** One command on its way, and who waits for its answer. Exactly one of `onValue` and `onError` is called. */
export interface RedisCall {
  readonly args: readonly string[]
  /** When the server does not know the script: the same with its text. */
  withText?(): readonly string[]
  onValue(reply: unknown): void
  onError(error: StoreFailure): void
}

/** One connection to Redis whose every command is answered in time, one way or the other. */
export interface RedisSession {
  readonly isUp: boolean
  /** Resolves, never rejects, when the first try to connect is over. */
  readonly ready: Promise<void>
  /** False: not now (away, or too much is waiting), and nobody will be called. */
  send(call: RedisCall): boolean
  /** The same with a promise. */
  ask(args: readonly string[]): Promise<unknown>
  close(): void
}

/** More is not sent but decided without Redis: what waits for a stopped server must not pile up. */
export const MOST_WAITING = 16_384

/** A whole try to connect, TLS and credentials included. */
const ATTEMPT_MS = 2_000

/**
 * Circuit breaker and deadlines: the first command without an answer in time takes the connection down with everything
 * that waits; from then on nobody waits until a new connection has proved itself.
 */
export const redisSession = (options: RedisSessionOptions): RedisSession => {
  const { timeoutMs, clock, timers } = options
  const health = redisHealth(options)
  const timedOut = new StoreFailure('timeout', 'no answer in time')
  const waiting = redisDeadlines<RedisCall>(timeoutMs, clock, timers, () => link?.drop(timedOut))
  let client: RedisClient | null = null
  let link: RedisLink | null = null
  let closed = false

  const down = (failure: StoreFailure): void => {
    client = null
    health.down(failure)
    for (const call of waiting.drain()) call.onError(failure)
  }

  const transmit = (to: RedisClient, call: RedisCall, args: readonly string[]): void => {
    to.send(args).then(
      reply => {
        if (waiting.delete(call)) call.onValue(reply)
      },
      (error: unknown) => refused(to, call, error, args),
    )
  }
  const refused = (by: RedisClient, call: RedisCall, error: unknown, args: readonly string[]): void => {
    if (!waiting.has(call)) return
    const refusal = refusalOf(error)
    if (refusal === 'NOSCRIPT' && call.withText !== undefined && args === call.args)
      return transmit(by, call, call.withText())
    const failure = failureOf(error)
    // It is about this key alone.
    if (refusal !== 'WRONGTYPE') return link?.drop(failure)
    waiting.delete(call)
    call.onError(failure)
  }

  const start = (driver: RedisDriver): void => {
    if (closed) return
    link = redisLink({
      dial: () => driver({ url: options.url, connectMs: ATTEMPT_MS }),
      prepare: fresh => proved(fresh, options),
      attemptMs: ATTEMPT_MS,
      clock,
      timers,
      random: options.random,
      onUp(fresh) {
        client = fresh
        health.up()
        options.onUp?.()
      },
      onDown: down,
    })
  }
  options.driver.then(start).catch(health.impossible)

  const send = (call: RedisCall): boolean => {
    if (client === null || waiting.size >= MOST_WAITING) return false
    waiting.add(call)
    transmit(client, call, call.args)
    return true
  }
  return {
    get isUp() {
      return client !== null
    },
    ready: health.ready,
    send,
    ask: args =>
      new Promise((onValue, onError) => {
        if (!send({ args, onValue, onError })) onError(new StoreFailure('error', 'Redis is away'))
      }),
    close() {
      closed = true
      link?.close()
      health.close()
      down(new StoreFailure('error', 'closed'))
    },
  }
}

/**
 * A server that answers, but more slowly than anybody would wait, counts as away. It may try more than once, since it
 * may have been this worker that was slow.
 */
const proved = async (client: RedisClient, { prepare, clock, timeoutMs }: RedisSessionOptions): Promise<void> => {
  await prepare?.(client)
  for (let tries = 0; tries < 3; tries++) {
    const sentAt = clock.now()
    await client.send(['PING'])
    if (clock.now() - sentAt <= timeoutMs) return
  }
  throw new StoreFailure('timeout', 'no answer in time')
}
