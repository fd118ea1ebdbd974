import { WAYS } from '../key-slots.ts'
import { monotonicMs } from '../shared-time.ts'
import { type HashKey, randomHashKey } from '../text-hash.ts'

/**
 * Where limits are counted, by all threads: plain data that crosses threads by structured clone, which copies nothing of
 * it. Made once by the main thread, and again never: whoever is counted in it stays counted over reloads and deaths.
 */
export interface LimitMemory {
  readonly sets: number
  /** Rows that all sets share, see key-slots.ts. */
  readonly nearRows: number
  /** Sets of 256 bytes, in four rows: 4 tags, 4 expiries, 4 states of 64 bits. Behind them the near rows. */
  readonly table: SharedArrayBuffer
  /** See `COUNTER`. */
  readonly counters: SharedArrayBuffer
  readonly hashKey: HashKey
  /** What the shared clock said when the table was made; times in the table are counted from a little before. */
  readonly startedAt: number
  /** The wall clock at time 0 of the table: to it windows are aligned. */
  readonly wallAtStart: number
}

export const COUNTER = { numbers: 0, evicted: 1 } as const

/** At that many slots for a key, one of a million keys finds its set full: 4.6 keys in 16 slots on average. */
const SLOTS_PER_KEY = 3.5
const BYTES_PER_SLOT = 16

/**
 * 256 KB in front of a large table. A thousand keys scattered over 56 MB are each in a page of memory of their own, which the
 * CPU does not find by itself (its TLB): that was half of what a limit cost.
 */
const NEAR_ROWS = 4096
const SLOTS_PER_ROW = 4
/** A table that is not much larger than that is close together by itself. */
const nearRowsFor = (sets: number): number => (sets > NEAR_ROWS * 4 ? NEAR_ROWS : 0)

/** Time 0 is nobody's: a state of 0 is in the past for every rule. */
export const HEAD_START_MS = 10_000

/** `keys`: how many are counted at once, at 56 bytes each. `wall`: now, milliseconds since the epoch. */
export const createLimitMemory = (
  keys: number,
  wall: number,
  now: number = monotonicMs(),
  hashKey: HashKey = randomHashKey(),
  near?: number,
): LimitMemory => {
  const sets = Math.max(1, Math.ceil((keys * SLOTS_PER_KEY) / WAYS))
  const nearRows = near ?? nearRowsFor(sets)
  return {
    sets,
    nearRows,
    table: new SharedArrayBuffer((sets * WAYS + nearRows * SLOTS_PER_ROW) * BYTES_PER_SLOT),
    counters: new SharedArrayBuffer(64),
    hashKey,
    startedAt: now,
    wallAtStart: wall - HEAD_START_MS,
  }
}

/** How many keys were forgotten though they still counted: above 0, the table is too small for its traffic. */
export const evictedKeys = ({ counters }: LimitMemory): number =>
  Atomics.load(new Int32Array(counters), COUNTER.evicted) >>> 0
