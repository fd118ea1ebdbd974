import assert from 'node:assert/strict'
import { test } from 'node:test'
import { GET, OK, scene } from './support/fixture.ts'
import { answering } from './support/hostile-upstream.ts'
import { openClient, type RawClient } from './support/raw-client.ts'
import { exchange, parseResponses } from './support/responses.ts'

/** `SLOW_CLIENTS=10000` for the run by hand (needs 25,000 file descriptors). */
const clients = Number(process.env['SLOW_CLIENTS'] ?? 1000)
const HEAD_MS = 3000

test(`${clients} connections that send a byte a second are closed in time, and nobody else notices`, {
  timeout: 120_000,
}, async t => {
  const { client: open, gateway } = await scene(t, answering(OK), { timeouts: { headMs: HEAD_MS } })
  const slow: RawClient[] = []
  for (let n = 0; n < clients; n++) slow.push(await openClient(gateway.port))
  const head = 'GET / HTTP/1.1\r\nHost: slow.test\r\nX-A: b\r\n\r\n'
  let at = 0
  const started = performance.now()
  const sipping = setInterval(() => {
    for (const client of slow) if (!client.closed()) void client.send(head[at % head.length]!)
    at++
  }, 1000)
  t.after(() => {
    clearInterval(sipping)
    for (const client of slow) client.destroy()
  })

  const client = await open()
  const times: number[] = []
  while (performance.now() - started < HEAD_MS + 1500) {
    const before = performance.now()
    assert.equal((await exchange(client, GET)).status, 200)
    times.push(performance.now() - before)
  }
  for (const each of slow) assert.ok(await each.waitForClose(5000), 'a slow connection stayed open')
  const told = slow.filter(each => parseResponses(each.received())[0]?.status === 408).length
  assert.ok(told > clients * 0.9, `${told} of ${clients} were told 408`)
  times.sort((a, b) => a - b)
  const p99 = times[Math.floor(times.length * 0.99)]!
  t.diagnostic(
    `${times.length} requests meanwhile, median ${times[times.length >> 1]!.toFixed(2)} ms, p99 ${p99.toFixed(2)} ms`,
  )
  assert.ok(p99 < 500, `p99 ${p99} ms`)
})
