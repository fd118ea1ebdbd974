import type { KeySets } from '../core/key-sets.ts'
import type { LimitStore } from '../core/limits.ts'
import type { Clock, Log, Meter } from '../core/ports.ts'
import type { KeyDirectory } from '../core/revocations.ts'
import type { Provisions } from '../core/serving.ts'
import type { GatewaySpec } from '../spec/spec.ts'
import { concurrencyStore } from '../store/lease-store.ts'
import { localLimitStore } from '../store/limits/limit-store.ts'
import { revocationsOf } from '../store/revocations.ts'
import { connectionSign, type SharedMemory, sharedCell } from '../store/shared-memory.ts'
import { createTypedModules, type TypedModules } from './typed-modules.ts'

export interface ProviderOptions {
  readonly clock: Clock
  readonly log: Log
  readonly worker: number
  readonly shared: SharedMemory
  readonly keySets: KeySets
  /** The code of configurations, where it is to be had otherwise than by evaluating their files in this thread. */
  readonly modules?: TypedModules
}

export interface Provider {
  /** All but the targets: those the main thread keeps. Rejects with one sentence where code of the Spec fails. */
  provisionsOf(spec: GatewaySpec, meter: Meter): Promise<Omit<Provisions, 'fleet'>>
  /** Lets go of the shared store, where there is one. */
  close(): Promise<void>
}

/**
 * What one worker serves with: the stores behind the ports of core/, each made once and kept over all generations, since
 * where state lives cannot change without a restart. A store across machines is loaded and connected to when a Spec first
 * needs it.
 */
export const createProvider = ({ clock, log, worker, shared, keySets, ...options }: ProviderOptions): Provider => {
  const local = localLimitStore(shared.limits, clock)
  const concurrency = concurrencyStore(shared.leases, worker)
  const revocations = revocationsOf(shared.revocations)
  const closing: (() => Promise<void>)[] = []
  const modules = options.modules ?? createTypedModules(log)
  let limits: LimitStore | undefined
  let directory: KeyDirectory | undefined

  const limitsOf = async ({ state, routes }: GatewaySpec, meter: Meter): Promise<LimitStore> => {
    if (state.kind === 'memory' || !routes.some(route => route.limits.some(limit => limit.kind === 'rate')))
      return local
    if (limits !== undefined) return limits
    const { redisLimitStore } = await import('../store/redis/redis-limit-store.ts')
    const sign = connectionSign(shared, worker, 'limits')
    const store = redisLimitStore({ sign, state, local, instances: sharedCell(shared, 'instances'), clock, log, meter })
    closing.push(store.close)
    limits = store
    // Until it is there, this gateway would count by itself.
    await store.ready
    return store
  }

  const directoryOf = async ({ state, auth }: GatewaySpec, meter: Meter): Promise<KeyDirectory | null> => {
    if (state.kind === 'memory' || auth.every(way => way.kind !== 'apiKey')) return null
    if (directory !== undefined) return directory
    const { redisKeyDirectory } = await import('../store/redis/redis-key-directory.ts')
    const sign = connectionSign(shared, worker, 'directory')
    const store = redisKeyDirectory({ sign, state, version: sharedCell(shared, 'directory'), clock, log, meter })
    closing.push(store.close)
    directory = store
    await store.ready
    return store
  }

  return {
    provisionsOf: async (spec, meter) => {
      // Together: a store that does not answer is waited for once.
      const [limits, directory, typed] = await Promise.all([
        limitsOf(spec, meter),
        directoryOf(spec, meter),
        modules.load(spec, meter),
      ])
      return { meter, limits, concurrency, keySets, revocations, directory, typed }
    },
    close: async () => void (await Promise.all(closing.map(close => close()))),
  }
}
