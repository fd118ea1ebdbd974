import { keySlots } from '../key-slots.ts'
import type { Digest } from '../text-hash.ts'
import { limitCells, ROW_BITS, type Seen, STRIDE_BITS } from './limit-cells.ts'
import type { LimitMath } from './limit-math.ts'
import { COUNTER, type LimitMemory } from './limit-memory.ts'

/**
 * The states of all keys, in memory that all threads share. What was admitted is what one thread would have admitted in
 * some order, the same for all: a key is live in one slot (key-slots.ts), and its state changes by compare-and-swap
 * only, which puts the decisions about it in a row. That holds as long as no state is evicted that still counts.
 *
 * A decision is made in this order, on which all depends:
 *
 * 1. The state and the expiry are read, then the tag: what was read belongs to the key. (If the slot went to another
 *    key and came back in between, its life has changed, and step 4 fails.)
 * 2. A refusal ends here: it is true at the moment of reading.
 * 3. The expiry is raised, so that who wants to free the slot sees that it is in use.
 * 4. The state is swapped.
 * 5. The tag is read again: if the slot was freed, then perhaps before 3, and what was taken is lost with it. It was
 *    not taken, and is taken again elsewhere. If the slot still is the key's, nobody freed it and nobody will without
 *    seeing the expiry.
 *
 * A thread that dies between 3 and 4 has prolonged a slot, between 4 and 5 has taken for a request that nobody answers.
 */
export interface LimitTable {
  /** Takes if the rule allows it; the state afterwards is in `state`. A cost of 0 only looks. */
  take(digest: Digest, math: LimitMath, at: number, cost: number): boolean
  charge(digest: Digest, math: LimitMath, at: number, cost: number): void
  /** The state of a key, 0 if it has none. */
  peek(digest: Digest, at: number): number
  /** What the last `take` saw or left. */
  readonly state: number
}

const REFUSED = -1

export const limitTable = (memory: LimitMemory): LimitTable => {
  const cells = limitCells(memory)
  const slots = keySlots(
    {
      tags: new Int32Array(memory.table),
      sets: memory.sets,
      rowBits: ROW_BITS,
      strideBits: STRIDE_BITS,
      nearRows: memory.nearRows,
      numbers: new Int32Array(memory.counters, COUNTER.numbers * Int32Array.BYTES_PER_ELEMENT),
    },
    cells,
  )
  /** Steps 3 to 5. */
  const put = (slot: number, digest: Digest, seen: Seen, math: LimitMath, at: number, next: number): boolean =>
    cells.keepUntil(slot, seen, math.staleAt(next, at)) &&
    cells.replace(slot, seen, next, math.share(next, at)) &&
    slots.holds(slot, digest) &&
    cells.sameLife(slot, seen)

  // A field and no accessor: that would make the table an object whose every function is looked up by name.
  const table: LimitTable & { state: number } = {
    state: 0,
    take(digest, math, at, cost) {
      for (;;) {
        let slot = slots.find(digest)
        if (slot === -1) {
          // What takes nothing leaves no trace: it would be one more state to keep.
          table.state = 0
          if (cost === 0) return true
          if (math.take(0, at, cost) === REFUSED) return false
          slot = slots.insert(digest, at)
        }
        const seen = cells.read(slot, at)
        if (!slots.holds(slot, digest)) continue
        const next = math.take(seen.state, at, cost)
        table.state = seen.state
        if (next === REFUSED) return false
        if (cost === 0) return true
        if (!put(slot, digest, seen, math, at, next)) continue
        table.state = next
        return true
      }
    },
    charge(digest, math, at, cost) {
      for (;;) {
        let slot = slots.find(digest)
        if (slot === -1) {
          if (cost <= 0) return
          slot = slots.insert(digest, at)
        }
        const seen = cells.read(slot, at)
        if (!slots.holds(slot, digest)) continue
        const next = math.charge(seen.state, at, cost)
        if (next === seen.state || put(slot, digest, seen, math, at, next)) return
      }
    },
    peek(digest, at) {
      for (;;) {
        const slot = slots.find(digest)
        if (slot === -1) return 0
        const { state } = cells.read(slot, at)
        if (slots.holds(slot, digest)) return state
      }
    },
  }
  return table
}
