import assert from 'node:assert/strict'
import { test } from 'node:test'
import { ERROR_CODES } from '../base/errors.ts'
import type { Meter } from '../core/ports.ts'
import { FAILED_OUTCOMES, METRICS, type MetricRow } from './catalogue.ts'
import { errorMeter } from './error-meter.ts'
import { lagMeter } from './lag-meter.ts'
import { createMeter } from './meter.ts'
import { createMetrics } from './registry.ts'
import { routeMeter } from './route-meter.ts'
import type { Sample } from './sample.ts'
import { seriesOf } from './series.ts'
import { targetMeter } from './target-meter.ts'
import { gatewaySpec } from './testing.ts'

const SPEC = gatewaySpec({
  workers: 2,
  listeners: ['web', 'secure'],
  services: { users: ['http://127.0.0.1:3001'], orders: ['http://10.0.0.1:80', 'http://10.0.0.2:80'] },
  routes: ['users', 'orders'],
})

test('every series is of a metric in the catalogue, with exactly its labels', () => {
  for (const { name, kind, labels } of seriesOf(SPEC)) {
    const row: MetricRow | undefined = METRICS[name as keyof typeof METRICS]
    assert.ok(row, name)
    assert.equal(row.kind, kind, name)
    const optional = row.optional?.filter(label => label in labels) ?? []
    assert.deepEqual(Object.keys(labels).sort(), [...row.labels, ...optional].sort(), name)
  }
})

test('names follow Prometheus: counters end in _total, times are seconds, every metric has help', () => {
  for (const [name, row] of Object.entries(METRICS)) {
    assert.match(name, /^(sallyport|process)_[a-z_]+$/)
    assert.equal(name.endsWith('_total'), row.kind === 'counter', name)
    if (row.kind === 'histogram') assert.match(name, /_seconds$/)
    assert.match(row.help, /\.$/, name)
  }
})

test('no series is listed twice, and routes come last', () => {
  const series = seriesOf(SPEC).map(({ name, labels }) => `${name} ${JSON.stringify(labels)}`)
  assert.equal(new Set(series).size, series.length)
  assert.deepEqual(seriesOf(SPEC).at(-1)?.labels, { route: 'orders' })
  assert.ok(series.some(text => text.includes('"route":"-"')))
})

/** Whatever a meter is asked for by compiled code must have been listed: else it would silently count nothing. */
test('all that routes, targets, errors and lag ask for is foreseen', () => {
  const metrics = createMetrics({ workers: 2 })
  const real = createMeter(metrics.extend(seriesOf(SPEC)), 1)
  const listed = new Set(seriesOf(SPEC).map(({ name, labels }) => key(name, labels)))
  const foreseen = (name: string, labels: object = {}): string => {
    assert.ok(listed.has(key(name, labels)), key(name, labels))
    return name
  }
  const meter: Meter = {
    counter: (name, labels) => real.counter(foreseen(name, labels), labels),
    gauge: (name, labels) => real.gauge(foreseen(name, labels), labels),
    histogram: (name, labels) => real.histogram(foreseen(name, labels), labels),
  }
  for (const route of ['-', 'users']) routeMeter(meter, route).record(204, 1, 2, 3)
  const target = targetMeter(meter, 'orders', 'http://10.0.0.2:80')
  target.record(101, 1)
  for (const outcome of FAILED_OUTCOMES) target.fail(outcome, 2)
  target.inFlight.add(1)
  for (const code of ERROR_CODES) errorMeter(meter)(code)
  lagMeter(meter, 1)(3)

  const read = new Map(metrics.read().map(sample => [key(sample.name, sample.labels), sample]))
  const value = (name: string, labels: object): number => {
    const sample = read.get(key(name, labels))
    assert.ok(sample && sample.kind !== 'histogram', key(name, labels))
    return sample.value
  }
  assert.equal(value('sallyport_requests_total', { route: 'users', status: '2xx' }), 1)
  assert.equal(value('sallyport_request_bytes_total', { route: 'users' }), 2)
  assert.equal(value('sallyport_response_bytes_total', { route: '-' }), 3)
  const orders = { service: 'orders', target: 'http://10.0.0.2:80' }
  assert.equal(value('sallyport_upstream_requests_total', { ...orders, outcome: '1xx' }), 1)
  assert.equal(value('sallyport_upstream_requests_total', { ...orders, outcome: 'cancelled' }), 1)
  assert.equal(value('sallyport_upstream_in_flight', orders), 1)
  assert.equal(value('sallyport_errors_total', { code: 'CLIENT_GONE' }), 1)
})

const key = (name: string, labels: object): string => `${name} ${JSON.stringify(Object.entries(labels).sort())}`

test('requests to a frontend say which', () => {
  const [users, orders] = SPEC.routes
  const spec = { ...SPEC, routes: [{ ...users!, frontend: 'mobile' }, orders!] }
  const metrics = createMetrics({ workers: 1 })
  const meter = createMeter(metrics.extend(seriesOf(spec)), 0)
  routeMeter(meter, 'users', 'mobile').record(200, 1, 2, 3)
  routeMeter(meter, 'orders').record(200, 1, 2, 3)
  const counted = metrics
    .read()
    .filter(sample => /^sallyport_(request|response)/.test(sample.name) && isAboveZero(sample))
  const of = (route: string) => counted.filter(({ labels }) => labels['route'] === route)
  assert.deepEqual([of('users').length, of('orders').length, counted.length], [4, 4, 8])
  assert.ok(of('users').every(({ labels }) => labels['frontend'] === 'mobile'))
  assert.ok(of('orders').every(({ labels }) => !('frontend' in labels)))
})

const isAboveZero = (sample: Sample): boolean => (sample.kind === 'histogram' ? sample.sumMs : sample.value) > 0

test('statuses are counted by class; an impossible one counts as a server error', () => {
  const metrics = createMetrics({ workers: 1 })
  const { record } = routeMeter(createMeter(metrics.extend(seriesOf(SPEC)), 0), 'users')
  for (const status of [101, 200, 204, 304, 404, 499, 500, 0, 700, Number.NaN]) record(status, 1, 0, 0)
  const counts = metrics
    .read()
    .flatMap(sample =>
      sample.name === 'sallyport_requests_total' && sample.labels['route'] === 'users' ? [sample] : [],
    )
    .map(sample => (sample.kind === 'histogram' ? '' : `${sample.labels['status']} ${sample.value}`))
  assert.deepEqual(counts, ['1xx 1', '2xx 2', '3xx 1', '4xx 2', '5xx 4'])
})

test('the lag shown is the last one, not the sum', () => {
  const metrics = createMetrics({ workers: 2 })
  const show = lagMeter(createMeter(metrics.extend(seriesOf(SPEC)), 1), 1)
  show(12.5)
  show(0.25)
  const lag = metrics
    .read()
    .find(sample => sample.name === 'sallyport_event_loop_lag_seconds' && sample.labels['worker'] === '1')
  assert.ok(lag && lag.kind !== 'histogram')
  assert.equal(lag.value, 250)
})

test('a route looks its series up when it is first used', () => {
  const asked: string[] = []
  const meter: Meter = {
    ...createMeter(createMetrics({ workers: 1 }).extend([]), 0),
    counter: name => {
      asked.push(name)
      return { add: () => {} }
    },
  }
  const route = routeMeter(meter, 'users')
  assert.deepEqual(asked, [])
  route.record(200, 1, 0, 0)
  const once = asked.length
  route.record(200, 1, 0, 0)
  assert.equal(asked.length, once)
})
