import type { RevocationOrder, RevocationsAdmin } from '../admin/revocations.ts'
import type { KeySets } from '../core/key-sets.ts'
import type { Clock, Log, Meter } from '../core/ports.ts'
import type { createKeySetKeeper } from '../policies/key-set-keeper.ts'
import type { GatewaySpec } from '../spec/spec.ts'
import { clearLeases } from '../store/lease-store.ts'
import { revocationWriter } from '../store/revocations.ts'
import { createSharedMemory, type SharedMemory, sharedCell } from '../store/shared-memory.ts'

/** What the main thread keeps for all workers: the memory they share, the keys of issuers, the link across machines. */
export interface Commons {
  readonly shared: SharedMemory
  /** Loaded when they are first asked for. */
  keySets(): Promise<KeySets>
  readonly revocations: RevocationsAdmin
  /** What a worker that died had under way is not under way any more. */
  clearWorker(worker: number): void
  close(): Promise<void>
}

export interface CommonsOptions {
  readonly spec: GatewaySpec
  readonly clock: Clock
  readonly log: Log
  readonly meter: Meter
}

/** Rejects with one sentence when the store across machines cannot be loaded. */
export const createCommons = async ({ spec, clock, log, meter }: CommonsOptions): Promise<Commons> => {
  const { state, workers } = spec
  const shared = createSharedMemory({ workers, keys: state.keys, wall: clock.wall() })
  const writer = revocationWriter(shared.revocations, clock)
  let keeper: ReturnType<typeof createKeySetKeeper> | undefined
  const across =
    state.kind === 'memory'
      ? undefined
      : (await import('../store/redis-main.ts')).redisMain({
          state,
          writer,
          instances: sharedCell(shared, 'instances'),
          directoryVersion: sharedCell(shared, 'directory'),
          clock,
          log,
        })

  const revoke = async ({ kind, value, until }: RevocationOrder): Promise<void> => {
    if (!writer.revoke(kind, value, until)) throw new Error('There is no room for more revocations.')
    await across?.revoke(kind, value, until)
  }
  const reinstate = async ({ kind, value }: RevocationOrder): Promise<void> => {
    writer.reinstate(kind, value)
    await across?.reinstate(kind, value)
  }

  return {
    shared,
    keySets: async () => {
      const { createKeySetKeeper } = await import('../policies/key-set-keeper.ts')
      keeper ??= createKeySetKeeper({ clock, log, meter })
      return keeper
    },
    revocations: { count: () => writer.size(), revoke, reinstate },
    clearWorker: worker => clearLeases(shared.leases, worker),
    close: async () => {
      keeper?.close()
      await across?.close()
    },
  }
}
