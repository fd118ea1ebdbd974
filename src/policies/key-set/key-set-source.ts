import type { Clock, Counter, Log } from '../../core/ports.ts'
import type { JwkSpec, RemoteKeysSpec } from '../../spec/spec-auth.ts'
import { refreshAllowance } from './key-set-allowance.ts'
import { DownloadFailure, type FetchPort } from './key-set-download.ts'
import { fetchKeySet, type KeySetFetch } from './key-set-fetch.ts'
import type { After } from './key-set-timer.ts'

export interface KeySetWorld {
  readonly clock: Clock
  readonly log: Log
  readonly fetch: FetchPort
  readonly after: After
  /** At least 0, less than 1. */
  readonly random: () => number
}

export interface FetchCounters {
  readonly ok: Counter
  readonly failed: Counter
}

export type OnKeys = (keys: readonly JwkSpec[]) => void

/** One key set behind a URL: kept fresh as long as somebody watches it, kept as it was when that fails. */
export interface KeySetSource {
  watch(onKeys: OnKeys): void
  /** Whether anybody still watches. */
  unwatch(onKeys: OnKeys): boolean
  /** Resolves, never rejects. */
  refresh(): Promise<void>
  close(): void
}

/** `label`: the URL as it may be shown. */
export const keySetSource = (
  spec: RemoteKeysSpec,
  label: string,
  counters: FetchCounters,
  world: KeySetWorld,
): KeySetSource => {
  const { clock, log, fetch, after, random } = world
  const watchers = new Set<OnKeys>()
  const mayRefresh = refreshAllowance(clock)
  let keys: readonly JwkSpec[] | null = null
  let failures = 0
  let closed = false
  let current: KeySetFetch | null = null
  let fetching: Promise<void> | null = null
  let cancelNext = (): void => {}

  const tell = (onKeys: OnKeys, found: readonly JwkSpec[]): void => {
    try {
      onKeys(found)
    } catch (error) {
      log.error('A change of a key set could not be taken over.', { source: label, error: String(error) })
    }
  }

  const accept = (found: readonly JwkSpec[]): void => {
    counters.ok.add(1)
    if (failures > 0) log.info('The key set can be fetched again.', { source: label })
    failures = 0
    if (JSON.stringify(found) === JSON.stringify(keys)) return
    keys = found
    for (const onKeys of watchers) tell(onKeys, found)
  }

  const bear = (error: unknown): void => {
    counters.failed.add(1)
    const reason = error instanceof DownloadFailure ? error.reason : 'it could not be read'
    const then = keys === null ? 'tokens cannot be checked until it can' : 'the keys known so far stay in use'
    if (failures === 0) log.warn(`The key set cannot be fetched; ${then}.`, { source: label, reason })
    failures++
  }

  const unlessClosed =
    <T>(take: (value: T) => void) =>
    (value: T): void => {
      if (!closed) take(value)
    }

  const run = async (): Promise<void> => {
    current = fetchKeySet(spec, fetch, after)
    await current.keys.then(unlessClosed(accept), unlessClosed(bear))
    current = null
    fetching = null
    // Nobody watches a source that is closed.
    if (watchers.size === 0) return
    cancelNext = after(failures > 0 ? backoffMs(failures, random()) : freshMs(spec, random()), start)
  }

  const start = (): Promise<void> => {
    cancelNext()
    fetching ??= run()
    return fetching
  }

  return {
    watch: onKeys => {
      watchers.add(onKeys)
      if (keys !== null) tell(onKeys, keys)
      if (watchers.size === 1) void start()
    },
    unwatch: onKeys => {
      watchers.delete(onKeys)
      if (watchers.size === 0) cancelNext()
      return watchers.size > 0
    },
    refresh: () => fetching ?? (mayRefresh() ? start() : Promise.resolve()),
    close: () => {
      closed = true
      watchers.clear()
      cancelNext()
      current?.abort()
    },
  }
}

/** When four fifths of its time are over, give or take a twentieth, so that gateways do not all ask at once. */
const freshMs = ({ refreshMs }: RemoteKeysSpec, random: number): number =>
  Math.max(1000, refreshMs * (0.75 + 0.1 * random))

/** One second after the first failure, then twice as long each time, up to a minute; give or take a tenth. */
const backoffMs = (failures: number, random: number): number =>
  Math.min(60_000, 1000 * 2 ** Math.min(failures - 1, 16)) * (0.9 + 0.2 * random)
