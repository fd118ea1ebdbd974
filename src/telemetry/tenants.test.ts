import assert from 'node:assert/strict'
import { test } from 'node:test'
import { interleaving } from '../base/testing/interleave.ts'
import { serviceSpec } from '../spec/testing.ts'
import { createMeter } from './meter.ts'
import { createMetrics, GONE_MS, type MetricRegistry } from './registry.ts'
import { targetSeries } from './series.ts'
import type { SeriesKey } from './series-key.ts'
import { targetMeter } from './target-meter.ts'
import { endpoint } from './testing.ts'

const SPEC = serviceSpec('s')
const urlOf = (name: string): string => `http://${name}`
const seriesOf = (...names: string[]): SeriesKey[] => names.flatMap(name => targetSeries(SPEC, endpoint(urlOf(name))))
const PER_TARGET = seriesOf('a').length
const listed = (...names: string[]) => names.map(name => ({ service: 's', target: urlOf(name) }))

/** What a series of the target says; undefined: it has none. */
const numberOf = (metrics: MetricRegistry, name: string, target: string, outcome?: string): number | undefined => {
  const found = metrics
    .read(each => each === name)
    .find(({ labels }) => labels['target'] === urlOf(target) && labels['outcome'] === outcome)
  return found?.kind === 'histogram' ? assert.fail() : found?.value
}
const answered = (metrics: MetricRegistry, target: string): number | undefined =>
  numberOf(metrics, 'sallyport_upstream_requests_total', target, '2xx')
const dropped = (metrics: MetricRegistry): number => {
  const last = metrics.read().at(-1)
  return last?.kind === 'gauge' ? last.value : assert.fail()
}
const memoryOf = ({ segments }: { segments: readonly { cells: SharedArrayBuffer }[] }): number =>
  segments.reduce((sum, { cells }) => sum + cells.byteLength, 0)

test('targets that come and go for years are all counted, and take no more memory than those of one hour', () => {
  const metrics = createMetrics({ workers: 1 })
  let most = 0
  for (let minute = 0; minute < 4000; minute++) {
    const name = `t${minute}`
    const layout = metrics.extendFound(seriesOf(name))
    const meter = targetMeter(createMeter(layout, 0), 's', urlOf(name))
    meter.record(200, 1)
    assert.equal(answered(metrics, name), 1)
    meter.letGo()
    metrics.retain(listed(name), minute * 60_000)
    if (minute === 60) most = memoryOf(layout)
    if (minute > 60) assert.equal(memoryOf(layout), most)
  }
  assert.equal(dropped(metrics), 0)
})

test('one that is gone keeps its series for ten minutes, and what was counted, should it come back', () => {
  const metrics = createMetrics({ workers: 1 })
  const meter = targetMeter(createMeter(metrics.extendFound(seriesOf('a')), 0), 's', urlOf('a'))
  meter.record(200, 1)
  meter.letGo()
  metrics.retain([], 1000)
  metrics.retain([], 1000 + GONE_MS - 1)
  assert.equal(answered(metrics, 'a'), 1)
  metrics.retain(listed('a'), 1000 + GONE_MS)
  metrics.retain([], 2000 + GONE_MS)
  assert.equal(answered(metrics, 'a'), 1)
  metrics.retain([], 2000 + 2 * GONE_MS)
  assert.equal(answered(metrics, 'a'), undefined)
  metrics.extendFound(seriesOf('b'))
  assert.equal(answered(metrics, 'b'), 0, 'nothing of the one before')
})

test('a tunnel to a target that is gone keeps its series until it ends', () => {
  const metrics = createMetrics({ workers: 2 })
  const layout = metrics.extendFound(seriesOf('a'))
  const meter = targetMeter(createMeter(layout, 1), 's', urlOf('a'))
  meter.connections.add(1)
  for (let at = 0; at <= 5 * GONE_MS; at += GONE_MS) metrics.retain([], at)
  assert.equal(numberOf(metrics, 'sallyport_upstream_connections', 'a'), 1)
  meter.connections.add(-1)
  metrics.retain([], 6 * GONE_MS)
  assert.equal(numberOf(metrics, 'sallyport_upstream_connections', 'a'), 0, 'a request of an old Plan may begin yet')
  assert.equal(meter.letGo().isHeld, false)
  metrics.retain([], 7 * GONE_MS)
  assert.equal(numberOf(metrics, 'sallyport_upstream_connections', 'a'), undefined)
})

