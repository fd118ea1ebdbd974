import assert from 'node:assert/strict'
import { test } from 'node:test'
import { setImmediate as turn } from 'node:timers/promises'
import { fakeClock, fakeTimers } from '../../base/testing.ts'
import type { TracingSpec } from '../../spec/spec-tracing.ts'
import type { OtlpRequest } from './otlp.ts'
import { createSpanExporter } from './span-exporter.ts'
import { createSpanQueue } from './span-queue.ts'

const SETTINGS: TracingSpec = {
  url: 'http://collector:4318/v1/traces?key=s3cret',
  sample: 1,
  service: 'edge',
  headers: [['authorization', 'Bearer s3cret']],
  timeoutMs: 5000,
}

/** What the collector does with a request: a status, an answer of its own, or nothing until it is given up. */
type Behaviour = number | Response | Error | 'silence'

const scene = (queue = createSpanQueue()) => {
  const clock = fakeClock()
  const timers = fakeTimers(clock)
  const requests: { url: string; init: OtlpRequest; spans: unknown[] }[] = []
  const counts: Record<string, number> = {}
  const lines: string[] = []
  const count = (what: string, n: number): void => {
    counts[what] = (counts[what] ?? 0) + n
  }
  const say = (message: string, fields: object = {}): void => void lines.push(`${message} ${JSON.stringify(fields)}`)
  const state = { behaviour: 200 as Behaviour }
  const send = async (url: string, init: OtlpRequest) => {
    const { resourceSpans } = JSON.parse(init.body)
    requests.push({ url, init, spans: resourceSpans[0].scopeSpans[0].spans })
    const { behaviour } = state
    if (behaviour instanceof Error) throw behaviour
    if (behaviour instanceof Response) return behaviour
    if (behaviour !== 'silence') return new Response(null, { status: behaviour })
    return new Promise<Response>((_, reject) => {
      init.signal.addEventListener('abort', () => reject(init.signal.reason))
    })
  }
  const exporter = createSpanExporter({
    send,
    clock,
    log: { info: say, warn: say, error: say },
    after: timers.after,
    random: () => 0,
    onExported: n => count('exported', n),
    onDropped: (n, reason) => count(reason, n),
    version: '1',
    instance: 'i',
    queue,
  })
  const settle = async (): Promise<void> => {
    for (let i = 0; i < 5; i++) await turn()
  }
  return {
    exporter,
    requests,
    counts,
    lines,
    state,
    timers,
    settle,
    add: async (...spans: number[]) => {
      exporter.add({ spans: spans.join(','), count: spans.length, dropped: 0 })
      await settle()
    },
    pass: async (ms: number) => {
      clock.advance(ms)
      timers.fire()
      await settle()
    },
  }
}

test('what comes is sent, with the headers that are asked for; what waits meanwhile goes together', async () => {
  const { exporter, requests, counts, state, add, timers, pass } = scene()
  await add(1)
  assert.equal(requests.length, 0)
  state.behaviour = 'silence'
  exporter.use(SETTINGS)
  await add(2, 3)
  await add(4)
  assert.deepEqual(
    requests.map(({ spans }) => spans),
    [[1]],
  )
  const { url, init } = requests[0]!
  assert.equal(url, SETTINGS.url)
  assert.deepEqual(init.headers, { authorization: 'Bearer s3cret', 'content-type': 'application/json' })
  state.behaviour = 200
  await pass(5000)
  await pass(1000)
  assert.deepEqual(
    requests.map(({ spans }) => spans),
    [[1], [1], [2, 3, 4]],
  )
  assert.deepEqual(counts, { exported: 4 })
  assert.equal(timers.pending, 0)
})

