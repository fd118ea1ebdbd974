import assert from 'node:assert/strict'
import { test } from 'node:test'
import { REFUSED } from '../watch.ts'
import { halfOpenWorld } from './testing/world.ts'

test('half-open, all workers together let in as many probes as there are places, and close when all were good', () => {
  const w = halfOpenWorld()
  const permits = [0, 1, 2].map(worker => w.breakers[worker]!.enter(w.now))
  assert.ok(!permits.includes(REFUSED))
  for (const breaker of w.breakers) {
    assert.equal(breaker.enter(w.now), REFUSED)
    assert.equal(breaker.waitMs(w.now), 5000)
  }
  w.succeed(permits[0])
  w.succeed(permits[1])
  assert.equal(w.enter(), REFUSED, 'a good probe does not make room for another')
  assert.equal(w.read().goodProbes, 2)
  w.succeed(permits[2])
  assert.equal(w.read().state, 'closed')
  assert.notEqual(w.enter(), REFUSED)
  assert.deepEqual(w.changes, ['open', 'half-open', 'closed'])
})

test('one bad probe opens it again, and what others say is not heard any more', () => {
  const w = halfOpenWorld()
  const permits = [w.enter(), w.enter(), w.enter()]
  w.succeed(permits[0])
  w.fail(permits[1])
  w.fail(permits[2])
  assert.deepEqual(w.changes, ['open', 'half-open', 'open'])
  assert.equal(w.read().untilMs, 5010, 'a phase that began in this hundredth of a second came before')
})

test('a slow probe is a bad one where slow calls matter', () => {
  for (const [slowRate, state] of [
    [0, 'half-open'],
    [0.9, 'open'],
  ] as const) {
    const w = halfOpenWorld({ slowRate, slowMs: 100 })
    w.breakers[0]!.leave(w.enter(), 'answered', 100, w.now)
    assert.equal(w.read().state, state)
  }
})

test('a probe that was cancelled or not sent gives its place back', () => {
  const w = halfOpenWorld({ halfOpenRequests: 1 })
  for (const outcome of ['cancelled', 'unsent'] as const) {
    const permit = w.enter()
    assert.equal(w.breakers[1]!.enter(w.now), REFUSED)
    w.breakers[2]!.leave(permit, outcome, 60_000, w.now)
    assert.equal(w.read().probes, 0)
  }
  w.succeed()
  assert.equal(w.read().state, 'closed')
})

test('probes that never come back are given up after the time it is open, and have no say later', () => {
  const w = halfOpenWorld({ halfOpenRequests: 2 })
  const lost = [w.enter(), w.enter()]
  w.pass(4990)
  assert.equal(w.enter(), REFUSED)
  w.pass(10)
  const again = [w.enter(), w.enter()]
  assert.equal(w.enter(), REFUSED)
  w.fail(lost[0])
  w.succeed(lost[1])
  w.breakers[0]!.leave(lost[1]!, 'cancelled', 1, w.now)
  assert.deepEqual([w.read().state, w.read().probes, w.read().goodProbes], ['half-open', 2, 0])
  for (const permit of again) w.succeed(permit)
  assert.equal(w.read().state, 'closed')
})
