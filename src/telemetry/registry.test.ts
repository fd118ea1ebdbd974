import assert from 'node:assert/strict'
import { test } from 'node:test'
import { createMeter } from './meter.ts'
import { createMetrics, type MetricRegistry } from './registry.ts'
import type { Sample } from './sample.ts'
import type { MetricKind, SeriesKey } from './series-key.ts'

const series = (kind: MetricKind, name: string, labels = {}): SeriesKey => ({ kind, name, labels })
const REQUESTS = series('counter', 'requests', { route: 'a' })
const OPEN = series('gauge', 'open')
const TIME = series('histogram', 'time')

const sampleOf = (metrics: MetricRegistry, name: string, labels: Record<string, string> = {}): Sample | undefined =>
  metrics
    .read()
    .find(
      sample =>
        sample.name === name && Object.entries(labels).every(([label, value]) => sample.labels[label] === value),
    )

const read = (metrics: MetricRegistry, name: string, labels: Record<string, string> = {}): number => {
  const sample = sampleOf(metrics, name, labels)
  assert.ok(sample && sample.kind !== 'histogram', `no value ${name}`)
  return sample.value
}

test('counters, gauges and histograms of all workers are summed', () => {
  const metrics = createMetrics({ workers: 3 })
  const layout = metrics.extend([REQUESTS, OPEN, TIME])
  const meters = [0, 1, 2].map(worker => createMeter(layout, worker))
  meters.forEach((meter, worker) => {
    meter.counter('requests', { route: 'a' }).add(worker + 1)
    meter.gauge('open').add(10)
    meter.histogram('time').observe(worker === 0 ? 0.2 : 40_000)
  })
  meters[1]!.gauge('open').add(-4)
  metrics.meter.counter('requests', { route: 'a' }).add(100)

  assert.equal(read(metrics, 'requests'), 106)
  assert.equal(read(metrics, 'open'), 26)
  assert.equal(meters[2]!.gauge('open').total(), 26)
  const time = sampleOf(metrics, 'time')
  assert.ok(time?.kind === 'histogram')
  assert.equal(time.counts[0], 1)
  assert.equal(time.counts.at(-1), 2)
  assert.equal(
    time.counts.reduce((sum, count) => sum + count),
    3,
  )
  assert.equal(time.sumMs, 80_000.2)
})

test('a reload keeps known series and their counts, and old meters go on counting', () => {
  const metrics = createMetrics({ workers: 1 })
  const before = createMeter(metrics.extend([REQUESTS]), 0).counter('requests', { route: 'a' })
  before.add(5)
  const more = Array.from({ length: 2_000 }, (_, i) => series('counter', 'requests', { route: `r${i}` }))
  const layout = metrics.extend([...more, REQUESTS])
  const meter = createMeter(layout, 0)
  meter.counter('requests', { route: 'a' }).add(1)
  meter.counter('requests', { route: 'r1999' }).add(7)
  before.add(1)
  assert.equal(read(metrics, 'requests', { route: 'a' }), 7)
  assert.equal(read(metrics, 'requests', { route: 'r1999' }), 7)
  assert.equal(metrics.extend([...more, REQUESTS]), layout, 'nothing new, nothing made')
})

test('every series has cells of its own, whatever the mix of kinds', () => {
  const metrics = createMetrics({ workers: 2 })
  const keys = Array.from({ length: 3_000 }, (_, i) =>
    series((['counter', 'histogram', 'gauge'] as const)[i % 3]!, `m${i}`),
  )
  const meter = createMeter(metrics.extend(keys), 1)
  keys.forEach(({ kind, name }, i) => {
    if (kind === 'counter') meter.counter(name).add(i)
    else if (kind === 'gauge') meter.gauge(name).add(i)
    else meter.histogram(name).observe(i)
  })
  for (const sample of metrics.read()) {
    if (sample.name === 'sallyport_series_dropped') continue
    const i = Number(sample.name.slice(1))
    if (sample.kind !== 'histogram') assert.equal(sample.value, i)
    else assert.deepEqual([sample.sumMs, sample.counts.reduce((sum, count) => sum + count)], [i, 1])
  }
})

