import type { Meter } from '../core/ports.ts'
import { BUCKETS } from './buckets.ts'
import {
  type Column,
  cellsOf,
  columnOf,
  createSegment,
  indexPlaces,
  type MetricLayout,
  type Place,
  type Segment,
} from './layout.ts'
import { createMeter } from './meter.ts'
import type { Sample } from './sample.ts'
import { boundedLabels, type SeriesKey, seriesId } from './series-key.ts'

/** The main thread's side of the metrics: makes slots, reads them, outlives workers and reloads. */
export interface MetricRegistry {
  /**
   * Makes room for series that are new and returns where everything is. Known series keep their slot and their counts.
   * Series beyond the bound are left out and show in `sallyport_series_dropped`.
   */
  extend(series: readonly SeriesKey[]): MetricLayout
  /** Zeroes the gauges of a worker that died; what it counted stays counted. Call it before a successor starts. */
  clearWorker(worker: number): void
  /** All series in the order they were made. */
  read(): Sample[]
  /** The main thread's own column; it sees series of the latest `extend`. */
  readonly meter: Meter
}

export interface RegistryOptions {
  readonly workers: number
  /** Series at most, in all; the default holds 10,000 routes. */
  readonly limit?: number
}

interface Kept extends Place {
  readonly key: SeriesKey
}

const DEFAULT_LIMIT = 100_000
/** Room a segment has at least: small reloads fill it up before the next one is made. */
const SPARE_CELLS = 512
const SPARE_GAUGES = 64

export const createMetrics = ({ workers, limit = DEFAULT_LIMIT }: RegistryOptions): MetricRegistry => {
  const columns = workers + 1
  const kept = new Map<string, Kept>()
  const arena = createArena(columns)
  let layout: MetricLayout = { columns, segments: [], index: indexPlaces(kept) }
  let meter = createMeter(layout, workers)
  let dropped = 0

  const keep = (fresh: ReadonlyMap<string, SeriesKey>): void => {
    const place = arena.reserve([...fresh.values()])
    for (const [id, key] of fresh) kept.set(id, { key, ...place(key) })
    layout = { columns, segments: arena.segments(), index: indexPlaces(kept) }
    meter = createMeter(layout, workers)
  }

  return {
    extend(series) {
      const fresh = new Map<string, SeriesKey>()
      const missing = new Set<string>()
      for (const { name, kind, labels } of series) {
        const id = seriesId(name, labels)
        if (kept.has(id)) continue
        if (kept.size + fresh.size < limit) fresh.set(id, { name, kind, labels: boundedLabels(labels) })
        else if (!fresh.has(id)) missing.add(id)
      }
      dropped = missing.size
      if (fresh.size > 0) keep(fresh)
      return layout
    },
    clearWorker(worker) {
      for (const segment of layout.segments) columnOf(segment, worker).gauges.fill(0)
    },
    read: () => [
      ...readSeries(kept.values(), layout),
      { kind: 'gauge', name: 'sallyport_series_dropped', labels: {}, value: dropped },
    ],
    meter: {
      counter: (name, labels) => meter.counter(name, labels),
      gauge: (name, labels) => meter.gauge(name, labels),
      histogram: (name, labels) => meter.histogram(name, labels),
    },
  }
}

/** Hands out slots; series that come together share a segment, the open one if they fit. */
const createArena = (columns: number) => {
  const segments: Segment[] = []
  let cellsUsed = 0
  let gaugesUsed = 0

  const open = (cells: number, gauges: number): void => {
    const last = segments.at(-1)
    if (last && cellsUsed + cells <= last.cellStride && gaugesUsed + gauges <= last.gaugeStride) return
    segments.push(createSegment(columns, Math.max(cells, SPARE_CELLS), Math.max(gauges, SPARE_GAUGES)))
    cellsUsed = 0
    gaugesUsed = 0
  }

  const place = ({ kind }: SeriesKey): Place => {
    const segment = segments.length - 1
    if (kind === 'gauge') return { kind, segment, slot: gaugesUsed++ }
    const slot = cellsUsed
    cellsUsed += cellsOf(kind)
    return { kind, segment, slot }
  }

  return {
    segments: () => [...segments],
    reserve(series: readonly SeriesKey[]) {
      const cells = series.reduce((sum, key) => sum + cellsOf(key.kind), 0)
      open(cells, series.filter(key => key.kind === 'gauge').length)
      return place
    },
  }
}

const readSeries = (series: Iterable<Kept>, layout: MetricLayout): Sample[] => {
  const columns = layout.segments.map(segment =>
    Array.from({ length: layout.columns }, (_, column) => columnOf(segment, column)),
  )
  return Array.from(series, each => readOne(each, columns[each.segment]!))
}

const readOne = ({ key: { name, labels }, kind, slot }: Kept, columns: readonly Column[]): Sample => {
  if (kind === 'gauge') {
    const value = columns.reduce((sum, { gauges }) => sum + Atomics.load(gauges, slot), 0)
    return { kind, name, labels, value }
  }
  const cell = (at: number): number => columns.reduce((sum, { cells }) => sum + cells[at]!, 0)
  if (kind === 'counter') return { kind, name, labels, value: cell(slot) }
  const counts = Array.from({ length: BUCKETS }, (_, bucket) => cell(slot + 1 + bucket))
  return { kind, name, labels, sumMs: cell(slot), counts }
}
