import type { JwkSpec, RemoteKeysSpec } from '../spec/spec-auth.ts'

/**
 * Key sets of issuers, fetched by one thread for all workers: cached, refreshed ahead of expiry, kept while the issuer
 * is down.
 */
export interface KeySets {
  /**
   * Tells of the set whenever it changed, the first time as soon as there is one (maybe before this returns). Ends with
   * the function it returns.
   */
  watch(source: RemoteKeysSpec, onKeys: (keys: readonly JwkSpec[]) => void): () => void
  /**
   * A token names a key that is not in the set, or there is no set yet: fetch again, unless that was done too often of
   * late. Resolves, never rejects, when the fetch is over and watchers were told, or at once when it is too soon.
   */
  refresh(source: RemoteKeysSpec): Promise<void>
}