test('a dead worker takes its gauges with it and leaves its counters', () => {
  const metrics = createMetrics({ workers: 2 })
  const layout = metrics.extend([REQUESTS, OPEN])
  for (const worker of [0, 1]) {
    createMeter(layout, worker).counter('requests', { route: 'a' }).add(1)
    createMeter(layout, worker).gauge('open').add(3)
  }
  metrics.clearWorker(0)
  assert.equal(read(metrics, 'requests'), 2)
  assert.equal(read(metrics, 'open'), 3)
  assert.equal(createMeter(layout, 0).gauge('open').total(), 3)
})

test('series beyond the bound are dropped, counted, and harmless to use', () => {
  const metrics = createMetrics({ workers: 1, limit: 2 })
  const keys = ['a', 'b', 'c', 'd'].map(route => series('counter', 'requests', { route }))
  const meter = createMeter(metrics.extend(keys), 0)
  for (const route of ['a', 'b', 'c', 'd']) meter.counter('requests', { route }).add(1)
  assert.equal(metrics.read().filter(sample => sample.name === 'requests').length, 2)
  assert.equal(read(metrics, 'sallyport_series_dropped'), 2)
  metrics.extend(keys.slice(0, 2))
  assert.equal(read(metrics, 'sallyport_series_dropped'), 0)
})

test('targets that are found for days leave room for the routes of later configurations, and it shows', () => {
  const metrics = createMetrics({ workers: 1, limit: 10 })
  const dropped = (): number => read(metrics, 'sallyport_series_dropped')
  metrics.extend([REQUESTS])
  for (let i = 0; i < 50; i++) metrics.extendFound([series('counter', 'seen', { service: 's', target: `t${i}` })])
  assert.equal(metrics.read().length, 7)
  assert.equal(dropped(), 45)
  const layout = metrics.extend([REQUESTS, series('counter', 'requests', { route: 'later' })])
  createMeter(layout, 0).counter('requests', { route: 'later' }).add(3)
  assert.equal(read(metrics, 'requests', { route: 'later' }), 3)
  assert.equal(dropped(), 45, 'still')
  metrics.retain([{ service: 's', target: 't49' }], 0)
  assert.equal(dropped(), 1, 'those that are gone lack nothing')
})

test('a series nobody foresaw, or of another kind, is a no-op', () => {
  const metrics = createMetrics({ workers: 1 })
  const meter = createMeter(metrics.extend([REQUESTS, OPEN]), 0)
  meter.counter('requests', { route: 'other' }).add(1)
  meter.counter('open').add(1)
  meter.gauge('requests', { route: 'a' }).add(1)
  meter.histogram('requests', { route: 'a' }).observe(1)
  assert.equal(read(metrics, 'requests'), 0)
  assert.equal(read(metrics, 'open'), 0)
  assert.equal(meter.gauge('nothing').total(), 0)
})

test('columns of different workers share no cache line', () => {
  const { segments } = createMetrics({ workers: 4 }).extend([REQUESTS, OPEN, TIME])
  for (const { cellStride, gaugeStride } of segments) {
    assert.equal((cellStride * Float64Array.BYTES_PER_ELEMENT) % 64, 0)
    assert.equal((gaugeStride * Int32Array.BYTES_PER_ELEMENT) % 64, 0)
  }
})

test('targets that come one by one for days leave no trail of copies behind, and old meters know nothing of them', () => {
  const metrics = createMetrics({ workers: 1 })
  const first = metrics.extend([REQUESTS])
  const old = createMeter(first, 0)
  const indexes = new Set([first.index])
  for (let i = 0; i < 3_000; i++) indexes.add(metrics.extend([series('histogram', 'seen', { target: `t${i}` })]).index)
  assert.ok(indexes.size < 12, `${indexes.size} copies`)
  for (let i = 0; i < 3_000; i++) old.histogram('seen', { target: `t${i}` }).observe(1)
  old.counter('requests', { route: 'a' }).add(2)
  assert.equal(read(metrics, 'requests'), 2)
})

test('the layout crosses threads without copying memory', () => {
  const metrics = createMetrics({ workers: 1 })
  const layout = structuredClone(metrics.extend([REQUESTS]))
  createMeter(layout, 0).counter('requests', { route: 'a' }).add(2)
  assert.equal(read(metrics, 'requests'), 2)
})
