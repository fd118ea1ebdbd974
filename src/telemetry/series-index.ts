import type { Place } from './layout.ts'
import type { Fingerprint, MetricKind } from './series-key.ts'

/**
 * An open-addressed hash table from fingerprint to place, in integers only, so that a worker gets it as shared memory
 * instead of a structured clone of every name. Behind a header, entries: two hashes, segment + 1 (0: empty), slot and
 * kind. The first word of the header is odd while the main thread writes, and another one after it has: who looks
 * something up meanwhile looks again.
 */
const ENTRY_INTS = 4
const HEADER_INTS = ENTRY_INTS
const KINDS: readonly MetricKind[] = ['counter', 'gauge', 'histogram']
const FIRST_ENTRIES = 256

/** The table while series come and go; belongs to the main thread. */
export interface SeriesIndex {
  find(series: Fingerprint): Place | undefined
  /** The caller has looked that it is new. */
  add(series: Fingerprint, place: Place): void
  /** From all tables that were ever shared: whoever looks from now on, however old the layout, finds nothing. */
  remove(series: Fingerprint): void
  /**
   * The table itself, for workers. A copy for each new target would be megabytes of which threads with little to do hold
   * many.
   */
  share(): SharedArrayBuffer
}

export const createSeriesIndex = (): SeriesIndex => {
  let table = emptyTable(FIRST_ENTRIES)
  /** The last one is `table`; all others together are no larger. */
  const tables = [table]
  let size = 0
  return {
    find: series => findPlace(table, series),
    add(series, place) {
      // At most half full: a probe ends soon, and that a series is missing is noticed soon.
      if (++size * 2 > entriesOf(table)) {
        table = doubled(table)
        tables.push(table)
      }
      write(table, () => put(table, probe(table, series), series, place))
    },
    remove(series) {
      if (findPlace(table, series) !== undefined) size--
      for (const each of tables) if (findPlace(each, series) !== undefined) write(each, () => takeOut(each, series))
    },
    share: () => table.buffer,
  }
}

const entriesOf = (table: Int32Array): number => (table.length - HEADER_INTS) / ENTRY_INTS
const wordOf = (entry: number): number => HEADER_INTS + entry * ENTRY_INTS

const emptyTable = (entries: number): Int32Array<SharedArrayBuffer> =>
  new Int32Array(new SharedArrayBuffer((HEADER_INTS + entries * ENTRY_INTS) * Int32Array.BYTES_PER_ELEMENT))

const write = (table: Int32Array, change: () => void): void => {
  Atomics.add(table, 0, 1)
  change()
  Atomics.add(table, 0, 1)
}

/** Undefined when the main thread did not foresee the series, or has given its place back. */
export const findPlace = (table: Int32Array, series: Fingerprint): Place | undefined => {
  for (;;) {
    const version = Atomics.load(table, 0)
    const place = placeAt(table, probe(table, series))
    if (version % 2 === 0 && Atomics.load(table, 0) === version) return place
  }
}

const placeAt = (table: Int32Array, entry: number): Place | undefined => {
  const at = wordOf(entry)
  const segment = Atomics.load(table, at + 2) - 1
  if (segment < 0) return undefined
  const packed = Atomics.load(table, at + 3)
  return { kind: KINDS[packed % KINDS.length]!, segment, slot: Math.floor(packed / KINDS.length) }
}

const put = (table: Int32Array, entry: number, { a, b }: Fingerprint, { kind, segment, slot }: Place): void => {
  const at = wordOf(entry)
  Atomics.store(table, at, a)
  Atomics.store(table, at + 1, b)
  Atomics.store(table, at + 2, segment + 1)
  Atomics.store(table, at + 3, slot * KINDS.length + KINDS.indexOf(kind))
}

/** Where the series is, or the empty entry where it belongs. */
const probe = (table: Int32Array, { a, b }: Fingerprint): number => {
  const mask = entriesOf(table) - 1
  for (let entry = a & mask; ; entry = (entry + 1) & mask) {
    const at = wordOf(entry)
    if (Atomics.load(table, at + 2) === 0) return entry
    if (Atomics.load(table, at) === a && Atomics.load(table, at + 1) === b) return entry
  }
}

/** Those behind it that may move closer to where they belong do (Knuth, 6.4 R): no marks are left that would fill the table. */
const takeOut = (table: Int32Array, series: Fingerprint): void => {
  const mask = entriesOf(table) - 1
  let hole = probe(table, series)
  for (let entry = (hole + 1) & mask; Atomics.load(table, wordOf(entry) + 2) !== 0; entry = (entry + 1) & mask) {
    const home = table[wordOf(entry)]! & mask
    if (((entry - home) & mask) < ((entry - hole) & mask)) continue
    move(table, entry, hole)
    hole = entry
  }
  for (let i = 0; i < ENTRY_INTS; i++) Atomics.store(table, wordOf(hole) + i, 0)
}

const move = (table: Int32Array, from: number, to: number): void => {
  for (let i = 0; i < ENTRY_INTS; i++) Atomics.store(table, wordOf(to) + i, table[wordOf(from) + i]!)
}

const doubled = (table: Int32Array): Int32Array<SharedArrayBuffer> => {
  const entries = entriesOf(table)
  const larger = emptyTable(entries * 2)
  for (let entry = 0; entry < entries; entry++) {
    const place = placeAt(table, entry)
    if (place === undefined) continue
    const series = { a: table[wordOf(entry)]!, b: table[wordOf(entry) + 1]! }
    put(larger, probe(larger, series), series, place)
  }
  return larger
}
