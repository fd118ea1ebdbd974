import assert from 'node:assert/strict'
import { test } from 'node:test'
import { Fault } from '../../base/errors.ts'
import { headersOf } from '../../base/headers.ts'
import { fakeClock, fakeTimers, linesOf } from '../../base/testing.ts'
import { Exchange } from '../../core/exchange.ts'
import { Flow } from '../../core/flow.ts'
import { Reply } from '../../core/reply.ts'
import type { FaultSpec } from '../../spec/spec-resilience.ts'
import { faultPolicy } from './fault-policy.ts'

const turn = async (): Promise<void> => {
  for (let i = 0; i < 5; i++) await null
}

/** A request through a chain of this gate alone. `randoms`: what chance says, in order. */
const run = (
  spec: Partial<FaultSpec>,
  randoms: readonly number[],
  fields: readonly (readonly [string, string])[] = [],
) => {
  const clock = fakeClock()
  const timers = fakeTimers(clock)
  const left = [...randoms]
  const random = (): number => left.shift() ?? assert.fail('asked chance once too often')
  const policy = faultPolicy(
    { delay: undefined, abort: undefined, header: '', ...spec },
    { random, after: timers.after },
  )
  const x = Object.assign(new Exchange(), { requestId: 'id-1', headers: headersOf(fields) })
  const sent: Reply[] = []
  const chain = { gates: [policy.gate!], call: () => new Reply(200), shapes: [], taps: [] }
  new Flow(x, chain, { send: (_x, reply) => void sent.push(reply) }, error => assert.fail(String(error))).start()
  const pass = async (ms: number): Promise<void> => {
    clock.advance(ms)
    timers.fire()
    await turn()
  }
  return { x, sent, timers, pass, left, statuses: () => sent.map(reply => reply.fault?.code ?? reply.status) }
}

test('an abort has its status, says what it is, and is no error of ours', () => {
  const { sent } = run({ abort: { status: 503, share: 1 } }, [0.999])
  const [reply] = sent
  assert.deepEqual([reply?.status, reply?.fault], [503, null])
  assert.deepEqual(linesOf(reply!.headers), [
    'content-type: application/problem+json',
    'cache-control: no-store',
    'sallyport-fault: abort',
  ])
  assert.ok(reply?.body instanceof Uint8Array)
  assert.deepEqual(JSON.parse(Buffer.from(reply.body).toString()), {
    type: 'urn:sallyport:fault:abort',
    title: 'Fault injected',
    status: 503,
    detail: 'the gateway is configured to fail some of these requests',
    requestId: 'id-1',
  })
})

for (const [share, random, status] of [
  [0.2, 0.19, 500],
  [0.2, 0.2, 200],
  [0, 0, 200],
  [1, 0.999999, 500],
] as const) {
  test(`a share of ${share}: ${random} by chance is ${status}`, () => {
    assert.deepEqual(run({ abort: { status: 500, share } }, [random]).statuses(), [status])
  })
}

test('a delay holds the request back to the millisecond, then it goes on', async () => {
  const it = run({ delay: { ms: 50, share: 0.5 } }, [0.4])
  await it.pass(49)
  assert.deepEqual([it.statuses(), it.timers.pending], [[], 1])
  await it.pass(1)
  assert.deepEqual([it.statuses(), it.timers.pending, it.x.onCancel], [[200], 0, null])
})

test('who is not delayed does not wait, and each kind has a chance of its own', async () => {
  const spec = { delay: { ms: 50, share: 0.5 }, abort: { status: 500, share: 0.5 } }
  assert.deepEqual(run(spec, [0.6, 0.6]).statuses(), [200])
  assert.deepEqual(run(spec, [0.6, 0.4]).statuses(), [500])
  for (const [abort, status] of [
    [0.4, 500],
    [0.6, 200],
  ] as const) {
    const it = run(spec, [0.4, abort])
    assert.deepEqual(it.statuses(), [])
    await it.pass(50)
    assert.deepEqual([it.statuses(), it.left], [[status], []])
  }
})

test('only requests with the header, whatever it says', () => {
  const spec = { abort: { status: 500, share: 1 }, header: 'x-chaos' }
  assert.deepEqual(run(spec, []).statuses(), [200])
  assert.deepEqual(run(spec, [0], [['x-chaos', '']]).statuses(), [500])
})

test('the client leaves: no timer is left, nothing is called', async () => {
  const it = run({ delay: { ms: 50, share: 1 }, abort: { status: 500, share: 1 } }, [0, 0])
  it.x.cancel(new Fault('CLIENT_GONE'))
  await turn()
  assert.deepEqual([it.statuses(), it.timers.pending], [['CLIENT_GONE'], 0])
  await it.pass(100)
  assert.equal(it.sent.length, 1)
})
