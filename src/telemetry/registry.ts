import type { Labels, Meter } from '../core/ports.ts'
import { createArena } from './arena.ts'
import { BUCKETS } from './buckets.ts'
import { type Column, cellsOf, columnOf, type MetricLayout, type Place } from './layout.ts'
import { createMeter } from './meter.ts'
import type { Sample } from './sample.ts'
import { createSeriesIndex } from './series-index.ts'
import { boundedLabels, type Fingerprint, fingerprint, type SeriesKey } from './series-key.ts'
import { holdersOf, tenantKey, tenantOf } from './tenant.ts'

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
  /**
   * Says which targets there are. The series of one that has been gone for `GONE_MS` are given back, as soon as all its
   * gauges are 0 and no worker holds them (docs/decisions/0017); earlier when others find no room. `now`: ms, any clock.
   */
  retain(targets: Iterable<ListedTarget>, now: number): void
  /** Zeroes the gauges of a worker that died; what it counted stays counted. Call it before a successor starts. */
  clearWorker(worker: number): void
  /** All series in the order they were made, or those with a wanted name. */
  read(wanted?: (name: string) => boolean): Sample[]
  /** The main thread's own column; it sees series of the latest `extend`. Not to be kept: look up, count, forget. */
  readonly meter: Meter
}

export interface ListedTarget {
  readonly service: string
  readonly target: string
}

export interface RegistryOptions {
  readonly workers: number
  /** Series at most, in all; the default holds 10,000 routes. */
  readonly limit?: number
}

interface Kept {
  readonly series: Fingerprint
  readonly name: string
  readonly labels: Labels
  readonly place: Place
  readonly found: boolean
}

/** A target with series. */
interface Tenant {
  readonly kept: Kept[]
  readonly holders: Pick<Kept, 'series' | 'place'>
  /** Since when it is in no list, ms. */
  goneAt: number | undefined
}

const DEFAULT_LIMIT = 100_000
/** Name servers that answer with a few of many addresses make targets come and go; who looks at graphs wants to see the end. */
export const GONE_MS = 600_000

