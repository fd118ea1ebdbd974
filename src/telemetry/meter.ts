import type { Counter, Gauge, Histogram, Labels, Meter } from '../core/ports.ts'
import { bucketOf, cleanMs } from './buckets.ts'
import { columnOf, type MetricLayout, type Place } from './layout.ts'
import { findPlace } from './series-index.ts'
import { fingerprint, type MetricKind } from './series-key.ts'
import { holdersOf } from './tenant.ts'

const NO_COUNTER: Counter = { add: () => {} }
const NO_GAUGE: Gauge = { add: () => {}, total: () => 0 }
const NO_HISTOGRAM: Histogram = { observe: () => {} }

/** A Meter that counts nothing, for tests and for running without metrics. */
export const NO_METER: Meter = {
  counter: () => NO_COUNTER,
  gauge: () => NO_GAUGE,
  histogram: () => NO_HISTOGRAM,
}

/**
 * The writing side, one per worker. Looking a series up is a hash and a probe; what it returns writes to this worker's
 * own column. Only one thread may use a column at a time.
 */
export const createMeter = (layout: MetricLayout, worker: number): Meter => {
  const index = new Int32Array(layout.index)
  const own = layout.segments.map(segment => columnOf(segment, worker))
  const find = (kind: MetricKind, name: string, labels?: Labels): Place | undefined => {
    const place = findPlace(index, fingerprint(name, labels))
    // The index grows after this layout was made, into segments that are not in it.
    return place?.kind === kind && place.segment < own.length ? place : undefined
  }
  const gaugeIn = ({ segment, slot }: Place): Gauge => {
    const { gauges, gaugeStride } = layout.segments[segment]!
    return gaugeAt(new Int32Array(gauges), gaugeStride, slot, worker)
  }
  return {
    counter(name, labels) {
      const place = find('counter', name, labels)
      return place ? counterAt(own[place.segment]!.cells, place.slot) : NO_COUNTER
    },
    histogram(name, labels) {
      const place = find('histogram', name, labels)
      return place ? histogramAt(own[place.segment]!.cells, place.slot) : NO_HISTOGRAM
    },
    gauge(name, labels) {
      const place = find('gauge', name, labels)
      return place ? gaugeIn(place) : NO_GAUGE
    },
    hold(service, target) {
      const { name, labels } = holdersOf(service, target)
      for (let place = find('gauge', name, labels); place; ) {
        const holders = gaugeIn(place)
        holders.add(1)
        // The main thread takes series out of the index first, and looks who holds them then.
        const now = find('gauge', name, labels)
        if (now?.segment === place.segment && now.slot === place.slot) return () => holders.add(-1)
        holders.add(-1)
        place = now
      }
      return null
    },
  }
}

const counterAt = (cells: Float64Array, slot: number): Counter => ({
  add(n) {
    cells[slot]! += n
  },
})

const histogramAt = (cells: Float64Array, slot: number): Histogram => {
  const counts = slot + 1
  return {
    observe(ms) {
      const time = cleanMs(ms)
      cells[slot]! += time
      cells[counts + bucketOf(time)]! += 1
    },
  }
}

/** Atomic, because limits of other workers depend on what `total` sees. */
const gaugeAt = (columns: Int32Array, stride: number, slot: number, worker: number): Gauge => {
  const own = worker * stride + slot
  return {
    add(n) {
      Atomics.add(columns, own, n)
    },
    total() {
      let sum = 0
      for (let at = slot; at < columns.length; at += stride) sum += Atomics.load(columns, at)
      return sum
    },
  }
}
