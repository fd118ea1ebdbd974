import assert from 'node:assert/strict'
import { createServer } from 'node:http'
import { after, before, test } from 'node:test'
import type { BreakerSpec } from '../src/spec/spec-resilience.ts'
import { retrySpec } from '../src/spec/testing.ts'
import { startGateway } from './support/gateway.ts'
import { type Listening, listen } from './support/listen.ts'
import type { ServiceOptions } from './support/specs.ts'

/** Whether a client that sends slowly, or gives no time, can harm others. */

/** Three failures or slow calls open it. */
const BREAKER: BreakerSpec = {
  failureRate: 0,
  slowRate: 1,
  slowMs: 300,
  consecutiveFailures: 3,
  minRequests: 3,
  windowMs: 10_000,
  openMs: 60_000,
  halfOpenRequests: 1,
  rampMs: 0,
}
/** Of an upload; longer than every time below. */
const UPLOAD_MS = 700

let upstream: Listening

before(async () => {
  upstream = await listen(
    createServer((request, response) => {
      request.on('error', () => {})
      request.resume().on('end', () => {
        setTimeout(() => response.end('whole'), request.url === '/slow' ? UPLOAD_MS : 0)
      })
    }),
  )
})

after(() => upstream.close())

/** Sends half of a body late. */
const slowly = (): ReadableStream<Uint8Array> => {
  let late: NodeJS.Timeout | undefined
  return new ReadableStream({
    start(body) {
      body.enqueue(Buffer.from('begin'))
      late = setTimeout(() => {
        body.enqueue(Buffer.from('end'))
        body.close()
      }, UPLOAD_MS)
    },
    cancel: () => clearTimeout(late),
  })
}

const upload = (method: string): RequestInit => ({ method, body: slowly(), duplex: 'half' })

const cases: readonly [
  what: string,
  service: Partial<ServiceOptions>,
  path: string,
  asked: RequestInit,
  status: number,
][] = [
  ['longer than one try may take', { retry: retrySpec({ perTryMs: 200 }) }, '/', upload('POST'), 200],
  ['longer than a call that counts as slow', {}, '/', upload('POST'), 200],
  ['longer than the request may take', { timeouts: { totalMs: 200 } }, '/', upload('POST'), 504],
  ['too short a deadline', { deadlineHeader: 'x-ms' }, '/slow', { headers: { 'x-ms': '1' } }, 504],
]

for (const [what, service, path, asked, status] of cases) {
  test(`an upload or a wish: ${what}, is no reason to open the circuit`, async () => {
    const gateway = await startGateway({ services: { api: { ports: [upstream.port], breaker: BREAKER, ...service } } })
    const url = `http://127.0.0.1:${gateway.port}`
    try {
      for (let i = 0; i < 3; i++) {
        const body = asked.body === undefined ? {} : upload('POST')
        const response = await fetch(url + path, { ...asked, ...body })
        await response.text()
        assert.equal(response.status, status)
      }
      assert.equal((await fetch(url)).status, 200)
    } finally {
      await gateway.close()
    }
  })
}

test('a body that is read to be kept has no longer than the request', async () => {
  const api = { ports: [upstream.port], timeouts: { totalMs: 200 }, retry: retrySpec({ maxBodyBytes: 65_536 }) }
  const gateway = await startGateway({ services: { api } })
  try {
    const begun = performance.now()
    const response = await fetch(`http://127.0.0.1:${gateway.port}`, upload('PUT'))
    await response.text()
    assert.equal(response.status, 504)
    assert.ok(performance.now() - begun < UPLOAD_MS)
  } finally {
    await gateway.close()
  }
})
