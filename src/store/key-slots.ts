import type { Digest } from './text-hash.ts'

/**
 * Finds room for keys in a table that all threads share, without a lock: a thread may be stopped for good between any
 * two instructions, and nobody waits for it.
 *
 * The table is made of sets of 16 slots; a key may be in any slot of the one set that its hash names, and is put as near
 * behind the one that its hash names as there is room. In front of its set a key may have a near row: few rows that all
 * sets share, so that as many keys as these hold are close together, however large the table is. They are slots of its set
 * like the others: whoever has the same key looks at the same ones. Each slot has a tag word:
 *
 *     empty    0
 *     pending  a number that no other attempt has | 1
 *     live     27 bits of the hash | turn (3 bits) | 2
 *     dying    the same | 3: someone wants to free it
 *
 * **A key is live in one slot at most.** It becomes live like this: (1) an empty slot is made pending; (2) the whole
 * set is read: if the key is there already, the slot is emptied again and the other one used; whatever else is pending
 * in the set is made empty; (3) the slot goes from pending to live, if it still is what (1) wrote. All by
 * compare-and-swap, in one order that all threads agree on. Suppose threads A and B both get through (3) with the same
 * key, and A did (1) before B. When B reads A's slot in (2), A's mark has been there. Either it still is: B removes it
 * and A fails at (3); or B's removal fails, and B reads again. Or the key is live there: B retracts. Or the slot was
 * freed meanwhile: then A's copy is gone before B's comes. The numbers make sure that what (3) finds is A's own mark
 * and not one that a third thread put in the same place.
 *
 * Two threads may remove each other's marks; each then waits for a moment that depends on its number, and tries again.
 * The mark of a dead thread is removed by whoever comes next.
 *
 * **A slot that is used is not freed as if it were idle.** Who frees marks it as dying, and only then looks whether the
 * slot is idle; if it is not, it is made live again. Who uses a slot makes that visible (an expiry, a count) and only
 * then looks at the tag (`holds`): if it finds the slot dying it revives it, and if it is gone, the use did not happen
 * and is repeated elsewhere. One of the two comes later and sees the other. A slot left dying by a dead thread is
 * settled by whoever meets it. The turn changes with every mark, so that a thread which was stopped before the last
 * step does not free the slot in a later life.
 */
export interface KeySlots {
  /** A slot, or -1. May miss a key that is just coming; `insert` does not. */
  find(digest: Digest): number
  /** The key's slot, made live if it was not; -1: nothing in its set may be freed. */
  insert(digest: Digest, at: number): number
  /** Whether the slot still is the key's. To be asked after reading what belongs to the slot, and after using it. */
  holds(slot: number, digest: Digest): boolean
}

/** Whose slots they are. */
export interface SlotOwner {
  /** Nothing is lost if it is freed at `at`. */
  idle(slot: number, at: number): boolean
  /** What would be lost, 0: nothing; the least goes first. Infinity: it must stay. */
  worth(slot: number, at: number): number
  /** Clears a pending slot, for as long as `mine(slot, mark)`. `life` tells it from what the slot was used for before. */
  reset(slot: number, mark: number, life: number): void
  /** A slot was freed that was worth something. */
  evicted(): void
}

export interface SlotLayout {
  readonly tags: Int32Array
  readonly sets: number
  /** How many tags stand in a row, and words from one row to the next; both as a power of two. */
  readonly rowBits: number
  readonly strideBits: number
  /** How many near rows there are, behind all sets: a power of two, or 0. */
  readonly nearRows: number
  /** Where attempts get their numbers. */
  readonly numbers: Int32Array
}

export const WAYS = 16

const EMPTY = 0
const PENDING = 1
const LIVE = 2
const DYING = 3
const STATE = 3
const TURN = 0b11100
const ONE_TURN = 0b100
/** All but the turn. */
const IDENTITY = ~TURN

const liveTag = (digest: Digest): number => (digest.second & ~(TURN | STATE)) | LIVE
const dying = (word: number): number => (word & IDENTITY) | ((word + ONE_TURN) & TURN) | DYING
const revived = (word: number): number => word ^ LIVE ^ DYING

