import assert from 'node:assert/strict'
import { test } from 'node:test'
import { Fault } from '../base/errors.ts'
import { Reply } from '../core/reply.ts'
import type { Trace, TracedCall } from '../core/trace.ts'
import { isIdentityField } from '../http1/serialize.ts'
import { pickerFor } from './balance/picker-for.ts'
import { Cells, moment } from './cells.ts'
import { Chooser } from './chooser.ts'
import { exchange, FakeTarget, fakeWorld, memberOf } from './testing.ts'
import { TracedService } from './traced-service.ts'

const OPTIONS = {
  name: 'api',
  preserveHost: false,
  via: '',
  dropField: isIdentityField,
  maxTotal: 1,
  boundedOpen: false,
  maxQueued: 1,
  waitMs: 1000,
  totalMs: 0,
  deadlineHeader: '',
}

const setup = () => {
  const world = fakeWorld()
  const target = new FakeTarget('t', world)
  const cells = new Cells(Cells.create(2, 1))
  const members = [memberOf(target, 0, cells, { basePath: '/base' })]
  const { make } = pickerFor(
    { kind: 'round-robin' },
    { cells, random: () => 0, now: () => moment(world.sharedNow()), inFlight: ({ load }) => load.total() },
  )
  const chooser = new Chooser(
    { make, slowStartMs: 0, panic: 0, maxInFlight: 0, boundedOpen: false, onPanic() {} },
    cells,
    members,
  )
  const service = new TracedService(OPTIONS, { chooser, breaker: null, cells }, members, world)
  const calls: TracedCall[] = []
  const ends: string[] = []
  const trace: Trace = {
    traceId: '1',
    send: call => {
      calls.push(call)
      return {
        lines: `traceparent: of ${calls.length}\r\n`,
        end: (status, problem) => void ends.push(`${status} ${problem}`),
      }
    },
    branch: () => assert.fail('no branch'),
  }
  const ask = (given: Trace | null = trace) => {
    const x = exchange({ method: 'PUT', path: '/a', startedAt: world.clock.now(), trace: given })
    service.send(x, { path: () => '/p?q', hostLine: '', totalMs: 0, perTryMs: 0 }, null)
    return x
  }
  return { world, target, calls, ends, ask }
}

test('a try says whom it asks, tells the target where it hangs, and how it ended', () => {
  const { target, calls, ends, ask } = setup()
  ask()
  const [attempt] = target.started
  assert.match(attempt!.head, /^PUT \/base\/p\?q HTTP\/1\.1\r\nHost: [^\r]+\r\ntraceparent: of 1\r\n/)
  const { path, ...call } = calls[0]!
  const { host, port, authority } = target.options.endpoint
  assert.deepEqual(call, { method: 'PUT', service: 'api', scheme: 'http', host, port, authority })
  assert.equal(path(), '/base/p?q')
  assert.deepEqual(ends, [])
  attempt!.succeed(new Reply(503))
  assert.deepEqual(ends, ['503 '])
})

for (const [what, fail, end] of [
  ['refused', 'connectFailed', '0 connect'],
  ['broken', 'fail', '0 protocol'],
  ['cancelled', 'cancel', '0 cancelled'],
] as const) {
  test(`a try that is ${what} has ended, once`, () => {
    const { target, ends, ask } = setup()
    const x = ask()
    const [attempt] = target.started
    if (fail === 'connectFailed') attempt!.connectFailed('ECONNREFUSED')
    else if (fail === 'fail') attempt!.fail(new Fault('UPSTREAM_PROTOCOL'))
    else x.cancel(new Fault('CLIENT_GONE'))
    attempt!.fail(new Fault('UPSTREAM_CONNECT'))
    assert.deepEqual(ends, [end])
  })
}

test('what waits for room and is never sent has no span; what has no trace is sent all the same', () => {
  const { world, target, calls, ends, ask } = setup()
  ask()
  const waiting = ask()
  world.pass(1200)
  assert.equal(waiting.outcome, 'unsent')
  assert.deepEqual([calls.length, ends], [1, []])
  target.started[0]!.succeed(new Reply(200))
  target.started[0]!.over()
  ask(null)
  assert.equal(target.started.length, 2)
  assert.doesNotMatch(target.started[1]!.head, /traceparent/)
})
