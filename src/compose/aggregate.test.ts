import assert from 'node:assert/strict'
import { test } from 'node:test'
import { gzipSync } from 'node:zlib'
import { Fault } from '../base/errors.ts'
import { linesOf } from '../base/testing.ts'
import { Exchange } from '../core/exchange.ts'
import type { Call } from '../core/policy.ts'
import { LaterReply, Reply } from '../core/reply.ts'
import { FakeServices, type Plays, reset, turn } from './testing/fake-services.ts'
import { aggregateSpec, branchSpec, ref } from './testing/specs.ts'

const NEVER = Number.POSITIVE_INFINITY
const GONE = new Fault('CLIENT_GONE')
const TWO = [branchSpec('a'), branchSpec('b')]

test('all that is there at once is answered at once, as it came', async () => {
  const services = new FakeServices()
  const run = services.run(aggregateSpec(TWO), { a: { body: ' {"n": 1.50, "n": 2} ' }, b: { body: '"x"' } })
  assert.deepEqual([run.at, run.answer, run.partial], [0, [200, '{"a":{"n": 1.50, "n": 2},"b":"x"}'], ''])
  assert.deepEqual(linesOf(run.reply!.headers), ['content-type: application/json'])
  assert.deepEqual(services.outcomes, [
    ['a', 'ok', 0],
    ['b', 'ok', 0],
  ])
  assert.deepEqual([services.timers.pending, run.x.onCancel], [0, null])
})

test('branches run side by side: the answer takes as long as the slowest', async () => {
  const services = new FakeServices()
  const run = services.run(aggregateSpec(TWO), { a: { after: 30 }, b: { after: 20, bodyAfter: 20 } })
  await services.pass(100)
  assert.deepEqual([run.at, run.answer], [40, [200, '{"a":{},"b":{}}']])
  assert.deepEqual([run.x.upstreamStartedAt, run.x.upstreamHeadAt - run.x.upstreamStartedAt], [services.startedAt, 40])
})

test('a required branch that fails ends the whole at once, and is named', async () => {
  const branches = [branchSpec('a', { timeoutMs: 300 }), branchSpec('b', { required: true }), branchSpec('c')]
  for (const [plays, answer] of [
    [{ after: 10, status: 503 }, ['BRANCH_FAILED', { branch: 'b', reason: 'status', branchStatus: 503 }]],
    [{ after: 10, fault: reset }, ['BRANCH_FAILED', { branch: 'b', reason: 'connect' }]],
    [{ after: 10, fault: new Fault('CIRCUIT_OPEN') }, ['BRANCH_FAILED', { branch: 'b', reason: 'connect' }]],
    [{ after: 10, fault: new Fault('UPSTREAM_PROTOCOL') }, ['BRANCH_FAILED', { branch: 'b', reason: 'invalid' }]],
    [{ after: 10, fault: new Fault('UPSTREAM_TIMEOUT') }, ['BRANCH_TIMEOUT', { branch: 'b', reason: 'timeout' }]],
    [{ after: 10, breaks: reset }, ['BRANCH_FAILED', { branch: 'b', reason: 'connect', branchStatus: 200 }]],
  ] as const satisfies readonly (readonly [Plays, unknown])[]) {
    const services = new FakeServices()
    const run = services.run(aggregateSpec(branches), { a: { after: NEVER }, b: plays, c: { bodyAfter: NEVER } })
    await services.pass(20)
    assert.deepEqual([run.at, run.answer], [10, answer])
    assert.deepEqual(
      services.visits.map(({ branch, cancels, state }) => [branch, cancels, state]),
      [
        ['a', [10], 'none'],
        ['b', [], services.visits[1]?.state],
        ['c', [10], 'cancelled'],
      ],
    )
    assert.deepEqual(services.outcomes.slice(1), [
      ['a', 'cancelled', 10],
      ['c', 'cancelled', 10],
    ])
    assert.deepEqual([services.timers.pending, run.x.onCancel], [0, null])
  }
})

test('the problem says which branch failed and how, and not where', () => {
  const services = new FakeServices()
  const run = services.run(aggregateSpec([branchSpec('user', { required: true })]), { user: { status: 404 } })
  const { fault } = run.reply!
  assert.deepEqual(
    [run.reply?.status, fault?.detail, fault?.problem?.type],
    [502, 'branch "user" answered 404', 'urn:sallyport:error:branch_failed'],
  )
})

test('log fields are those of the branch that failed the whole', () => {
  const services = new FakeServices()
  const spec = aggregateSpec([branchSpec('a', { required: true })])
  const run = services.runCalls(
    spec,
    new Map([
      [
        'a',
        x => {
          Object.assign(x, { service: 'a-service', upstream: 'http://a', outcome: 'error' })
          return new Reply(500)
        },
      ],
    ]),
  )
  assert.deepEqual([run.x.service, run.x.upstream, run.x.outcome], ['a-service', 'http://a', 'error'])
})

