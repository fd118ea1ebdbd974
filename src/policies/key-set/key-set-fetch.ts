import type { JwkSpec, RemoteKeysSpec } from '../../spec/spec-auth.ts'
import { discoverKeySet } from './key-set-discovery.ts'
import { readKeySet } from './key-set-document.ts'
import { DownloadFailure, download, type FetchPort } from './key-set-download.ts'
import type { After } from './key-set-timer.ts'

/** A key set on its way. */
export interface KeySetFetch {
  /** Rejects with a DownloadFailure, after `timeoutMs` at the latest. */
  readonly keys: Promise<readonly JwkSpec[]>
  abort(): void
}

/** Metadata and keys together must come in the one time. */
export const fetchKeySet = (spec: RemoteKeysSpec, fetch: FetchPort, after: After): KeySetFetch => {
  const controller = new AbortController()
  // A race, as the other side of the port need not listen to the signal.
  const { promise: ended, reject: end } = Promise.withResolvers<never>()
  const stop = (reason: string): void => {
    end(new DownloadFailure(reason))
    controller.abort()
  }
  const cancel = after(spec.timeoutMs, () => stop('it was too slow'))
  const keys = Promise.race([fetchKeys(spec, fetch, controller.signal), ended])
    .catch(error => {
      throw error instanceof DownloadFailure ? error : new DownloadFailure(`the connection failed${codeOf(error)}`)
    })
    .finally(cancel)
  return { keys, abort: () => stop('it was given up') }
}

const fetchKeys = async (spec: RemoteKeysSpec, fetch: FetchPort, signal: AbortSignal): Promise<readonly JwkSpec[]> => {
  const get = (url: string): Promise<Uint8Array> => download(url, { fetch, signal, allowHttp: spec.allowHttp })
  const url = spec.discover ? await discoverKeySet(spec.url, get) : spec.url
  const found = readKeySet(await get(url))
  if (found === undefined) throw new DownloadFailure('its document is not a set of keys that can be used')
  return found
}

/** `fetch` says what happened in the cause; its messages may hold the URL, and that a secret. */
const codeOf = (error: unknown): string => {
  const cause = error instanceof Error ? error.cause : undefined
  const code = cause instanceof Error && 'code' in cause ? cause.code : undefined
  return typeof code === 'string' && /^[A-Z0-9_]{1,60}$/.test(code) ? ` (${code})` : ''
}
