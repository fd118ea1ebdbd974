import assert from 'node:assert/strict'
import { test } from 'node:test'
import { Fault } from '../base/errors.ts'
import { fakeSource } from '../base/testing.ts'
import type { Exchange } from '../core/exchange.ts'
import { Reply } from '../core/reply.ts'
import { isIdentityField } from '../http1/serialize.ts'
import { Attempt } from './attempt.ts'
import { Cells } from './cells.ts'
import { exchange, FakeTarget, fakeWorld, memberOf } from './testing.ts'

const GONE = new Fault('CLIENT_GONE')

const setup = (given: Partial<Exchange> = {}, perTryMs = 0) => {
  const world = fakeWorld()
  const target = new FakeTarget('t', world)
  const x = exchange({ method: 'GET', ...given })
  const told: string[] = []
  const attempt = new Attempt(x, isIdentityField, {
    world,
    ended: (_attempt, outcome, ms) => void told.push(`${outcome} after ${ms}`),
    answered: (_attempt, reply) => void told.push(`answered ${reply.status}`),
    left: () => void told.push('left'),
  })
  const replies: Reply[] = []
  attempt.wait({ onValue: reply => void replies.push(reply), onError: assert.fail })
  const connection = { reused: true, answered: false, destroyed: 0, destroy: () => void connection.destroyed++ }
  attempt.connection = connection
  attempt.start(memberOf(target, 0, new Cells(Cells.create(1, 1))), 'head', perTryMs)
  world.clock.advance(7)
  return { world, target, x, attempt, replies, connection, told }
}

test('answered: times, counts, and its place free when it is over', () => {
  const { world, target, x, attempt, replies } = setup()
  assert.equal(target.meter.inFlight.total(), 1)
  const reply = new Reply(204)
  attempt.succeed(reply)
  assert.deepEqual([replies, target.outcomes], [[reply], ['204 after 7']])
  assert.equal(x.upstreamHeadAt, world.clock.now())
  assert.equal(target.meter.inFlight.total(), 1)
  attempt.over()
  attempt.over()
  assert.deepEqual([target.meter.inFlight.total(), x.onCancel], [0, null])
})

const failures: readonly [why: Fault, outcome: string][] = [
  [new Fault('UPSTREAM_TIMEOUT'), 'timeout after 7'],
  [new Fault('UPSTREAM_PROTOCOL'), 'protocol after 7'],
  [new Fault('UPSTREAM_CONNECT'), 'connect after 7'],
  [new Fault('BAD_REQUEST'), 'cancelled after 7'],
]

for (const [why, outcome] of failures) {
  test(`failed with ${why.code}: one reply, counted once as ${outcome}`, () => {
    const { target, attempt, replies } = setup()
    attempt.fail(why)
    attempt.fail(why)
    attempt.cancel(GONE)
    assert.deepEqual([replies.map(reply => reply.fault), target.outcomes], [[why], [outcome]])
    assert.equal(target.meter.inFlight.total(), 0)
  })
}

test('the client leaves: the connection is given up, nobody is counted twice', () => {
  const { target, x, replies, connection } = setup()
  x.cancel(GONE)
  assert.deepEqual([connection.destroyed, replies[0]?.fault], [1, GONE])
  assert.deepEqual([target.outcomes, target.meter.inFlight.total()], [['cancelled after 7'], 0])
})

test('the client leaves in mid-answer: the answer counts as it was', () => {
  const { target, x, attempt, connection } = setup()
  attempt.succeed(new Reply(200))
  x.cancel(GONE)
  assert.deepEqual([connection.destroyed, target.outcomes, target.meter.inFlight.total()], [1, ['200 after 7'], 0])
})

test('no connection: the target is held to have refused', () => {
  const { target, attempt, replies } = setup()
  for (let i = 0; i < 2; i++) target.refused()
  assert.equal(target.isSkipped, false)
  attempt.connectFailed('ECONNREFUSED')
  assert.equal(target.isSkipped, true)
  assert.equal(replies[0]?.fault?.code, 'UPSTREAM_CONNECT')
  assert.match(replies[0]?.fault?.detail ?? '', /ECONNREFUSED/)
})

const ends: readonly [what: string, end: (it: ReturnType<typeof setup>) => void, told: string[]][] = [
  ['a good answer', ({ attempt }) => attempt.succeed(new Reply(404)), ['answered after 7', 'answered 404']],
  ['a bad one', ({ attempt }) => attempt.succeed(new Reply(500)), ['error after 7', 'answered 500']],
  ['no connection', ({ attempt }) => attempt.connectFailed('X'), ['connect after 7', 'left']],
  [
    'no connection in time',
    ({ attempt }) => attempt.fail(new Fault('UPSTREAM_TIMEOUT'), false),
    ['connect after 7', 'left'],
  ],
  ['no answer in time', ({ attempt }) => attempt.fail(new Fault('UPSTREAM_TIMEOUT')), ['timeout after 7', 'left']],
  [
    'a reset',
    ({ attempt, connection }) => attempt.connectionLost({ ...connection, reused: false }, ''),
    ['reset after 7', 'left'],
  ],
  ['nonsense', ({ attempt }) => attempt.fail(new Fault('UPSTREAM_PROTOCOL')), ['protocol after 7', 'left']],
  ['a broken upload', ({ attempt }) => attempt.fail(new Fault('REQUEST_TIMEOUT')), ['cancelled after 7', 'left']],
  ['a client that left', ({ x }) => x.cancel(GONE), ['cancelled after 7', 'left']],
]

