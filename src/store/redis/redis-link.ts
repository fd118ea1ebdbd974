import type { Clock } from '../../core/ports.ts'
import { retryDelayMs } from './redis-backoff.ts'
import type { RedisClient } from './redis-driver.ts'
import { failureOf, StoreFailure } from './redis-failure.ts'
import type { Timers } from './redis-timers.ts'

export interface RedisLinkOptions {
  /** A client that is not connected yet. */
  readonly dial: () => RedisClient
  /** Proves that the server does what is needed; its rejection is a failed try. */
  readonly prepare: (client: RedisClient) => Promise<unknown>
  /** Longest for a whole try. */
  readonly attemptMs: number
  readonly clock: Clock
  readonly timers: Timers
  readonly random: () => number
  readonly onUp: (client: RedisClient) => void
  /** A try failed, or the connection did. */
  readonly onDown: (failure: StoreFailure) => void
}

/** A connection that is looked for again, for ever, whenever it is lost. */
export interface RedisLink {
  /** Gives the connection up; another is looked for. */
  drop(failure: StoreFailure): void
  close(): void
}

/** One that was up for less did not really come back: the next wait grows instead of starting over. */
const STEADY_MS = 5_000

export const redisLink = (options: RedisLinkOptions): RedisLink => {
  const { dial, prepare, attemptMs, clock, timers, random, onUp, onDown } = options
  let failures = 0
  let closed = false
  let cancelWait = (): void => {}
  let give: (failure: StoreFailure) => void = () => {}

  const attempt = (): void => {
    let over = false
    let upAt = 0
    const client = dial()
    const cancelDeadline = timers.after(attemptMs, () => end(new StoreFailure('timeout', 'no answer in time')))
    const end = (failure: StoreFailure): void => {
      if (over) return
      over = true
      cancelDeadline()
      client.destroy()
      if (closed) return
      failures = upAt > 0 && clock.now() - upAt >= STEADY_MS ? 0 : failures
      cancelWait = timers.after(retryDelayMs(failures++, random), attempt)
      onDown(failure)
    }
    const ready = (): void => {
      if (over) return client.destroy()
      cancelDeadline()
      upAt = clock.now()
      onUp(client)
    }
    give = end
    client.onLost(error => end(failureOf(error)))
    client
      .connect()
      .then(() => (over ? undefined : prepare(client)))
      .then(ready)
      .catch((error: unknown) => end(failureOf(error)))
  }

  attempt()
  return {
    drop: failure => give(failure),
    close() {
      closed = true
      cancelWait()
      give(new StoreFailure('error', 'closed'))
    },
  }
}