test('the deadline ends what has not arrived, to the ms; the answer says so and is not to be kept', async () => {
  const services = new FakeServices()
  const spec = aggregateSpec(TWO, {
    headers: [
      ['cache-control', 'max-age=60'],
      ['x-kind', 'dashboard'],
    ],
  })
  const run = services.run(spec, { a: { after: 20 }, b: { after: 501 } })
  await services.pass(499)
  assert.equal(run.at, -1)
  await services.pass(1)
  assert.deepEqual([run.at, run.answer, run.partial], [500, [200, '{"a":{},"b":null}'], 'b;reason=timeout;after=500'])
  assert.deepEqual(linesOf(run.reply!.headers), [
    'content-type: application/json',
    'x-kind: dashboard',
    'cache-control: no-store',
  ])
  await services.pass(100)
  assert.deepEqual([services.visits[1]?.cancels, services.timers.pending], [[500], 0])
})

test('a body that is not complete by the deadline has not arrived', async () => {
  const services = new FakeServices()
  const run = services.run(aggregateSpec(TWO), { b: { after: 20, bodyAfter: NEVER } })
  await services.pass(500)
  assert.deepEqual([run.at, run.partial, services.visits[1]?.state], [500, 'b;reason=timeout;after=500', 'cancelled'])
})

test('the deadline of the request counts where it is earlier', async () => {
  const services = new FakeServices()
  const x = Object.assign(new Exchange(), { deadlineAt: services.startedAt + 100 })
  const run = services.run(aggregateSpec(TWO), { b: { after: NEVER } }, x)
  await services.pass(200)
  assert.deepEqual([run.at, run.partial], [100, 'b;reason=timeout;after=100'])
  assert.equal(services.visits[0]?.x.deadlineAt, services.startedAt + 100)
})

test('nothing is asked when the time is over before it begins', () => {
  const services = new FakeServices()
  const x = Object.assign(new Exchange(), { deadlineAt: services.startedAt })
  const run = services.run(aggregateSpec(TWO), {}, x)
  assert.deepEqual(
    [run.at, run.answer, services.visits],
    [0, ['BRANCH_FAILED', { branches: { a: 'timeout', b: 'timeout' } }], []],
  )
})

test('when time went on unnoticed, what would start after the deadline does not', async () => {
  const services = new FakeServices()
  const spec = aggregateSpec([branchSpec('a'), branchSpec('b', { path: ['/', ref('branches.a.id')] })])
  const calls = new Map([
    ['a', services.call('a', { after: 400, body: '{"id":1}' })],
    ['b', services.call('b', {})],
  ])
  const run = services.runCalls(spec, calls)
  services.clock.advance(600)
  services.timers.fire()
  assert.deepEqual(
    [services.visits.length, run.answer, run.partial],
    [1, [200, '{"a":{"id":1},"b":null}'], 'b;reason=timeout;after=500'],
  )
})

test('a branch has its own time, from when it is asked', async () => {
  const services = new FakeServices()
  const spec = aggregateSpec([
    branchSpec('a', { timeoutMs: 200 }),
    branchSpec('b', { timeoutMs: 100, path: ['/', ref('branches.a.id')] }),
  ])
  const run = services.run(spec, { a: { after: 150, body: '{"id":1}' }, b: { after: NEVER } })
  await services.pass(400)
  assert.deepEqual([run.at, run.partial], [250, 'b;reason=timeout;after=250'])
  assert.deepEqual([services.visits[1]?.at, services.visits[1]?.cancels], [150, [250]])
  assert.equal(services.visits[1]?.x.deadlineAt, services.startedAt + 250)
})

test('a time of its own that ends with the whole, or later, changes nothing', async () => {
  for (const timeoutMs of [500, 600]) {
    const services = new FakeServices()
    const run = services.run(aggregateSpec([...TWO, branchSpec('c', { timeoutMs })]), { c: { after: NEVER } })
    assert.equal(services.timers.pending, 1)
    await services.pass(700)
    assert.deepEqual([run.at, run.partial], [500, 'c;reason=timeout;after=500'])
  }
})

