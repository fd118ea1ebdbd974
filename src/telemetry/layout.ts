import { HISTOGRAM_CELLS } from './buckets.ts'
import { fingerprint, type MetricKind } from './series-key.ts'

/**
 * Where every series lives in shared memory. Counters and histograms are float cells, gauges integers; each worker has
 * a column of its own, so that a hot-path write needs no lock and no Atomics. Plain data: it crosses threads by
 * structured clone, which for shared buffers copies nothing, however many series there are.
 */
export interface MetricLayout {
  /** One per worker and a last one for the main thread. */
  readonly columns: number
  readonly segments: readonly Segment[]
  /** Open-addressed hash table from series to place; built anew when series are added, never edited. */
  readonly index: SharedArrayBuffer
}

/** Series that were added together. A segment never grows or moves: workers hold views of it. */
export interface Segment {
  readonly cells: SharedArrayBuffer
  readonly gauges: SharedArrayBuffer
  /** Cells per column, a multiple of a cache line. */
  readonly cellStride: number
  readonly gaugeStride: number
}

export interface Place {
  readonly kind: MetricKind
  readonly segment: number
  /** Cell or gauge within the column. */
  readonly slot: number
}

export interface Column {
  readonly cells: Float64Array
  readonly gauges: Int32Array
}

const CACHE_LINE = 64
const KINDS: readonly MetricKind[] = ['counter', 'gauge', 'histogram']
/** Two hashes, segment + 1 (0: empty), slot and kind. */
const ENTRY_INTS = 4

export const cellsOf = (kind: MetricKind): number =>
  kind === 'histogram' ? HISTOGRAM_CELLS : kind === 'counter' ? 1 : 0

const roundUp = (count: number, step: number): number => Math.ceil(count / step) * step

/** Whole cache lines per column: two workers never write the same line. */
export const createSegment = (columns: number, cells: number, gauges: number): Segment => {
  const cellStride = roundUp(cells, CACHE_LINE / Float64Array.BYTES_PER_ELEMENT)
  const gaugeStride = roundUp(gauges, CACHE_LINE / Int32Array.BYTES_PER_ELEMENT)
  return {
    cells: new SharedArrayBuffer(columns * cellStride * Float64Array.BYTES_PER_ELEMENT),
    gauges: new SharedArrayBuffer(columns * gaugeStride * Int32Array.BYTES_PER_ELEMENT),
    cellStride,
    gaugeStride,
  }
}

export const columnOf = ({ cells, gauges, cellStride, gaugeStride }: Segment, column: number): Column => ({
  cells: new Float64Array(cells, column * cellStride * Float64Array.BYTES_PER_ELEMENT, cellStride),
  gauges: new Int32Array(gauges, column * gaugeStride * Int32Array.BYTES_PER_ELEMENT, gaugeStride),
})

/** At most half full, so that a probe ends soon and a missing series is noticed soon. */
export const indexPlaces = (places: ReadonlyMap<string, Place>): SharedArrayBuffer => {
  const entries = 2 ** Math.ceil(Math.log2(Math.max(16, places.size * 2)))
  const index = new Int32Array(new SharedArrayBuffer(entries * ENTRY_INTS * Int32Array.BYTES_PER_ELEMENT))
  for (const [id, place] of places) {
    const { a, b } = fingerprint(id)
    let at = (a & (entries - 1)) * ENTRY_INTS
    while (index[at + 2] !== 0) at = (at + ENTRY_INTS) % index.length
    index[at] = a
    index[at + 1] = b
    index[at + 2] = place.segment + 1
    index[at + 3] = place.slot * KINDS.length + KINDS.indexOf(place.kind)
  }
  return index.buffer as SharedArrayBuffer
}

/** Undefined when the main thread did not foresee the series, or made it of another kind. */
export const findPlace = (index: Int32Array, id: string, kind: MetricKind): Place | undefined => {
  const { a, b } = fingerprint(id)
  let at = (a & (index.length / ENTRY_INTS - 1)) * ENTRY_INTS
  while (index[at + 2] !== 0) {
    if (index[at] === a && index[at + 1] === b) return placeAt(index, at, kind)
    at = (at + ENTRY_INTS) % index.length
  }
  return undefined
}

const placeAt = (index: Int32Array, at: number, kind: MetricKind): Place | undefined => {
  const packed = index[at + 3]!
  if (KINDS[packed % KINDS.length] !== kind) return undefined
  return { kind, segment: index[at + 2]! - 1, slot: Math.floor(packed / KINDS.length) }
}
