import { endianness } from 'node:os'
import type { SlotOwner } from '../key-slots.ts'
import { COUNTER, type LimitMemory } from './limit-memory.ts'

/**
 * What belongs to a slot of the limit table besides its tag.
 *
 * - The state, 64 bits: 53 of the algorithm's (limit-math.ts), above them how much of its limit is used (4 bits) and the
 *   slot's life (7). Written in one piece by compare-and-swap, read in one piece.
 * - The expiry, 32 bits: since when the state means nothing, in steps of 2 s, and the life it was written in.
 *
 * The life changes whenever the slot goes to another key. So the state of a new life differs from all of the one before,
 * whatever the algorithm put there, and a thread that still has the old key in mind fails to swap; and an expiry of
 * another life is known to be none.
 */
export interface LimitCells extends SlotOwner {
  /** Reads a slot; what it holds is in `seen` until the next call. */
  read(slot: number, at: number): Seen
  /** Moves the expiry to `until` at least, in the life that was seen. False: someone else moved it. */
  keepUntil(slot: number, seen: Seen, until: number): boolean
  /** Replaces the state that was seen. False: it is not that any more. */
  replace(slot: number, seen: Seen, state: number, share: number): boolean
  /** Whether the slot is in the life that was seen. */
  sameLife(slot: number, seen: Seen): boolean
}

export interface Seen {
  /** 0 if it is stale. */
  state: number
  low: number
  high: number
  expiry: number
}

const STEP_MS = 2000
const EXPIRY_LIFE_BITS = 6
const EXPIRY_LIFE = 2 ** EXPIRY_LIFE_BITS - 1
const LAST_STEP = 2 ** (32 - EXPIRY_LIFE_BITS) - 1

const TOP_SHIFT = 21
const SHARE_BITS = 4
const SHARE = 2 ** SHARE_BITS - 1
const LIFE = 127
const STATE_HIGH = 2 ** TOP_SHIFT - 1
const WORD = 2 ** 32

const LOW = endianness() === 'LE' ? 0 : 1
const HIGH = 1 - LOW

/**
 * Four slots are a row of 64 bytes: 4 tags, 4 expiries, 4 states. All of a slot comes into the CPU's cache at once, and
 * nearly every key is in the first row that is looked at.
 */
export const ROW_BITS = 2
export const STRIDE_BITS = 4
const ROW = 2 ** ROW_BITS
const EXPIRIES = ROW
const STATES = 2 * ROW

const lifeOf = (high: number): number => high >>> (TOP_SHIFT + SHARE_BITS)
const shareOf = (high: number): number => (high >>> TOP_SHIFT) & SHARE

/** Rounded down, so that with `expiryStep` at least 2 s are left: the clocks of two threads may be apart that far. */
const stepAt = (at: number): number => Math.min(LAST_STEP, Math.floor(at / STEP_MS))
/** After 4 years without a restart nothing expires any more; then the least used states make room for others. */
const expiryStep = (until: number): number => Math.min(LAST_STEP, Math.ceil(until / STEP_MS))

const stepOf = (expiry: number): number => expiry >>> EXPIRY_LIFE_BITS
const isOfLife = (expiry: number, high: number): boolean => ((expiry ^ lifeOf(high)) & EXPIRY_LIFE) === 0

export const limitCells = ({ table, counters }: LimitMemory): LimitCells => {
  const words = new Int32Array(table)
  const longs = new BigInt64Array(table)
  const counted = new Int32Array(counters)
  // Two numbers of 64 bits, seen as four of 32: BigInts by arithmetic would be several times slower.
  const scratch = new ArrayBuffer(16)
  const halves = new Int32Array(scratch)
  const pair = new BigInt64Array(scratch)
  const seen: Seen = { state: 0, low: 0, high: 0, expiry: 0 }

  const baseOf = (slot: number): number => (slot >> ROW_BITS) << STRIDE_BITS
  const placeOf = (slot: number): number => slot & (ROW - 1)
  const expiryAt = (slot: number): number => baseOf(slot) + EXPIRIES + placeOf(slot)
  const longAt = (slot: number): number => ((baseOf(slot) + STATES) >> 1) + placeOf(slot)
  const highAt = (slot: number): number => 2 * longAt(slot) + HIGH

  const swap = (at: number, low: number, high: number, newLow: number, newHigh: number): boolean => {
    halves[LOW] = low
    halves[HIGH] = high
    halves[2 + LOW] = newLow
    halves[2 + HIGH] = newHigh
    const expected = pair[0]!
    return Atomics.compareExchange(longs, at, expected, pair[1]!) === expected
  }

  return {
    read(slot, at) {
      pair[0] = Atomics.load(longs, longAt(slot))
      seen.low = halves[LOW]!
      seen.high = halves[HIGH]!
      seen.expiry = Atomics.load(words, expiryAt(slot))
      const stale = isOfLife(seen.expiry, seen.high) && stepAt(at) > stepOf(seen.expiry)
      seen.state = stale ? 0 : (seen.high & STATE_HIGH) * WORD + (seen.low >>> 0)
      return seen
    },
    keepUntil(slot, { expiry, high }, until) {
      const step = expiryStep(until)
      if (isOfLife(expiry, high) && stepOf(expiry) >= step) return true
      const wanted = (step << EXPIRY_LIFE_BITS) | (lifeOf(high) & EXPIRY_LIFE)
      return Atomics.compareExchange(words, expiryAt(slot), expiry, wanted) === expiry
    },
    replace(slot, { low, high }, state, share) {
      const top = (high & (LIFE << (TOP_SHIFT + SHARE_BITS))) | (share << TOP_SHIFT)
      return swap(longAt(slot), low, high, state | 0, top | Math.floor(state / WORD))
    },
    sameLife: (slot, { high }) => lifeOf(Atomics.load(words, highAt(slot))) === lifeOf(high),
    idle(slot, at) {
      const expiry = Atomics.load(words, expiryAt(slot))
      return isOfLife(expiry, Atomics.load(words, highAt(slot))) && stepAt(at) > stepOf(expiry)
    },
    // By how much of a limit would be given anew, and only then for how long it counts: else whoever names himself anew
    // under a limit by the day would push out those who have used up one by the minute.
    worth(slot, at) {
      const expiry = Atomics.load(words, expiryAt(slot))
      const high = Atomics.load(words, highAt(slot))
      return isOfLife(expiry, high) ? shareOf(high) * (LAST_STEP + 1) + stepOf(expiry) - stepAt(at) + 1 : 0
    },
    reset(slot, mark, life) {
      const at = longAt(slot)
      const tag = baseOf(slot) + placeOf(slot)
      for (;;) {
        pair[0] = Atomics.load(longs, at)
        const low = halves[LOW]!
        const high = halves[HIGH]!
        if (Atomics.load(words, tag) !== mark) return
        if (swap(at, low, high, 0, (life & LIFE) << (TOP_SHIFT + SHARE_BITS))) return
      }
    },
    evicted: () => void Atomics.add(counted, COUNTER.evicted, 1),
  }
}