export const keySlots = (layout: SlotLayout, owner: SlotOwner): KeySlots => {
  const { tags, sets, rowBits, strideBits, nearRows, numbers } = layout
  const swap = (at: number, from: number, to: number): boolean => Atomics.compareExchange(tags, at, from, to) === from
  /** The high half of a 32 by 32 bit product: as even as the hash, without a division. */
  const setOf = (digest: Digest): number => ((digest.first >>> 0) * sets * 2 ** -32) | 0
  const rowMask = (1 << rowBits) - 1
  /** Where the key is looked for first in its set: at the start of a row, by bits that are not in the tag. */
  const home = (digest: Digest): number => setOf(digest) * WAYS + (digest.second & (WAYS - 1) & ~rowMask)
  const nearWays = nearRows === 0 ? 0 : 1 << rowBits
  const ways = nearWays + WAYS
  /** The first slot of the near row, by bits that hardly count for the set. */
  const nearOf = (digest: Digest): number => sets * WAYS + ((digest.first & (nearRows - 1)) << rowBits)
  const tagOf = (slot: number): number => ((slot >> rowBits) << strideBits) | (slot & rowMask)
  /** The slots of a key in the order in which they are looked at: `i` from 0 to `ways`. */
  const slotAt = (near: number, first: number, i: number): number =>
    i < nearWays ? near + i : (first & -WAYS) | ((first + i - nearWays) & (WAYS - 1))

  /** Whether the key is live here; revives it. */
  const keeps = (at: number, live: number): boolean => {
    for (;;) {
      const word = Atomics.load(tags, at)
      if ((word & IDENTITY) === live) return true
      if ((word & IDENTITY) !== (live | DYING)) return false
      if (swap(at, word, revived(word))) return true
    }
  }

  /** The second half of freeing, by the thread that began it or by any other. */
  const settle = (at: number, slot: number, word: number, now: number): void => {
    swap(at, word, owner.idle(slot, now) ? EMPTY : revived(word))
  }

  const free = (at: number, slot: number, word: number, now: number): void => {
    const marked = dying(word)
    if (swap(at, word, marked)) settle(at, slot, marked, now)
  }

  /** Whether a slot is empty, or can be made so with no loss. */
  const vacate = (slot: number, now: number): boolean => {
    const at = tagOf(slot)
    const word = Atomics.load(tags, at)
    const state = word & STATE
    if (state === PENDING) swap(at, word, EMPTY)
    else if (state === DYING) settle(at, slot, word, now)
    else if (state === LIVE && owner.idle(slot, now)) free(at, slot, word, now)
    return Atomics.load(tags, at) === EMPTY
  }

  /** Empties one slot of a full set if that is possible at all. False: never try again. */
  const makeRoom = (near: number, first: number, now: number): boolean => {
    let least = Number.POSITIVE_INFINITY
    let leastAt = -1
    let leastWord = 0
    for (let i = 0; i < ways; i++) {
      const slot = slotAt(near, first, i)
      if (vacate(slot, now)) return true
      const at = tagOf(slot)
      const word = Atomics.load(tags, at)
      const worth = (word & STATE) === LIVE ? owner.worth(slot, now) : least
      if (worth >= least) continue
      least = worth
      leastAt = at
      leastWord = word
    }
    if (leastAt === -1) return false
    if (swap(leastAt, leastWord, EMPTY) && least > 0) owner.evicted()
    return true
  }

  /** A slot of the near row that is free, or of no use to anybody any more; -1: there is none. */
  const roomNear = (near: number, now: number): number => {
    for (let slot = near; slot < near + nearWays; slot++) if (vacate(slot, now)) return slot
    return -1
  }

  /** Step (2): the slot where the key is live already, or -1 once nothing else is pending. */
  const clearRivals = (mine: number, live: number, near: number, first: number): number => {
    for (let i = 0; i < ways; i++) {
      const slot = slotAt(near, first, i)
      if (slot === mine) continue
      const at = tagOf(slot)
      let word = Atomics.load(tags, at)
      while ((word & STATE) === PENDING && !swap(at, word, EMPTY)) word = Atomics.load(tags, at)
      if (keeps(at, live)) return slot
    }
    return -1
  }

  const become = (slot: number, live: number, near: number, first: number): number => {
    const at = tagOf(slot)
    const number = Atomics.add(numbers, 0, 1)
    const mark = (number << 2) | PENDING
    if (!swap(at, EMPTY, mark)) return -1
    const twin = clearRivals(slot, live, near, first)
    if (twin !== -1) {
      swap(at, mark, EMPTY)
      return twin
    }
    owner.reset(slot, mark, number)
    if (swap(at, mark, live | ((number * ONE_TURN) & TURN))) return slot
    linger(numbers, number)
    return -1
  }

  return {
    find(digest) {
      const live = liveTag(digest)
      const near = nearOf(digest)
      for (let slot = near; slot < near + nearWays; slot++) {
        if ((tags[tagOf(slot)]! & IDENTITY) === live) return slot
      }
      const first = home(digest)
      for (let i = nearWays; i < ways; i++) {
        const slot = slotAt(near, first, i)
        if ((tags[tagOf(slot)]! & IDENTITY) === live) return slot
      }
      return -1
    },
    insert(digest, now) {
      const live = liveTag(digest)
      const near = nearOf(digest)
      const first = home(digest)
      for (;;) {
        let empty = -1
        for (let i = 0; i < ways; i++) {
          const slot = slotAt(near, first, i)
          const at = tagOf(slot)
          if (keeps(at, live)) return slot
          if (empty === -1 && Atomics.load(tags, at) === EMPTY) empty = slot
        }
        const close = roomNear(near, now)
        if (close !== -1) empty = close
        if (empty === -1) {
          if (!makeRoom(near, first, now)) return -1
          continue
        }
        const slot = become(empty, live, near, first)
        if (slot !== -1) return slot
      }
    },
    holds: (slot, digest) => keeps(tagOf(slot), liveTag(digest)),
  }
}

/** Spins for a moment that is not the same for two attempts. */
const linger = (numbers: Int32Array, number: number): void => {
  for (let spins = Math.imul(number, 0x9e3779b1) >>> 25; spins > 0; spins--) Atomics.load(numbers, 0)
}