export const createMetrics = ({ workers, limit = DEFAULT_LIMIT }: RegistryOptions): MetricRegistry => {
  const columns = workers + 1
  const kept = new Set<Kept>()
  const tenants = new Map<string, Tenant>()
  const index = createSeriesIndex()
  const arena = createArena(columns)
  let layout: MetricLayout = { columns, segments: [], index: index.share() }
  let meter = createMeter(layout, workers)
  let found = 0
  /** How many series found no room: of the latest configuration, and of targets that were found. */
  let dropped = 0
  const foundDropped = new Map<string, number>()

  // --- series come ---

  const placeOf = ({ name, kind, labels }: SeriesKey): Pick<Kept, 'series' | 'place'> => {
    const series = fingerprint(name, labels)
    const place = arena.place(kind)
    index.add(series, place)
    return { series, place }
  }

  const keep = (key: SeriesKey, isFound: boolean): void => {
    const { service = '', target = '' } = key.labels
    const tenant = tenantOf(key.labels)
    if (tenant !== undefined && !tenants.has(tenant)) {
      tenants.set(tenant, { kept: [], holders: placeOf(holdersOf(service, target)), goneAt: undefined })
    }
    const one = { ...placeOf(key), name: key.name, labels: boundedLabels(key.labels), found: isFound }
    kept.add(one)
    if (isFound) found++
    if (tenant !== undefined) tenants.get(tenant)!.kept.push(one)
  }

  /** Those of them that found no room, of which there is `room()`. */
  const addSome = (series: readonly SeriesKey[], room: () => number, isFound: boolean): readonly SeriesKey[] =>
    series.filter(key => {
      const tenant = tenants.get(tenantOf(key.labels) ?? '')
      if (tenant !== undefined) tenant.goneAt = undefined
      if (index.find(fingerprint(key.name, key.labels))) return false
      if (room() <= 0) return true
      keep(key, isFound)
      return false
    })

  const add = (series: readonly SeriesKey[], room: () => number, isFound: boolean): readonly SeriesKey[] => {
    const before = kept.size
    let left = addSome(series, room, isFound)
    if (left.length > 0) {
      const freed = evict(() => room() >= left.length)
      if (freed) left = addSome(left, room, isFound)
      if (freed || kept.size !== before) refresh()
    } else if (kept.size > before) refresh()
    return left
  }

  const refresh = (): void => {
    layout = { columns, segments: arena.segments(), index: index.share() }
    meter = createMeter(layout, workers)
  }

  // --- and go ---

  const columnsOf = ({ segment }: Place): Column[] =>
    Array.from({ length: columns }, (_, column) => columnOf(layout.segments[segment]!, column))

  const isZero = (place: Place): boolean =>
    columnsOf(place).every(({ gauges }) => Atomics.load(gauges, place.slot) === 0)

  /** Nothing is under way at it, and nobody who could begin anything has its slots. */
  const isUnused = ({ kept, holders }: Tenant): boolean =>
    isZero(holders.place) && kept.every(({ place }) => place.kind !== 'gauge' || isZero(place))

  /** Nobody can begin to hold them any more, and then the look whether anybody does: who came in between is seen (`hold`). */
  const close = (tenant: Tenant): boolean => {
    const { series, place } = tenant.holders
    if (!isUnused(tenant)) return false
    index.remove(series)
    if (isUnused(tenant)) return true
    index.add(series, place)
    return false
  }

  const giveBack = (name: string, tenant: Tenant): boolean => {
    if (!close(tenant)) return false
    for (const each of tenant.kept) {
      index.remove(each.series)
      kept.delete(each)
      if (each.found) found--
      const { place } = each
      const cells = cellsOf(place.kind)
      if (cells > 0) for (const column of columnsOf(place)) column.cells.fill(0, place.slot, place.slot + cells)
      arena.giveBack(place)
    }
    arena.giveBack(tenant.holders.place)
    tenants.delete(name)
    return true
  }

  /** Of targets that are gone, those that went first first. */
  const evict = (isEnough: () => boolean): boolean => {
    let freed = false
    const gone = [...tenants].filter(([, { goneAt }]) => goneAt !== undefined)
    for (const [name, tenant] of gone.sort(([, a], [, b]) => a.goneAt! - b.goneAt!)) {
      if (isEnough()) break
      freed = giveBack(name, tenant) || freed
    }
    return freed
  }

  const roomInAll = (): number => limit - kept.size
  const roomForFound = (): number => Math.min(roomInAll(), Math.floor(limit / 2) - found)

  return {
    extend(series) {
      dropped = add(series, roomInAll, false).length
      return layout
    },
    extendFound(series) {
      for (const { labels } of series) foundDropped.delete(tenantOf(labels) ?? '')
      for (const { labels } of add(series, roomForFound, true)) {
        const name = tenantOf(labels) ?? ''
        foundDropped.set(name, (foundDropped.get(name) ?? 0) + 1)
      }
      return layout
    },
    retain(targets, now) {
      const listed = new Set(Array.from(targets, ({ service, target }) => tenantKey(service, target)))
      for (const [name, tenant] of tenants) {
        tenant.goneAt = listed.has(name) ? undefined : (tenant.goneAt ?? now)
        if (tenant.goneAt !== undefined && now - tenant.goneAt >= GONE_MS) giveBack(name, tenant)
      }
      for (const name of foundDropped.keys()) if (!listed.has(name)) foundDropped.delete(name)
    },
    clearWorker(worker) {
      for (const segment of layout.segments) columnOf(segment, worker).gauges.fill(0)
    },
    read: wanted => {
      if (wanted !== undefined)
        return readSeries(
          [...kept].filter(({ name }) => wanted(name)),
          layout,
        )
      const value = [...foundDropped.values()].reduce((sum, left) => sum + left, dropped)
      return [...readSeries([...kept], layout), { kind: 'gauge', name: 'sallyport_series_dropped', labels: {}, value }]
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
