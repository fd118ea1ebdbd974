import assert from 'node:assert/strict'
import { test } from 'node:test'
import { REFUSED } from '../watch.ts'
import { breakerSpec, breakerWorld, halfOpenWorld } from './testing/world.ts'

test('an open breaker lets nothing in until its time is over, and says how long that is', () => {
  const w = breakerWorld(breakerSpec({ consecutiveFailures: 1 }))
  w.fail()
  for (let waited = 0; waited < 5000; waited += 500, w.pass(500))
    for (const breaker of w.breakers) {
      assert.equal(breaker.enter(w.now), REFUSED)
      assert.equal(breaker.admits(w.now), false)
      assert.equal(breaker.waitMs(w.now), 5000 - waited)
    }
  assert.equal(w.breakers[1]!.admits(w.now), true)
  assert.notEqual(w.breakers[1]!.enter(w.now), REFUSED)
  assert.deepEqual(w.changes, ['open', 'half-open'])
})

test('traffic comes back in a straight line over the time of the ramp', () => {
  const w = halfOpenWorld({ halfOpenRequests: 1, rampMs: 10_000 })
  w.succeed()
  for (const share of [0, 0.25, 0.5, 0.75, 1, 1]) {
    let admitted = 0
    for (w.chance = 0; w.chance < 1; w.chance += 1 / 64) if (w.enter() !== REFUSED) admitted++
    assert.equal(admitted / 64, share)
    assert.ok(w.breakers[0]!.admits(w.now))
    assert.equal(w.breakers[0]!.waitMs(w.now), 0)
    w.pass(2500)
  }
  assert.deepEqual(w.changes, ['open', 'half-open', 'closed'])
})

test('a failure on the ramp opens it again', () => {
  const w = halfOpenWorld({ halfOpenRequests: 1, rampMs: 10_000 })
  w.succeed()
  w.pass(6000)
  w.fail()
  assert.equal(w.read().state, 'open')
})

test('forced open it lets nothing in, forced closed everything, and then goes on from where it was', () => {
  const w = halfOpenWorld({ halfOpenRequests: 1 })
  const probe = w.enter()
  w.force('open')
  for (const breaker of w.breakers) {
    assert.equal(breaker.enter(w.now), REFUSED)
    assert.deepEqual([breaker.admits(w.now), breaker.waitMs(w.now)], [false, 5000])
  }
  assert.equal(w.read().forced, 'open')
  w.force('closed')
  for (let i = 0; i < 20; i++) w.fail()
  assert.deepEqual([w.breakers[0]!.admits(w.now), w.breakers[0]!.waitMs(w.now)], [true, 0])
  w.force(null)
  assert.deepEqual([w.read().state, w.read().probes, w.read().forced], ['half-open', 1, null])
  w.succeed(probe)
  assert.equal(w.read().state, 'closed')
})

test('what was let in while forced closed says nothing, also when it comes back later', () => {
  const w = breakerWorld(breakerSpec({ consecutiveFailures: 1 }))
  w.force('closed')
  const permits = [w.enter(), w.enter()]
  w.fail(permits[0])
  w.force(null)
  w.fail(permits[1])
  assert.equal(w.read().state, 'closed')
})

test('on a machine that is up for most of a year it opens, stays open and closes as on the first day', () => {
  for (const days of [0, 124, 248, 249, 300, 496.5, 497]) {
    const start = (days * 8_640_000) | 0 || 1
    const w = breakerWorld(breakerSpec({ consecutiveFailures: 1, halfOpenRequests: 1 }), 1, start)
    for (let round = 0; round < 2; round++) {
      w.fail()
      w.pass(4000)
      assert.equal(w.enter(), REFUSED, `${days} days`)
      // Phases that begin in the same hundredth of a second are dated one after the other.
      w.pass(1020)
      w.succeed()
      assert.equal(w.read().state, 'closed', `${days} days`)
    }
    w.fail()
    w.now = (w.now + 250 * 8_640_000) | 0
    assert.notEqual(w.enter(), REFUSED, 'open, and nobody asked for 250 days')
  }
})
