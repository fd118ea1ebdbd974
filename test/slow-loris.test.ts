import assert from 'node:assert/strict'
import { type ChildProcess, fork } from 'node:child_process'
import { once } from 'node:events'
import { test } from 'node:test'
import { GET, OK, scene } from './support/fixture.ts'
import { answering } from './support/hostile-upstream.ts'
import { overTls } from './support/raw-client.ts'
import { exchange } from './support/responses.ts'
import type { SlowReport } from './support/slow-clients.ts'

const count = Number(process.env['SLOW_CLIENTS'] ?? 10_000)
const HEAD_MS = 4000
/** Closing ten thousand sockets is work for the other process too, and the machine may be busy. */
const CLOSING_MS = 20_000

const allClosed = async (slow: ChildProcess): Promise<SlowReport> => {
  const until = performance.now() + CLOSING_MS
  for (;;) {
    slow.send('report')
    const report: SlowReport = (await once(slow, 'message'))[0]
    if (report.open === 0 || performance.now() > until) return report
    await new Promise(resolve => setTimeout(resolve, 200))
  }
}

test(`${count} connections that send a byte a second are closed in time, and nobody else notices`, {
  timeout: 120_000,
  skip: overTls,
}, async t => {
  const { client: open, gateway } = await scene(t, answering(OK), { timeouts: { headMs: HEAD_MS } })
  const slow = fork(new URL('./support/slow-clients.ts', import.meta.url), [String(gateway.port), String(count)])
  t.after(() => slow.kill('SIGKILL'))
  const began = performance.now()
  assert.deepEqual((await once(slow, 'message'))[0], 'open')
  t.diagnostic(
    `${count} connections open after ${Math.round(performance.now() - began)} ms, ${process.memoryUsage().rss >> 20} MiB resident`,
  )

  const client = await open()
  const times: number[] = []
  const until = performance.now() + HEAD_MS + 1500
  while (performance.now() < until) {
    const before = performance.now()
    assert.equal((await exchange(client, GET)).status, 200)
    times.push(performance.now() - before)
    // About a thousand a second: the others' share of the machine is not what is measured.
    await new Promise(resolve => setTimeout(resolve, 1))
  }
  const report = await allClosed(slow)
  times.sort((a, b) => a - b)
  const p99 = times[Math.floor(times.length * 0.99)]!
  t.diagnostic(
    `${times.length} requests meanwhile, median ${times[times.length >> 1]!.toFixed(2)} ms, p99 ${p99.toFixed(2)} ms`,
  )
  assert.equal(report.open, 0, JSON.stringify(report))
  assert.ok(report.told408 > count * 0.95, JSON.stringify(report))
  assert.ok(p99 < 500, `p99 ${p99} ms`)
})
