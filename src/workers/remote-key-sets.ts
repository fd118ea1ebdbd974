import type { KeySets } from '../core/key-sets.ts'
import type { JwkSpec } from '../spec/spec-auth.ts'
import type { KeyAnswer, KeyRequest } from './messages.ts'

/** A worker's key sets: the main thread fetches them, once for all workers. */
export interface RemoteKeySets extends KeySets {
  /** What the main thread said about keys. */
  receive(answer: KeyAnswer): void
}

type OnKeys = (keys: readonly JwkSpec[]) => void

interface Watched {
  readonly listeners: Set<OnKeys>
  keys: readonly JwkSpec[] | null
  heard: number
}

export const createRemoteKeySets = (post: (request: KeyRequest) => void): RemoteKeySets => {
  const watched = new Map<string, Watched>()
  const waiting = new Map<number, () => void>()
  let asks = 0

  return {
    watch(source, onKeys) {
      const name = JSON.stringify(source)
      let entry = watched.get(name)
      if (entry === undefined) {
        entry = { listeners: new Set(), keys: null, heard: 0 }
        watched.set(name, entry)
        post({ type: 'watch-keys', source })
      }
      const { listeners, keys } = entry
      listeners.add(onKeys)
      if (keys !== null) onKeys(keys)
      return () => {
        if (!listeners.delete(onKeys) || listeners.size > 0) return
        watched.delete(name)
        post({ type: 'unwatch-keys', source })
      }
    },
    refresh: source =>
      new Promise(resolve => {
        const ask = ++asks
        waiting.set(ask, resolve)
        post({ type: 'refresh-keys', source, ask, heard: watched.get(JSON.stringify(source))?.heard ?? 0 })
      }),
    receive(answer) {
      if (answer.type === 'keys-refreshed') {
        waiting.get(answer.ask)?.()
        waiting.delete(answer.ask)
        return
      }
      const entry = watched.get(answer.source)
      if (entry === undefined) return
      entry.keys = answer.keys
      entry.heard++
      for (const onKeys of entry.listeners) onKeys(answer.keys)
    },
  }
}
