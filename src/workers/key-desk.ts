import type { KeySets } from '../core/key-sets.ts'
import type { KeyRequest, ToWorker } from './messages.ts'

/** Serves the key sets of the main thread to workers, which cannot share objects with it. */
export interface KeyDesk {
  receive(worker: number, request: KeyRequest): void
  /** The worker is gone, and with it what it watched. */
  forget(worker: number): void
}

export const createKeyDesk = (keySets: KeySets, tell: (worker: number, message: ToWorker) => void): KeyDesk => {
  /** By worker and source: how each watch is ended. */
  const watches = new Map<number, Map<string, () => void>>()

  const watchesOf = (worker: number): Map<string, () => void> => {
    const known = watches.get(worker) ?? new Map<string, () => void>()
    watches.set(worker, known)
    return known
  }

  const unwatch = (worker: number, source: string): void => {
    watches.get(worker)?.get(source)?.()
    watches.get(worker)?.delete(source)
  }

  return {
    receive(worker, request) {
      const { source } = request
      const name = JSON.stringify(source)
      if (request.type === 'unwatch-keys') return unwatch(worker, name)
      if (request.type === 'watch-keys') {
        unwatch(worker, name)
        const stop = keySets.watch(source, keys => tell(worker, { type: 'keys', source: name, keys }))
        watchesOf(worker).set(name, stop)
        return
      }
      void keySets.refresh(source).then(() => tell(worker, { type: 'keys-refreshed', ask: request.ask }))
    },
    forget(worker) {
      for (const stop of watches.get(worker)?.values() ?? []) stop()
      watches.delete(worker)
    },
  }
}