test('a collector that is away is asked again, ever more rarely, and told of once; then all is as before', async () => {
  const { exporter, requests, counts, lines, state, add, pass } = scene()
  exporter.use(SETTINGS)
  state.behaviour = Object.assign(new Error('fetch failed'), { cause: { code: 'ECONNREFUSED' } })
  await add(1)
  const waits: number[] = []
  for (const ms of [1000, 2000, 4000, 8000]) {
    await pass(ms - 1)
    const before = requests.length
    await pass(1)
    waits.push(requests.length - before)
  }
  assert.deepEqual(waits, [1, 1, 1, 1])
  assert.equal(lines.length, 1)
  assert.match(
    lines[0]!,
    /^Spans cannot be exported \{"to":"http:\/\/collector:4318\/v1\/traces","reason":"it cannot be reached \(ECONNREFUSED\)"\}$/,
  )
  state.behaviour = 200
  await pass(15_000)
  assert.deepEqual(counts, { exported: 1 })
  assert.match(lines[1]!, /^Spans are exported again .*"lost":0/)
  assert.doesNotMatch(lines.join(), /s3cret/)
})

test('a request that cannot be delivered for a minute is lost, and the next one is tried', async () => {
  const { exporter, requests, counts, state, add, pass } = scene()
  exporter.use(SETTINGS)
  state.behaviour = 503
  await add(1, 2)
  await add(3)
  for (let s = 0; s < 60; s++) await pass(1000)
  assert.deepEqual(counts, { unreachable: 2 })
  assert.deepEqual(requests.at(-1)?.spans, [3])
})

test('the collector says when to come again', async () => {
  const { exporter, requests, state, add, pass } = scene()
  exporter.use(SETTINGS)
  state.behaviour = new Response(null, { status: 429, headers: { 'retry-after': '20' } })
  await add(1)
  state.behaviour = 200
  await pass(19_999)
  assert.equal(requests.length, 1)
  await pass(1)
  assert.equal(requests.length, 2)
})

test('what the collector does not want is not sent again', async () => {
  const { exporter, requests, counts, lines, state, add } = scene()
  exporter.use(SETTINGS)
  state.behaviour = 400
  await add(1, 2)
  await add(3)
  state.behaviour = new Response('{"partialSuccess":{"rejectedSpans":"1"}}')
  await add(4, 5)
  state.behaviour = 200
  await add(6)
  assert.deepEqual(counts, { refused: 4, exported: 2 })
  assert.equal(requests.length, 4)
  assert.deepEqual(lines.length, 1)
})

test('too much is lost, and counted, with what workers lost', async () => {
  const { exporter, counts, state, add, pass } = scene(createSpanQueue(6, 100))
  exporter.use(SETTINGS)
  state.behaviour = 'silence'
  await add(1)
  await add(22)
  await add(33, 44)
  exporter.add({ spans: '', count: 0, dropped: 7 })
  state.behaviour = 200
  await pass(5000)
  await pass(1000)
  assert.deepEqual(counts, { full: 9, exported: 2 })
})

test('other settings count at once, for what waits too; without settings it is sent as before', async () => {
  const { exporter, requests, state, add } = scene()
  exporter.use(SETTINGS)
  state.behaviour = 503
  await add(1)
  state.behaviour = 200
  exporter.use({ ...SETTINGS, url: 'http://other/v1/traces' })
  await add()
  assert.deepEqual(
    requests.map(({ url }) => new URL(url).host),
    ['collector:4318', 'other'],
  )
  exporter.use(undefined)
  await add(2)
  assert.equal(new URL(requests[2]!.url).host, 'other')
})

test('the end: what waits is sent once more, and not waited for longer than is said', async () => {
  const patient = scene()
  patient.exporter.use(SETTINGS)
  patient.state.behaviour = 503
  await patient.add(1)
  await patient.add(2)
  patient.state.behaviour = 200
  await patient.exporter.close(1000)
  assert.deepEqual(patient.counts, { exported: 2 })

  const away = scene()
  away.exporter.use(SETTINGS)
  away.state.behaviour = 503
  await away.add(1)
  await away.add(2)
  await away.exporter.close(1000)
  assert.deepEqual(away.counts, { unreachable: 2 })

  const hanging = scene()
  hanging.exporter.use(SETTINGS)
  hanging.state.behaviour = 'silence'
  await hanging.add(1)
  await hanging.add(2)
  const closed = hanging.exporter.close(1000)
  await hanging.pass(1000)
  await closed
  assert.deepEqual(hanging.counts, { unreachable: 2 })
  await hanging.add(3)
  assert.deepEqual(hanging.counts, { unreachable: 2, full: 1 })
  for (const { timers } of [patient, away, hanging]) assert.equal(timers.pending, 0)
})
