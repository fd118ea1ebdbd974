import type { Labels, Meter } from '../core/ports.ts'
import { createArena } from './arena.ts'
import { BUCKETS } from './buckets.ts'
import { type Column, columnOf, type MetricLayout, type Place } from './layout.ts'
import { createMeter } from './meter.ts'
import type { Sample } from './sample.ts'
import { createSeriesIndex } from './series-index.ts'
import { boundedLabels, type Fingerprint, fingerprint, type SeriesKey } from './series-key.ts'

/** The main thread's side of the metrics: makes slots, reads them, outlives workers and reloads. */
export interface MetricRegistry {
  /**
   * Makes room for series that are new and returns where everything is. Known series keep their slot and their counts.
   * Series beyond the bound are left out and show in `sallyport_series_dropped`.
   */
  extend(series: readonly SeriesKey[]): MetricLayout
  /**
   * The same for targets that were found, whose addresses may be new ones for years: they have at most half of the room,
   * so that routes of later configurations have theirs.
   */
  extendFound(series: readonly SeriesKey[]): MetricLayout
  /** Zeroes the gauges of a worker that died; what it counted stays counted. Call it before a successor starts. */
  clearWorker(worker: number): void
  /** All series in the order they were made, or those with a wanted name. */
  read(wanted?: (name: string) => boolean): Sample[]
  /** The main thread's own column; it sees series of the latest `extend`. */
  readonly meter: Meter
}

export interface RegistryOptions {
  readonly workers: number
  /** Series at most, in all; the default holds 10,000 routes. */
  readonly limit?: number
}

interface Kept {
  readonly name: string
  readonly labels: Labels
  readonly place: Place
}

const DEFAULT_LIMIT = 100_000

export const createMetrics = ({ workers, limit = DEFAULT_LIMIT }: RegistryOptions): MetricRegistry => {
  const columns = workers + 1
  const kept: Kept[] = []
  const index = createSeriesIndex()
  const arena = createArena(columns)
  let layout: MetricLayout = { columns, segments: [], index: index.share() }
  let meter = createMeter(layout, workers)
  let dropped = 0
  let found = 0
  let foundDropped = 0

  const keep = ({ name, kind, labels }: SeriesKey, series: Fingerprint): void => {
    const place = arena.place(kind)
    index.add(series, place)
    kept.push({ name, labels: boundedLabels(labels), place })
  }

  /** How many found no room, when there may be so many in all. */
  const add = (series: readonly SeriesKey[], most: number): number => {
    const before = kept.length
    let left = 0
    for (const key of series) {
      const id = fingerprint(key.name, key.labels)
      if (index.find(id)) continue
      if (kept.length < most) keep(key, id)
      else left++
    }
    if (kept.length > before) {
      layout = { columns, segments: arena.segments(), index: index.share() }
      meter = createMeter(layout, workers)
    }
    return left
  }

  return {
    extend(series) {
      dropped = add(series, limit)
      return layout
    },
    extendFound(series) {
      const before = kept.length
      const left = add(series, Math.min(limit, before + Math.floor(limit / 2) - found))
      found += kept.length - before
      foundDropped = Math.max(foundDropped, left)
      return layout
    },
    clearWorker(worker) {
      for (const segment of layout.segments) columnOf(segment, worker).gauges.fill(0)
    },
    read: wanted => {
      if (wanted !== undefined)
        return readSeries(
          kept.filter(({ name }) => wanted(name)),
          layout,
        )
      return [
        ...readSeries(kept, layout),
        { kind: 'gauge', name: 'sallyport_series_dropped', labels: {}, value: dropped + foundDropped },
      ]
    },
    meter: {
      counter: (name, labels) => meter.counter(name, labels),
      gauge: (name, labels) => meter.gauge(name, labels),
      histogram: (name, labels) => meter.histogram(name, labels),
    },
  }
}

const readSeries = (series: readonly Kept[], layout: MetricLayout): Sample[] => {
  const columns = layout.segments.map(segment =>
    Array.from({ length: layout.columns }, (_, column) => columnOf(segment, column)),
  )
  return series.map(each => readOne(each, columns[each.place.segment]!))
}

const readOne = ({ name, labels, place: { kind, slot } }: Kept, columns: readonly Column[]): Sample => {
  if (kind === 'gauge') {
    const value = columns.reduce((sum, { gauges }) => sum + Atomics.load(gauges, slot), 0)
    return { kind, name, labels, value }
  }
  const cell = (at: number): number => columns.reduce((sum, { cells }) => sum + cells[at]!, 0)
  if (kind === 'counter') return { kind, name, labels, value: cell(slot) }
  const counts = Array.from({ length: BUCKETS }, (_, bucket) => cell(slot + 1 + bucket))
  return { kind, name, labels, sumMs: cell(slot), counts }
}
