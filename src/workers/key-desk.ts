import type { KeySets } from '../core/key-sets.ts'
import type { KeyRequest, ToWorker } from './messages.ts'

/** Serves the key sets of the main thread to workers, which cannot share objects with it. */
export interface KeyDesk {
  receive(worker: number, request: KeyRequest): void
  /** The worker is gone, and with it what it watched. */
  forget(worker: number): void
}

/** `load`: called when a worker first asks; a gateway without issuers has no use for it. */
export const createKeyDesk = (
  load: () => Promise<KeySets>,
  tell: (worker: number, message: ToWorker) => void,
): KeyDesk => {
  /** By worker and source. */
  const watches = new Map<number, Map<string, Watch>>()
  let loading: Promise<KeySets> | undefined

  const watchesOf = (worker: number): Map<string, Watch> => {
    const known = watches.get(worker) ?? new Map<string, Watch>()
    watches.set(worker, known)
    return known
  }

  const unwatch = (worker: number, source: string): void => {
    watches.get(worker)?.get(source)?.stop()
    watches.get(worker)?.delete(source)
  }

  const serve = (keySets: KeySets, worker: number, request: KeyRequest): void => {
    const { source } = request
    const name = JSON.stringify(source)
    if (request.type !== 'refresh-keys') unwatch(worker, name)
    if (request.type === 'watch-keys') {
      const watch: Watch = { told: 0, stop: () => {} }
      watchesOf(worker).set(name, watch)
      watch.stop = keySets.watch(source, keys => {
        watch.told++
        tell(worker, { type: 'keys', source: name, keys })
      })
    } else if (request.type === 'refresh-keys') {
      const done = (): void => tell(worker, { type: 'keys-refreshed', ask: request.ask })
      // Keys are on their way to the worker already, and will be there before this answer.
      if ((watches.get(worker)?.get(name)?.told ?? 0) > request.heard) done()
      else void keySets.refresh(source).then(done)
    }
  }

  return {
    receive(worker, request) {
      loading ??= load()
      // In the order they came, since all wait for the same promise.
      void loading.then(keySets => serve(keySets, worker, request))
    },
    forget(worker) {
      void loading?.then(() => {
        for (const watch of watches.get(worker)?.values() ?? []) watch.stop()
        watches.delete(worker)
      })
    },
  }
}

interface Watch {
  /** How often the worker was told of keys. */
  told: number
  stop(): void
}
