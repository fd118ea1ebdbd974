import { urlLabel } from '../../base/url-label.ts'
import type { KeySets } from '../../core/key-sets.ts'
import type { Clock, Log, Meter } from '../../core/ports.ts'
import type { RemoteKeysSpec } from '../../spec/spec-auth.ts'
import type { FetchPort } from './key-set-download.ts'
import { type KeySetSource, keySetSource, type OnKeys } from './key-set-source.ts'
import { type After, systemAfter } from './key-set-timer.ts'

export interface KeySetKeeperOptions {
  readonly clock: Clock
  readonly log: Log
  readonly meter: Meter
  /** The global `fetch` unless given. */
  readonly fetch?: FetchPort
  /** Timers that do not keep the process alive unless given. */
  readonly after?: After
  /** `Math.random` unless given. */
  readonly random?: () => number
}

/**
 * So long a set is kept that nobody watches: the one worker may have died, and the issuer be down as the next one
 * starts.
 */
const LINGER_MS = 300_000

/** The key sets of all issuers, in one thread for all workers. `close` ends every fetch and every timer. */
export const createKeySetKeeper = (options: KeySetKeeperOptions): KeySets & { close(): void } => {
  const { clock, log, meter, fetch = globalThis.fetch, after = systemAfter, random = Math.random } = options
  const sources = new Map<string, KeySetSource>()
  const lingering = new Map<string, () => void>()

  const open = (spec: RemoteKeysSpec): KeySetSource => {
    const source = urlLabel(spec.url)
    const counter = (result: string) => meter.counter('sallyport_key_set_fetches_total', { source, result })
    const counters = { ok: counter('ok'), failed: counter('failed') }
    return keySetSource(spec, source, counters, { clock, log, fetch, after, random })
  }

  const linger = (id: string, source: KeySetSource): void => {
    const cancel = after(LINGER_MS, () => {
      lingering.delete(id)
      sources.delete(id)
      source.close()
    })
    lingering.set(id, cancel)
  }

  const unlinger = (id: string): void => {
    lingering.get(id)?.()
    lingering.delete(id)
  }

  return {
    watch: (spec, onKeys) => {
      const id = idOf(spec)
      const source = sources.get(id) ?? open(spec)
      sources.set(id, source)
      unlinger(id)
      // A function of its own: the same one may watch twice.
      const watcher: OnKeys = keys => onKeys(keys)
      source.watch(watcher)
      let watching = true
      return () => {
        if (watching && !source.unwatch(watcher) && sources.get(id) === source) linger(id, source)
        watching = false
      }
    },
    refresh: spec => sources.get(idOf(spec))?.refresh() ?? Promise.resolve(),
    close: () => {
      for (const cancel of lingering.values()) cancel()
      for (const source of sources.values()) source.close()
      lingering.clear()
      sources.clear()
    },
  }
}

/** All that changes what is fetched and when. */
const idOf = ({ url, discover, allowHttp, refreshMs, timeoutMs }: RemoteKeysSpec): string =>
  JSON.stringify([url, discover, allowHttp, refreshMs, timeoutMs])
