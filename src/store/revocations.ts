import type { Clock } from '../core/ports.ts'
import type { RevocationKind, Revocations } from '../core/revocations.ts'
import { WAYS } from './key-slots.ts'
import { type Digest, type HashKey, type HashStart, hashStart, hashText, randomHashKey } from './text-hash.ts'

/**
 * The list of what is revoked, written by the main thread and read by all. Plain data; crosses threads by structured
 * clone.
 *
 * A value may be in any of the 16 slots of the one set that its hash names, so that a look-up reads one cache line
 * and nothing has to be moved or marked when an entry goes. A slot is a tag (31 bits of the hash; 0: free), the other
 * 32 bits, and when it ends.
 */
export interface RevocationMemory {
  readonly sets: number
  readonly capacity: number
  readonly tags: SharedArrayBuffer
  readonly rests: SharedArrayBuffer
  readonly ends: SharedArrayBuffer
  readonly counters: SharedArrayBuffer
  readonly hashKey: HashKey
}

/** `entries` counts taken slots, expired ones included: while it is 0, nobody need hash anything. */
const COUNTER = { version: 0, entries: 1 } as const

/** Four in 16 slots on average: among all sets of a list of 65,536, one in 150 lists has a set that is full. */
const SLOTS_PER_ENTRY = 4

export const createRevocationMemory = (capacity = 65_536, hashKey: HashKey = randomHashKey()): RevocationMemory => {
  const sets = Math.max(1, Math.ceil((capacity * SLOTS_PER_ENTRY) / WAYS))
  const words = (): SharedArrayBuffer => new SharedArrayBuffer(sets * WAYS * Int32Array.BYTES_PER_ELEMENT)
  const ends = new SharedArrayBuffer(sets * WAYS * Float64Array.BYTES_PER_ELEMENT)
  return { sets, capacity, tags: words(), rests: words(), ends, counters: new SharedArrayBuffer(64), hashKey }
}

const FREE = 0
const NOT_FREE = 1

interface Places {
  readonly tags: Int32Array
  readonly rests: Int32Array
  readonly counters: Int32Array
  /** The first slot of the set in which the value would be; its hash is in `digest` then. */
  locate(kind: RevocationKind, value: string): number
  readonly digest: Digest
  /** Its slot, or -1. */
  find(base: number): number
}

const placesOf = ({ tags: tagBuffer, rests: restBuffer, counters, sets, hashKey }: RevocationMemory): Places => {
  const tags = new Int32Array(tagBuffer)
  const rests = new Int32Array(restBuffer)
  const starts: Readonly<Record<RevocationKind, HashStart>> = {
    jti: hashStart(hashKey, 'jti'),
    sub: hashStart(hashKey, 'sub'),
    key: hashStart(hashKey, 'key'),
  }
  const digest: Digest = { first: 0, second: 0 }
  return {
    tags,
    rests,
    counters: new Int32Array(counters),
    digest,
    locate(kind, value) {
      hashText(starts[kind], value, digest)
      return Math.floor((digest.first >>> 0) * sets * 2 ** -32) * WAYS
    },
    find(base) {
      const tag = digest.second | NOT_FREE
      for (let slot = base; slot < base + WAYS; slot++)
        if (Atomics.load(tags, slot) === tag && Atomics.load(rests, slot) === digest.first) return slot
      return -1
    },
  }
}

/**
 * Reads while the writer writes. An entry's tag is written last and removed first, so a value that was revoked before
 * the reader began is found; one that is being written is found or not, and the version changes afterwards. To see a
 * revocation that never was, a reader would have to meet a slot that changes hands, and read the tag of one value and
 * the rest of another that together are the hash of a third: a chance of 2^-63 that nobody can better without the key.
 *
 * Expired entries still count, until their slots are needed: what they were about has expired as well.
 */
export const revocationsOf = (memory: RevocationMemory): Revocations => {
  const { counters, locate, find } = placesOf(memory)
  return {
    version: () => Atomics.load(counters, COUNTER.version),
    isRevoked: (kind, value) => Atomics.load(counters, COUNTER.entries) > 0 && find(locate(kind, value)) !== -1,
  }
}

export interface RevocationWriter {
  /** Until when, ms since the epoch: no longer than what is revoked would be valid. False: there is no room. */
  revoke(kind: RevocationKind, value: string, untilWall: number): boolean
  /** False: it was not revoked. */
  reinstate(kind: RevocationKind, value: string): boolean
  clear(): void
  /** How many are revoked and not expired. */
  size(): number
}

/** For one thread only, the main thread: that there is one writer is what readers rely on. */
export const revocationWriter = (memory: RevocationMemory, clock: Clock): RevocationWriter => {
  const { tags, rests, counters, digest, locate, find } = placesOf(memory)
  const ends = new Float64Array(memory.ends)

  const changed = (): void => void Atomics.add(counters, COUNTER.version, 1)
  const isExpired = (slot: number): boolean => ends[slot]! <= clock.wall()
  const free = (slot: number): void => {
    Atomics.store(tags, slot, FREE)
    Atomics.sub(counters, COUNTER.entries, 1)
  }
  const sweep = (): void => {
    for (let slot = 0; slot < tags.length; slot++) if (tags[slot] !== FREE && isExpired(slot)) free(slot)
  }
  /** A slot to write to, emptied if something expired was in it; -1: none. */
  const room = (base: number): number => {
    if (Atomics.load(counters, COUNTER.entries) >= memory.capacity) sweep()
    if (Atomics.load(counters, COUNTER.entries) >= memory.capacity) return -1
    for (let slot = base; slot < base + WAYS; slot++) {
      if (tags[slot] !== FREE && isExpired(slot)) free(slot)
      if (tags[slot] === FREE) return slot
    }
    return -1
  }

  return {
    revoke(kind, value, untilWall) {
      const base = locate(kind, value)
      const known = find(base)
      const slot = known === -1 ? room(base) : known
      if (slot === -1) return false
      ends[slot] = known === -1 ? untilWall : Math.max(ends[slot]!, untilWall)
      if (known !== -1) return true
      // Counted first: a reader that sees the entry must not be told that there is none.
      Atomics.add(counters, COUNTER.entries, 1)
      Atomics.store(rests, slot, digest.first)
      Atomics.store(tags, slot, digest.second | NOT_FREE)
      changed()
      return true
    },
    reinstate(kind, value) {
      const slot = find(locate(kind, value))
      if (slot === -1) return false
      free(slot)
      changed()
      return true
    },
    clear() {
      for (let slot = 0; slot < tags.length; slot++) Atomics.store(tags, slot, FREE)
      Atomics.store(counters, COUNTER.entries, 0)
      changed()
    },
    size() {
      let count = 0
      for (let slot = 0; slot < tags.length; slot++) if (tags[slot] !== FREE && !isExpired(slot)) count++
      return count
    },
  }
}
