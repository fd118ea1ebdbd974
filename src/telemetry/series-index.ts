import type { Place } from './layout.ts'
import type { Fingerprint, MetricKind } from './series-key.ts'

/**
 * An open-addressed hash table from fingerprint to place, in integers only, so that a worker gets it as shared memory
 * instead of a structured clone of every name. Entries: two hashes, segment + 1 (0: empty), slot and kind.
 */
const ENTRY_INTS = 4
const KINDS: readonly MetricKind[] = ['counter', 'gauge', 'histogram']
const FIRST_ENTRIES = 256

/** The table while series are added; belongs to the main thread. */
export interface SeriesIndex {
  find(series: Fingerprint): Place | undefined
  /** The caller has looked that it is new. */
  add(series: Fingerprint, place: Place): void
  /**
   * The table itself, for workers: entries are only ever added, whole, so that one who looks at the same time finds what
   * was there. A copy for each new target would be megabytes of which threads with little to do hold many.
   */
  share(): SharedArrayBuffer
}

export const createSeriesIndex = (): SeriesIndex => {
  let table = emptyTable(FIRST_ENTRIES * ENTRY_INTS)
  let size = 0
  return {
    find: series => findPlace(table, series),
    add(series, place) {
      // At most half full: a probe ends soon, and that a series is missing is noticed soon.
      if (++size * 2 * ENTRY_INTS > table.length) table = doubled(table)
      const at = probe(table, series)
      table[at] = series.a
      table[at + 1] = series.b
      table[at + 3] = place.slot * KINDS.length + KINDS.indexOf(place.kind)
      // Last: from now on it counts.
      Atomics.store(table, at + 2, place.segment + 1)
    },
    share: () => table.buffer,
  }
}

const emptyTable = (ints: number): Int32Array<SharedArrayBuffer> =>
  new Int32Array(new SharedArrayBuffer(ints * Int32Array.BYTES_PER_ELEMENT))

/** Undefined when the main thread did not foresee the series. */
export const findPlace = (table: Int32Array, series: Fingerprint): Place | undefined => {
  const at = probe(table, series)
  const segment = table[at + 2]! - 1
  if (segment < 0) return undefined
  const packed = table[at + 3]!
  return { kind: KINDS[packed % KINDS.length]!, segment, slot: Math.floor(packed / KINDS.length) }
}

/** Where the series is, or the empty entry where it belongs. */
const probe = (table: Int32Array, { a, b }: Fingerprint): number => {
  let at = (a & (table.length / ENTRY_INTS - 1)) * ENTRY_INTS
  while (table[at + 2] !== 0 && (table[at] !== a || table[at + 1] !== b)) at = (at + ENTRY_INTS) % table.length
  return at
}

const doubled = (table: Int32Array): Int32Array<SharedArrayBuffer> => {
  const larger = emptyTable(table.length * 2)
  for (let at = 0; at < table.length; at += ENTRY_INTS) {
    if (table[at + 2] === 0) continue
    larger.set(table.subarray(at, at + ENTRY_INTS), probe(larger, { a: table[at]!, b: table[at + 1]! }))
  }
  return larger
}
