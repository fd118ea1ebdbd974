import assert from 'node:assert/strict'
import { test } from 'node:test'
import type { GatewaySpec, RouteSpec } from '../spec/spec.ts'
import { aggregateSpec, branchSpec, jwtSpec, REMOTE, ROBUST_ON, rateLimit } from '../spec/testing.ts'
import { METRICS } from './catalogue.ts'
import { exposition } from './exposition.ts'
import { createMeter } from './meter.ts'
import { buildInfo, processSamples, sharedSamples } from './process-samples.ts'
import { createMetrics } from './registry.ts'
import { seriesOf } from './series.ts'
import { gatewaySpec } from './testing.ts'
import { parseExposition } from './testing-exposition.ts'

const SPEC = gatewaySpec({
  workers: 2,
  listeners: ['web'],
  services: { users: ['http://127.0.0.1:3001'] },
  routes: ['users', 'quote " backslash \\ newline \n end', 'ünïcode {}=,'],
})

const NOTHING = { revocations: 0, evictedKeys: 0, untrackedLeases: 0 }

const AGGREGATE = aggregateSpec([branchSpec('user')])

const TYPED = { module: { name: 'm', url: 'file:///m', version: '0', sources: [] }, at: [] }
const PLUGINS: RouteSpec['plugins'] = [{ name: 'p', parts: ['gate'], budgetMs: 1, typed: TYPED }]

/** With everything that has metrics of its own. */
const GUARDED: GatewaySpec = {
  ...SPEC,
  tracing: { url: 'http://c', sample: 1, service: 's', headers: [], timeoutMs: 1 },
  state: { kind: 'redis', keys: 1, url: 'redis://r', prefix: '', timeoutMs: 1 },
  auth: [jwtSpec({ name: 'main', keys: { kind: 'remote', ...REMOTE } })],
  consumers: [{ name: 'app', keys: [], roles: [], scopes: [], tier: '' }],
  services: SPEC.services.map(service => ({ ...service, ...ROBUST_ON })),
  routes: SPEC.routes.map(route => ({
    ...route,
    limits: [rateLimit({ name: 'perMinute' })],
    plugins: PLUGINS,
    action: AGGREGATE,
  })),
}

/** What the memory about targets says, see gateway/fleet-samples.ts and its test. */
const OF_TARGETS = [
  'sallyport_upstream_queued',
  'sallyport_breaker_state',
  'sallyport_target_healthy',
  'sallyport_target_ejected',
  'sallyport_ejections_total',
]

test('a whole scrape is valid, and says every metric of the catalogue', () => {
  const metrics = createMetrics({ workers: 2 })
  metrics.extend(seriesOf(GUARDED))
  const samples = [...metrics.read(), ...processSamples(), buildInfo('1.2.3'), ...sharedSamples(NOTHING)]
  const families = parseExposition(exposition(samples))
  const missing = Object.keys(METRICS).filter(name => !families.has(name) && !OF_TARGETS.includes(name))
  assert.deepEqual(process.platform === 'linux' ? missing : missing.filter(name => name !== 'process_open_fds'), [])
  for (const [name, family] of families) assert.equal(family.help, METRICS[name as keyof typeof METRICS].help)
})

test('label values come back as they were', () => {
  const metrics = createMetrics({ workers: 1 })
  metrics.extend(seriesOf(SPEC))
  const routes = parseExposition(exposition(metrics.read()))
    .get('sallyport_request_bytes_total')!
    .samples.map(sample => sample.labels.get('route'))
  assert.deepEqual(routes, ['-', ...SPEC.routes.map(route => route.name)])
})

test('histograms are cumulative and in seconds', () => {
  const metrics = createMetrics({ workers: 1 })
  const meter = createMeter(metrics.extend(seriesOf(SPEC)), 0)
  for (const ms of [0.5, 0.6, 7, 60_000]) {
    meter.histogram('sallyport_request_duration_seconds', { route: 'users' }).observe(ms)
  }
  const of = (suffix: string) =>
    parseExposition(exposition(metrics.read()))
      .get('sallyport_request_duration_seconds')!
      .samples.filter(({ name, labels }) => name.endsWith(suffix) && labels.get('route') === 'users')
  const buckets = new Map(of('_bucket').map(({ labels, value }) => [labels.get('le'), value]))
  assert.deepEqual(
    ['0.0005', '0.001', '0.005', '0.01', '30', '+Inf'].map(le => buckets.get(le)),
    [1, 2, 2, 3, 3, 4],
  )
  assert.equal(of('_count')[0]?.value, 4)
  assert.equal(of('_sum')[0]?.value, 60.0081)
})

test('gauges that are counted in small units are exposed in the unit of their name', () => {
  const sample = {
    kind: 'gauge',
    name: 'sallyport_event_loop_lag_seconds',
    labels: { worker: '0' },
    value: 1_250,
  } as const
  assert.match(exposition([sample]), /^sallyport_event_loop_lag_seconds\{worker="0"\} 0\.00125$/m)
})

test('series of one metric stand together, in whatever order they were made', () => {
  const metrics = createMetrics({ workers: 1 })
  metrics.extend(seriesOf(SPEC))
  metrics.extend(seriesOf(gatewaySpec({ routes: ['later'] })))
  parseExposition(exposition(metrics.read()))
})

test('the parser of this test is strict', () => {
  const bad = [
    'x 1',
    '# TYPE x counter\nx 1\n# TYPE x counter\n',
    '# TYPE x counter\nx{a="1} 1\n',
    '# TYPE x counter\nx{a="\\q"} 1\n',
    '# TYPE x counter\nx one\n',
    '# TYPE x counter\nx 1\nx 2\n',
    '# TYPE x counter\ny 1\n',
    '# TYPE x histogram\nx_bucket{le="1"} 2\nx_bucket{le="+Inf"} 1\nx_sum 1\nx_count 1\n',
    '# TYPE x histogram\nx_bucket{le="1"} 1\nx_sum 1\nx_count 1\n',
  ]
  for (const text of bad) assert.throws(() => parseExposition(text), text)
})
