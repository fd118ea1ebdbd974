import assert from 'node:assert/strict'
import { once } from 'node:events'
import { test } from 'node:test'
import { isMainThread, parentPort, Worker, workerData } from 'node:worker_threads'
import type { MetricLayout } from './layout.ts'
import { createMeter } from './meter.ts'
import { createMetrics } from './registry.ts'
import { routeMeter } from './route-meter.ts'
import { seriesOf } from './series.ts'
import { gatewaySpec } from './testing.ts'

const REQUESTS = 20_000

/** The worker's half of this test: two of them count at the same time. */
const count = ({ layout, worker }: { layout: MetricLayout; worker: number }): void => {
  const meter = createMeter(layout, worker)
  const route = routeMeter(meter, 'users')
  const inFlight = meter.gauge('sallyport_requests_in_flight')
  for (let i = 0; i < REQUESTS; i++) {
    inFlight.add(1)
    route.record(200, 1.5, 10, 100)
    if (i % 100 !== 0) inFlight.add(-1)
  }
  parentPort!.postMessage('done')
}

const countAndRead = async (): Promise<void> => {
  const metrics = createMetrics({ workers: 2 })
  const layout = metrics.extend(seriesOf(gatewaySpec({ workers: 2, routes: ['users'] })))
  const read = (name: string, labels: Record<string, string> = {}): number => {
    const sample = metrics
      .read()
      .find(each => each.name === name && Object.keys(labels).every(label => each.labels[label] === labels[label]))
    assert.ok(sample)
    return sample.kind === 'histogram' ? sample.counts.reduce((sum, n) => sum + n) : sample.value
  }
  const workers = [0, 1].map(worker => new Worker(import.meta.filename, { workerData: { layout, worker } }))
  try {
    await Promise.all(workers.map(worker => once(worker, 'message')))
    assert.equal(read('sallyport_requests_total', { route: 'users', status: '2xx' }), 2 * REQUESTS)
    assert.equal(read('sallyport_request_duration_seconds', { route: 'users' }), 2 * REQUESTS)
    assert.equal(read('sallyport_request_bytes_total', { route: 'users' }), 2 * REQUESTS * 10)
    assert.equal(read('sallyport_requests_in_flight'), 2 * (REQUESTS / 100))

    await workers[0]!.terminate()
    metrics.clearWorker(0)
    assert.equal(read('sallyport_requests_in_flight'), REQUESTS / 100, 'what the dead worker had in flight is gone')
    assert.equal(read('sallyport_requests_total', { route: 'users', status: '2xx' }), 2 * REQUESTS)
  } finally {
    await Promise.all(workers.map(worker => worker.terminate()))
  }
}

if (isMainThread) test('two threads count, the main thread reads', countAndRead)
else count(workerData)
