import type { RevocationOrder, RevocationsAdmin } from '../admin/revocations.ts'
import type { KeySets } from '../core/key-sets.ts'
import type { Clock, Log, Meter } from '../core/ports.ts'
import type { createKeySetKeeper } from '../policies/key-set/key-set-keeper.ts'
import type { GatewaySpec } from '../spec/spec.ts'
import { untrackedLeases } from '../store/lease-store.ts'
import { evictedKeys } from '../store/limits/limit-memory.ts'
import type { RedisMain } from '../store/redis/redis-main.ts'
import { type RevocationWriter, revocationWriter } from '../store/revocations.ts'
import { clearWorker, createSharedMemory, mainSign, type SharedMemory, sharedCell } from '../store/shared-memory.ts'
import type { SharedCounts } from '../telemetry/process-samples.ts'

/** What the main thread keeps for all workers: the memory they share, the keys of issuers, the link across machines. */
export interface Commons {
  readonly shared: SharedMemory
  /** Loaded when they are first asked for. */
  keySets(): Promise<KeySets>
  readonly revocations: RevocationsAdmin
  counts(): SharedCounts
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
  const across = state.kind === 'memory' ? undefined : await connect(state, shared, writer, { clock, log })

  const revoke = async ({ kind, value, until }: RevocationOrder): Promise<void> => {
    if (!writer.revoke(kind, value, until)) throw new Error('There is no room for more revocations.')
    await across?.revoke(kind, value, until).catch(notYet)
  }
  const reinstate = async ({ kind, value }: RevocationOrder): Promise<void> => {
    writer.reinstate(kind, value)
    await across?.reinstate(kind, value).catch(onlyHere)
  }

  return {
    shared,
    keySets: async () => {
      const { createKeySetKeeper } = await import('../policies/key-set/key-set-keeper.ts')
      keeper ??= createKeySetKeeper({ clock, log, meter })
      return keeper
    },
    revocations: { count: () => writer.size(), revoke, reinstate },
    counts: () => ({
      revocations: writer.size(),
      evictedKeys: evictedKeys(shared.limits),
      untrackedLeases: untrackedLeases(shared.leases),
    }),
    clearWorker: worker => clearWorker(shared, worker),
    close: async () => {
      keeper?.close()
      await across?.close()
    },
  }
}

const notYet = (): never => {
  throw new Error('It is in force on this machine only, since Redis is away; others are told when Redis is back.')
}

const onlyHere = (): never => {
  throw new Error('It is in force on this machine only, since Redis is away; send it again when Redis is back.')
}

type RedisSpec = Extract<GatewaySpec['state'], { kind: 'redis' }>

/** Resolves when it is known whether Redis is there, so that the first requests are not counted without it. */
const connect = async (
  state: RedisSpec,
  shared: SharedMemory,
  writer: RevocationWriter,
  ports: Pick<CommonsOptions, 'clock' | 'log'>,
): Promise<RedisMain> => {
  const { loadRedisDriver } = await import('../store/redis/redis-driver.ts')
  const { redisMain } = await import('../store/redis/redis-main.ts')
  const driver = await loadRedisDriver()
  const main = redisMain({
    ...ports,
    driver: Promise.resolve(driver),
    state,
    writer,
    instances: sharedCell(shared, 'instances'),
    directoryVersion: sharedCell(shared, 'directory'),
    sign: mainSign(shared),
  })
  await main.ready
  return main
}
