import assert from 'node:assert/strict'
import { test } from 'node:test'
import { Fault } from '../base/errors.ts'
import { fakeSource } from '../base/testing.ts'
import type { Exchange } from '../core/exchange.ts'
import { Reply } from '../core/reply.ts'
import { isIdentityField } from '../http1/serialize.ts'
import { Attempt } from './attempt.ts'
import { exchange, FakeTarget, fakeWorld } from './testing.ts'

const GONE = new Fault('CLIENT_GONE')

const setup = (given: Partial<Exchange> = {}) => {
  const world = fakeWorld()
  const target = new FakeTarget('t', world)
  const x = exchange({ method: 'GET', ...given })
  const attempt = new Attempt(x, target, 'head', isIdentityField)
  const replies: Reply[] = []
  attempt.wait({ onValue: reply => void replies.push(reply), onError: assert.fail })
  const connection = { reused: true, answered: false, destroyed: 0, destroy: () => void connection.destroyed++ }
  attempt.connection = connection
  attempt.start()
  world.clock.advance(7)
  return { world, target, x, attempt, replies, connection }
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
