import { HISTOGRAM_CELLS } from './buckets.ts'
import type { MetricKind } from './series-key.ts'

/**
 * Where every series lives in shared memory. Counters and histograms are float cells, gauges integers; each worker has
 * a column of its own, so that a hot-path write needs no lock and no Atomics. Plain data: it crosses threads by
 * structured clone, which for shared buffers copies nothing, however many series there are.
 */
export interface MetricLayout {
  /** One per worker and a last one for the main thread. */
  readonly columns: number
  readonly segments: readonly Segment[]
  /** Which series is where, see `findPlace`. */
  readonly index: SharedArrayBuffer
}

/** A part of the memory. It never grows or moves, because workers hold views of it; more series go into another one. */
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