test('the client leaves: everything is cut off, once', async () => {
  const services = new FakeServices()
  const spec = aggregateSpec([...TWO, branchSpec('c', { path: ['/', ref('branches.a.id')] }), branchSpec('d')])
  const run = services.run(spec, { a: { after: NEVER }, b: { bodyAfter: NEVER }, d: { after: 5 } })
  await services.pass(10)
  run.x.cancel(GONE)
  run.x.cancel(GONE)
  assert.deepEqual([run.at, run.answer[0], services.timers.pending], [10, 'CLIENT_GONE', 0])
  assert.deepEqual(
    services.visits.map(({ branch, cancels, state }) => [branch, cancels, state]),
    [
      ['a', [10], 'none'],
      ['b', [10], 'cancelled'],
      ['d', [], 'read'],
    ],
  )
  await services.pass(600)
  assert.equal(services.visits.length, 3)
})

test('an answer that comes after all was decided is thrown away', async () => {
  const services = new FakeServices()
  const late = new LaterReply()
  let stop: ((reply: Reply) => void) | undefined
  const promise = new Promise<Reply>(resolve => {
    stop = resolve
  })
  const spec = aggregateSpec([branchSpec('a'), branchSpec('b'), branchSpec('c', { required: true })])
  services.runCalls(
    spec,
    new Map<string, Call>([
      ['a', () => late],
      ['b', () => promise],
      ['c', () => new Reply(500)],
    ]),
  )
  const cancelled: string[] = []
  const reply = (name: string): Reply =>
    new Reply(200, undefined, { length: 2, pipe() {}, resume() {}, cancel: () => void cancelled.push(name) })
  late.resolve(reply('a'))
  stop?.(reply('b'))
  await turn()
  assert.deepEqual(cancelled, ['a', 'b'])
})

test('whatever throws is an error of this request alone, and all else is cut off', async () => {
  for (const broken of [
    () => {
      throw new Error('ours')
    },
    () => Promise.reject(new Error('ours')),
  ]) {
    const services = new FakeServices()
    const spec = aggregateSpec([...TWO, branchSpec('c')])
    const calls = new Map<string, Call>([
      ['a', services.call('a', { after: NEVER })],
      ['b', broken],
      ['c', services.call('c', { after: NEVER })],
    ])
    const run = services.runCalls(spec, calls)
    await turn()
    assert.equal(String(run.error), 'Error: ours')
    assert.ok(services.visits.every(({ cancels }) => cancels.length === 1))
    assert.deepEqual([services.timers.pending, run.x.onCancel], [0, null])
  }
})

test('no branch has data: an error that says why, or an answer without any', () => {
  const plays = { a: { status: 500 }, b: { fault: reset } }
  const run = new FakeServices().run(aggregateSpec(TWO), plays)
  assert.deepEqual(run.answer, ['BRANCH_FAILED', { branches: { a: 'status', b: 'connect' } }])
  assert.equal(run.reply?.fault?.detail, 'no branch has data: "a" answered 500, "b" could not be reached')
  const other = new FakeServices().run(aggregateSpec(TWO, { whenEmpty: 'answer' }), plays)
  assert.deepEqual(
    [other.answer, other.partial],
    [[200, '{"a":null,"b":null}'], 'a;reason=status;status=500, b;reason=connect'],
  )
})

test('with a fallback alone the answer is not empty', () => {
  const branches = [branchSpec('a', { fallback: { kind: 'value', value: { x: 1 } } }), branchSpec('b')]
  const run = new FakeServices().run(aggregateSpec(branches), { a: { status: 500 }, b: { status: 500 } })
  assert.deepEqual(run.answer, [200, '{"a":{"x":1},"b":null}'])
})

test('a call that is not there is refused at load', () => {
  assert.throws(() => new FakeServices().runCalls(aggregateSpec(TWO), new Map()), /branch "a" has nothing to call/)
})

test('how the parts fared is in the body where that is asked for', async () => {
  const services = new FakeServices()
  const run = services.run(aggregateSpec(TWO, { meta: true }), { a: { after: 3 }, b: { after: 5, status: 503 } })
  await services.pass(10)
  assert.equal(
    run.answer[1],
    '{"a":{},"b":null,"_meta":{"complete":false,"branches":{"a":{"status":"ok","ms":3,"httpStatus":200},"b":{"status":"status","ms":5,"httpStatus":503}}}}',
  )
})

test('a packed body is unpacked, whatever thread does it', async () => {
  const text = JSON.stringify('x'.repeat(300_000))
  const branches = [branchSpec('a'), branchSpec('b', { maxBytes: 400_000 })]
  const headers = [['content-encoding', 'gzip']] as const
  const services = new FakeServices()
  const run = services.run(aggregateSpec(branches, { maxBytes: 1_000_000 }), {
    a: { headers, body: gzipSync('{"n":1}') },
    b: { headers, body: gzipSync(text) },
  })
  while (run.at < 0) await new Promise(resolve => setImmediate(resolve))
  assert.deepEqual(run.answer, [200, `{"a":{"n":1},"b":${text}}`])
})
