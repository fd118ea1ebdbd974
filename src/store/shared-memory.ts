import { clearLeases, createLeaseMemory, type LeaseMemory } from './lease-store.ts'
import { createLimitMemory, type LimitMemory } from './limits/limit-memory.ts'
import { type AwaySign, awaySign, createAwayMemory } from './redis/away-sign.ts'
import { createRevocationMemory, type RevocationMemory } from './revocations.ts'

/**
 * What all threads of a gateway count in and look up: shared memory, made once by the main thread, since it must outlive
 * every worker and every reload. Pages that nobody wrote to take no room.
 */
export interface SharedMemory {
  readonly limits: LimitMemory
  readonly leases: LeaseMemory
  readonly revocations: RevocationMemory
  /** Single numbers, one writer each: the main thread. */
  readonly cells: SharedArrayBuffer
  /** Which connections to a store across machines are lost, see `awaySign`. */
  readonly away: Int32Array
}

export interface SharedMemoryOptions {
  readonly workers: number
  /** Limit keys at once. */
  readonly keys: number
  /** Now, ms since the epoch: what windows are aligned to. */
  readonly wall: number
}

export const createSharedMemory = ({ workers, keys, wall }: SharedMemoryOptions): SharedMemory => ({
  limits: createLimitMemory(keys, wall),
  leases: createLeaseMemory(workers, LEASE_KEYS),
  revocations: createRevocationMemory(),
  cells: new SharedArrayBuffer(CELLS.length * Int32Array.BYTES_PER_ELEMENT),
  away: createAwayMemory(1 + 2 * workers),
})

/** Keys with something in flight at once. */
const LEASE_KEYS = 65_536

/** How many gateways share the store across machines; the version of its directory of keys. */
const CELLS = ['instances', 'directory'] as const

export const sharedCell = ({ cells }: SharedMemory, name: (typeof CELLS)[number]): Int32Array =>
  new Int32Array(cells, CELLS.indexOf(name) * Int32Array.BYTES_PER_ELEMENT, 1)

/** The connection of the main thread, or one of a worker. */
export const connectionSign = ({ away }: SharedMemory, worker: number, use: 'limits' | 'directory'): AwaySign =>
  awaySign(away, 1 + 2 * worker + (use === 'limits' ? 0 : 1))
export const mainSign = ({ away }: SharedMemory): AwaySign => awaySign(away, 0)

/** A worker died: what it had under way is not under way any more, and it has no connections. */
export const clearWorker = (shared: SharedMemory, worker: number): void => {
  clearLeases(shared.leases, worker)
  connectionSign(shared, worker, 'limits').lower()
  connectionSign(shared, worker, 'directory').lower()
}
