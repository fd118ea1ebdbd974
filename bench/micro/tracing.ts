import { headersOf } from '../../src/base/headers.ts'
import { now } from '../../src/base/turn.ts'
import { Exchange } from '../../src/core/exchange.ts'
import { Reply } from '../../src/core/reply.ts'
import { createSampler } from '../../src/telemetry/tracing/sampler.ts'
import { createSpanBatch } from '../../src/telemetry/tracing/span-batch.ts'
import { createTraceIds } from '../../src/telemetry/tracing/trace-ids.ts'
import { tracingPolicy } from '../../src/telemetry/tracing/tracing-policy.ts'
import { bench, type Run } from './loop.ts'

/** What a trace costs a worker: the span of a request and that of its one try, or only passing the context on. */
let bytes = 0

const request = (share: number): Run => {
  const spans = createSpanBatch({
    send: sent => {
      bytes += sent.spans.length
    },
    underway: { add() {}, read: () => 0 },
  })
  const policy = tracingPolicy(
    {
      clock: { now, wall: () => Date.now() },
      ids: createTraceIds(),
      isSampled: createSampler(share, Math.random),
      spans,
    },
    { name: 'orders', template: '/api/orders/{id}' },
  )
  const headers = headersOf([
    ['user-agent', 'Mozilla/5.0 (X11; Linux x86_64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/142.0 Safari/537.36'],
    ['traceparent', '00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01'],
  ])
  const call = {
    method: 'GET',
    service: 'orders',
    scheme: 'http',
    host: '10.0.0.7',
    port: 3001,
    authority: '10.0.0.7:3001',
    path: () => '/orders/10007?expand=lines',
  } as const
  const reply = new Reply(200)
  return times => {
    for (let i = 0; i < times; i++) {
      const x = new Exchange()
      x.method = 'GET'
      x.path = '/api/orders/10007'
      x.host = x.authority = 'api.example.com'
      x.clientAddress = x.peerAddress = '192.0.2.7'
      x.requestId = 'a1b2c3d4-12345'
      x.startedAt = now()
      x.headers = headers
      policy.gate(x)
      const sent = x.trace!.send(call)
      bytes += sent.lines.length
      sent.end(200, '')
      policy.tap(x, reply)
    }
    return bytes
  }
}

await bench('not kept: the context passed on', request(0))
await bench('kept: two spans', request(1))
await bench('a tenth kept', request(0.1))
