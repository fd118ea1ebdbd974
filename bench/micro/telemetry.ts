import { createAccessLog } from '../../src/telemetry/access-log.ts'
import { createMeter } from '../../src/telemetry/meter.ts'
import { createMetrics } from '../../src/telemetry/registry.ts'
import { routeMeter } from '../../src/telemetry/route-meter.ts'
import { seriesOf } from '../../src/telemetry/series.ts'
import { targetMeter } from '../../src/telemetry/target-meter.ts'
import { accessEntry, gatewaySpec } from '../../src/telemetry/testing.ts'
import { bench, type Run } from './loop.ts'

/** What counting and logging cost per request. */
const each =
  (one: (i: number) => void): Run =>
  times => {
    for (let i = 0; i < times; i++) one(i)
    return bytes
  }
let bytes = 0

const target = 'http://127.0.0.1:3001'
const routes = Array.from({ length: 1_000 }, (_, i) => `route-${i}`)
const metrics = createMetrics({ workers: 2 })
const meter = createMeter(
  metrics.extend(seriesOf(gatewaySpec({ workers: 2, services: { users: [target] }, routes }))),
  0,
)
const byRoute = routes.map(route => routeMeter(meter, route))
const users = targetMeter(meter, 'users', target)
const inFlight = meter.gauge('sallyport_requests_in_flight')

await bench(
  'route: record',
  each(i => byRoute[i % 1_000]!.record(200, (i & 127) + 0.5, 0, 857)),
)
await bench(
  'target: record',
  each(i => users.record(200, (i & 127) + 0.5)),
)
await bench(
  'gauge: up and down',
  each(() => {
    inFlight.add(1)
    inFlight.add(-1)
  }),
)
await bench(
  'gauge: total over 3 columns',
  each(() => void inFlight.total()),
)

const sink = (lines: Buffer): void => {
  bytes += lines.length
}
const entries = Array.from({ length: 1_000 }, (_, i) =>
  accessEntry({
    at: Date.now() + (i >> 3),
    target: `/api/users/${i}?page=${i}`,
    ms: i / 7,
    upstreamMs: i / 9,
    requestId: `a1b2c3d4e5f6-${i}`,
    userAgent: 'Mozilla/5.0 (X11; Linux x86_64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/142.0 Safari/537.36',
  }),
)
for (const format of ['json', 'combined'] as const) {
  const log = createAccessLog({ format, flush: sink })
  await bench(
    `access log: ${format}`,
    each(i => log.write(entries[i % 1_000]!)),
  )
}
const secret = createAccessLog({ format: 'json', flush: sink })
const withToken = accessEntry({ target: '/api/users?page=2&access_token=0123456789abcdef' })
await bench(
  'access log: json, a secret to hide',
  each(() => secret.write(withToken)),
)
const hostile = accessEntry({ userAgent: 'x"\n\u001b[31m' })
await bench(
  'access log: json, a field to escape',
  each(() => secret.write(hostile)),
)
await bench(
  'JSON.stringify of the same entry',
  each(i => void JSON.stringify(entries[i % 1_000]!)),
)
if (bytes === 0) throw new Error('nothing was written')
