import type { ConcurrencyStore } from '../core/limits.ts'
import { keySlots, type SlotOwner, WAYS } from './key-slots.ts'
import { type Digest, type HashKey, type HashStart, hashStart, hashText, randomHashKey } from './text-hash.ts'

/**
 * Who is in flight, by key, over all workers: one column a worker, so that what a dead worker had in flight can be
 * taken off in one go. Plain data; crosses threads by structured clone.
 */
export interface LeaseMemory {
  readonly sets: number
  readonly workers: number
  readonly tags: SharedArrayBuffer
  /** For each slot one number per worker. */
  readonly columns: SharedArrayBuffer
  readonly counters: SharedArrayBuffer
  readonly hashKey: HashKey
}

const COUNTER = { numbers: 0, untracked: 1 } as const
/** With half of the slots in use, one set in 270 is full; see `enter` for what happens then. */
const SLOTS_PER_KEY = 2
/** A set is one row: 64 bytes, which come into the CPU's cache together. */
const ROW_BITS = 4

export const createLeaseMemory = (workers: number, keys: number, hashKey: HashKey = randomHashKey()): LeaseMemory => {
  const sets = Math.max(1, Math.ceil((keys * SLOTS_PER_KEY) / WAYS))
  return {
    sets,
    workers,
    tags: new SharedArrayBuffer(sets * WAYS * Int32Array.BYTES_PER_ELEMENT),
    columns: new SharedArrayBuffer(sets * WAYS * workers * Int32Array.BYTES_PER_ELEMENT),
    counters: new SharedArrayBuffer(64),
    hashKey,
  }
}

/** What a dead worker had in flight is no more. Called by the main thread before another takes its place. */
export const clearLeases = ({ columns, workers }: LeaseMemory, worker: number): void => {
  const counts = new Int32Array(columns)
  for (let at = worker; at < counts.length; at += workers) Atomics.store(counts, at, 0)
}

/** How often somebody was let in without being counted: above 0, there are too few keys. */
export const untrackedLeases = ({ counters }: LeaseMemory): number =>
  Atomics.load(new Int32Array(counters), COUNTER.untracked) >>> 0

const REFUSED = -1

/**
 * Counting is adding to one's own column and then reading all of them. Two workers that come for the last place at once
 * may both see the other and both be refused; they are never both admitted, since the one that adds later reads both.
 *
 * A slot in which nothing is in flight may go to another key. As key-slots.ts has it: who enters adds first and looks
 * at the tag then, who frees marks the tag first and adds up then, so that one of them sees the other.
 */
export const concurrencyStore = (memory: LeaseMemory, worker: number): ConcurrencyStore => {
  const { sets, workers } = memory
  const counts = new Int32Array(memory.columns)
  const counters = new Int32Array(memory.counters)
  const starts = new Map<string, HashStart>()
  const digest: Digest = { first: 0, second: 0 }
  const untracked = sets * WAYS

  const inFlight = (slot: number): number => {
    let sum = 0
    for (let at = slot * workers, end = at + workers; at < end; at++) sum += Atomics.load(counts, at)
    return sum
  }
  const owner: SlotOwner = {
    idle: slot => inFlight(slot) === 0,
    worth: () => Number.POSITIVE_INFINITY,
    // Nothing to clear: a slot is empty because nothing was in flight in it.
    reset() {},
    evicted() {},
  }
  const layout = {
    tags: new Int32Array(memory.tags),
    sets,
    rowBits: ROW_BITS,
    strideBits: ROW_BITS,
    nearRows: 0,
    numbers: counters,
  }
  const slots = keySlots(layout, owner)

  const add = (slot: number, change: number): void => void Atomics.add(counts, slot * workers + worker, change)
  const startOf = (scope: string): HashStart => {
    let start = starts.get(scope)
    if (start === undefined) {
      if (starts.size >= MOST_SCOPES) starts.clear()
      start = hashStart(memory.hashKey, scope)
      starts.set(scope, start)
    }
    return start
  }

  return {
    enter({ id, max }, key) {
      hashText(startOf(id), key, digest)
      for (;;) {
        let slot = slots.find(digest)
        if (slot === -1) slot = slots.insert(digest, 0)
        if (slot === -1) {
          // All 16 slots have requests in flight, which takes about as many keys in flight as the table was made for.
          // Refusing would let whoever opens many connections lock out others; so this one is let in, and counted.
          Atomics.add(counters, COUNTER.untracked, 1)
          return max > 0 ? untracked : REFUSED
        }
        add(slot, 1)
        if (!slots.holds(slot, digest)) {
          add(slot, -1)
          continue
        }
        if (inFlight(slot) <= max) return slot
        add(slot, -1)
        return REFUSED
      }
    },
    leave(lease) {
      if (lease < 0 || lease >= untracked) return
      // Only this worker writes here. At 0 the lease was given back before, or the main thread has cleared the column.
      if (Atomics.load(counts, lease * workers + worker) > 0) add(lease, -1)
    },
  }
}

/** Rules come from configurations: more than this only if it is reloaded a thousand times with others. */
const MOST_SCOPES = 4096