for (const [what, end, expected] of ends) {
  test(`who sent it is told once of ${what}, before the caller is`, () => {
    const it = setup()
    end(it)
    it.attempt.fail(GONE)
    it.x.cancel(GONE)
    assert.deepEqual(it.told.slice(0, 2), expected)
    assert.equal(it.told.filter(line => / after /.test(line)).length, 1)
    assert.equal(it.told.filter(line => line === 'left').length, 1)
    assert.equal(it.x.outcome, expected[0]!.split(' ')[0])
  })
}

const givenUp: readonly [what: string, waitedMs: number, why: Fault, outcome: string][] = [
  ['had most of the time', 60, new Fault('UPSTREAM_TIMEOUT'), 'timeout'],
  ['was asked late', 40, new Fault('UPSTREAM_TIMEOUT'), 'cancelled'],
  ['is not wanted any more', 60, GONE, 'cancelled'],
]

for (const [what, waitedMs, why, outcome] of givenUp) {
  test(`given up by an aggregate, a target that ${what}: ${outcome}`, () => {
    const it = setup()
    Object.assign(it.x, {
      startedAt: it.world.clock.now() - 100 + waitedMs,
      deadlineAt: it.world.clock.now() + waitedMs,
    })
    it.world.clock.advance(waitedMs - 7)
    it.x.cancel(why)
    assert.equal(it.told[0], `${outcome} after ${waitedMs}`)
  })
}

test('the time for one try ends the try, to the millisecond, unless the head has come', () => {
  const late = setup({}, 500)
  late.world.pass(400)
  assert.equal(late.replies.length, 0)
  late.world.pass(200)
  assert.deepEqual(
    [late.replies[0]?.fault?.code, late.connection.destroyed, late.x.outcome],
    ['UPSTREAM_TIMEOUT', 1, 'timeout'],
  )
  const good = setup({}, 500)
  good.attempt.succeed(new Reply(200))
  good.world.pass(1000)
  assert.deepEqual([good.replies.length, good.connection.destroyed], [1, 0])
})

const body = fakeSource(1)
const lost: readonly [what: string, given: Partial<Exchange>, of: object, again: boolean][] = [
  ['a stale connection, GET', { method: 'GET' }, {}, true],
  ['a stale connection, PUT without a body', { method: 'PUT' }, {}, true],
  ['a stale connection, POST', { method: 'POST' }, {}, false],
  ['a stale connection, PATCH', { method: 'PATCH' }, {}, false],
  ['a stale connection, PUT with a body', { method: 'PUT', body }, {}, false],
  ['a new connection', { method: 'GET' }, { reused: false }, false],
  ['a connection that had begun to answer', { method: 'GET' }, { answered: true }, false],
]

for (const [what, given, of, again] of lost) {
  test(`lost: ${what} is ${again ? 'tried once more' : 'an error'}`, () => {
    const { target, attempt, replies, connection } = setup(given)
    attempt.connectionLost(Object.assign(connection, of), 'it broke')
    assert.equal(target.started.length, again ? 2 : 1)
    if (again) attempt.connectionLost(connection, 'it broke')
    assert.deepEqual([target.started.length, replies[0]?.fault?.code], [again ? 2 : 1, 'UPSTREAM_CONNECT'])
    assert.equal(target.meter.inFlight.total(), 0)
  })
}

test('while the client sends its body neither the time for one try runs, nor is the target slow', () => {
  const { world, attempt, replies, told } = setup({ method: 'POST', body: fakeSource(9) }, 500)
  world.pass(2000)
  assert.equal(replies.length, 0)
  attempt.sent()
  world.pass(200)
  attempt.succeed(new Reply(200))
  assert.deepEqual(told, ['answered after 200', 'answered 200'])
  const late = setup({ method: 'POST', body: fakeSource(9) }, 500)
  late.attempt.sent()
  late.world.pass(600)
  assert.deepEqual([late.replies[0]?.fault?.code, late.x.outcome], ['UPSTREAM_TIMEOUT', 'timeout'])
})

const timeouts: readonly [what: string, given: Partial<Exchange>, hurried: boolean, outcome: string][] = [
  ['a deadline of the configuration', { deadlineAt: 1 }, false, 'timeout'],
  ["a client's own deadline", { deadlineAt: 1 }, true, 'cancelled'],
  ['a deadline with the body not here yet', { deadlineAt: 1, body }, false, 'cancelled'],
  ['a target that takes no more of the body, before the deadline', { deadlineAt: 1e12, body }, false, 'timeout'],
  ["a time other than the client's, which is not over", { deadlineAt: 1e12 }, true, 'timeout'],
]

for (const [what, given, hurried, outcome] of timeouts) {
  test(`too late by ${what}: ${outcome === 'timeout' ? "the target's fault" : 'says nothing of the target'}`, () => {
    const { attempt, replies, x } = setup(given)
    attempt.hurried = hurried
    attempt.fail(new Fault('UPSTREAM_TIMEOUT'))
    assert.deepEqual([replies[0]?.fault?.code, x.outcome], ['UPSTREAM_TIMEOUT', outcome])
  })
}