test('a worker that dies holds nothing any more', () => {
  const metrics = createMetrics({ workers: 2 })
  const meter = targetMeter(createMeter(metrics.extendFound(seriesOf('a')), 1), 's', urlOf('a'))
  meter.connections.add(3)
  metrics.retain([], 0)
  metrics.retain([], GONE_MS)
  assert.equal(answered(metrics, 'a'), 0)
  metrics.clearWorker(1)
  metrics.retain([], GONE_MS)
  assert.equal(answered(metrics, 'a'), undefined)
})

test('targets of configurations give their series back like those that were found; routes keep theirs', () => {
  const metrics = createMetrics({ workers: 1 })
  const route: SeriesKey = { kind: 'counter', name: 'requests', labels: { route: 'r' } }
  metrics.extend([route, ...seriesOf('a')])
  metrics.retain([], 0)
  metrics.retain([], GONE_MS)
  assert.deepEqual(
    metrics.read().map(({ name }) => name),
    ['requests', 'sallyport_series_dropped'],
  )
})

test('where there is no room, those that are gone make some at once; those that are there and those that are held stay', () => {
  const metrics = createMetrics({ workers: 1, limit: 6 * PER_TARGET })
  const layout = metrics.extendFound(seriesOf('a', 'b', 'c'))
  const held = targetMeter(createMeter(layout, 0), 's', urlOf('a'))
  metrics.extendFound(seriesOf('d'))
  assert.deepEqual([answered(metrics, 'd'), dropped(metrics)], [undefined, PER_TARGET])
  metrics.retain(listed('c', 'd'), 0)
  metrics.extendFound(seriesOf('c', 'd'))
  assert.deepEqual(
    ['a', 'b', 'c', 'd'].map(name => answered(metrics, name)),
    [0, undefined, 0, 0],
  )
  assert.equal(dropped(metrics), 0)
  assert.ok(held.isHeld)
})

test('a worker that finds a target at any step of its series being given back has all of them, or none', t => {
  for (let step = 0, more = true; more; step++) {
    const metrics = createMetrics({ workers: 1 })
    const layout = metrics.extendFound(seriesOf('a'))
    metrics.retain([], 0)
    const index = new Int32Array(layout.index)
    let held = targetMeter(createMeter(layout, 0), 's', 'nobody')
    const { run } = interleaving(t)
    const worker = (): void => {
      // While the main thread writes, a worker waits: its turn is a step later.
      if (index[0]! % 2 === 0) held = targetMeter(createMeter(layout, 0), 's', urlOf('a'))
    }
    more = run(() => metrics.retain([], GONE_MS), step, worker)
    const counted = answered(metrics, 'a')
    if (held.isHeld) assert.equal(counted, 0, `step ${step}: held, and given back`)
    held.record(200, 1)
    if (held.isHeld) assert.equal(answered(metrics, 'a'), 1, `step ${step}: only some are held`)
    metrics.extendFound(seriesOf('b'))
    assert.equal(answered(metrics, 'b'), 0, `step ${step}: what another target has counted`)
    held.letGo()
    metrics.retain(listed('b'), 2 * GONE_MS)
    metrics.retain(listed('b'), 3 * GONE_MS)
    assert.equal(answered(metrics, 'a'), undefined, `step ${step}: for ever`)
  }
})

test('series that are given back and another target has at any step of a worker that looks for them are not that worker’s', t => {
  for (let step = 0, more = true; more; step++) {
    const metrics = createMetrics({ workers: 1 })
    const layout = metrics.extendFound(seriesOf('a'))
    metrics.retain([], 0)
    let held = targetMeter(createMeter(layout, 0), 's', 'nobody')
    const { run } = interleaving(t)
    more = run(
      () => {
        held = targetMeter(createMeter(layout, 0), 's', urlOf('a'))
      },
      step,
      () => {
        metrics.retain([], GONE_MS)
        metrics.extendFound(seriesOf('b'))
      },
    )
    if (!more) metrics.extendFound(seriesOf('b'))
    held.record(200, 1)
    held.connections.add(1)
    assert.equal(answered(metrics, 'b'), 0, `step ${step}`)
    assert.equal(numberOf(metrics, 'sallyport_upstream_connections', 'b'), 0, `step ${step}`)
    if (held.isHeld) assert.equal(answered(metrics, 'a'), 1, `step ${step}`)
    held.connections.add(-1)
    held.letGo()
    metrics.retain(listed('b'), 2 * GONE_MS)
    metrics.retain(listed('b'), 3 * GONE_MS)
    metrics.retain([], 3 * GONE_MS)
    metrics.retain([], 4 * GONE_MS)
    assert.equal(metrics.read().length, 1, `step ${step}: a hold that nobody ends`)
  }
})
