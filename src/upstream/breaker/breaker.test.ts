import assert from 'node:assert/strict'
import { test } from 'node:test'
import { type Outcome, REFUSED } from '../watch.ts'
import { breakerSpec, breakerWorld, type World } from './testing/world.ts'

/** One letter a request: fails, is fine, is slow, slow and failing. Those after it opened are not let in. */
const requests = (w: World, letters: string): number => {
  let sent = 0
  for (const letter of letters.replaceAll(' ', '')) {
    const permit = w.enter()
    if (permit === REFUSED) break
    sent++
    const outcome = letter === 'f' || letter === 'b' ? 'timeout' : 'answered'
    w.breakers[0]!.leave(permit, outcome, letter === 's' || letter === 'b' ? 1000 : 999, w.now)
  }
  return sent
}

const OPENS: readonly [what: string, spec: Parameters<typeof breakerSpec>[0], letters: string, after: number][] = [
  ['half of four fail', { failureRate: 0.5, minRequests: 4 }, '.f.f ....', 4],
  ['half fail, but of three', { failureRate: 0.5, minRequests: 4 }, 'f.f', -1],
  ['less than half fail', { failureRate: 0.5, minRequests: 4 }, '..f.f..f.', -1],
  ['exactly 7 % fail', { failureRate: 0.07, minRequests: 100 }, `${'.'.repeat(93)}ffffffffff`, 100],
  ['all fail', { failureRate: 1, minRequests: 3 }, 'fff', 3],
  ['all but one fail', { failureRate: 1, minRequests: 3 }, '.ffffff', -1],
  ['half are slow', { slowRate: 0.5, slowMs: 1000, minRequests: 4 }, 's..s ...', 4],
  ['slow ones that do not matter', { failureRate: 0.5, slowMs: 1000 }, 'ssss', -1],
  ['slow failures are slow', { slowRate: 0.5, slowMs: 1000, minRequests: 4 }, 'b..b', 4],
  ['failures that do not matter', { slowRate: 0.5, slowMs: 1000 }, 'ffff', -1],
  ['three in a row fail', { consecutiveFailures: 3 }, 'ff.fff', 6],
  ['never three in a row', { consecutiveFailures: 3 }, 'ff.ff.ff.', -1],
  ['a row counts before a rate does', { consecutiveFailures: 2, failureRate: 0.5, minRequests: 9 }, '.ff', 3],
  ['and a rate before a row', { consecutiveFailures: 9, failureRate: 0.5, minRequests: 2 }, '.f', 2],
  ['all is off', {}, 'bbbbbbbbbbbbbbbb', -1],
]
for (const [what, spec, letters, after] of OPENS)
  test(`${after < 0 ? 'does not open' : `opens after ${after}`}: ${what}`, () => {
    const w = breakerWorld(breakerSpec(spec))
    const sent = requests(w, letters)
    assert.equal(w.read().state, after < 0 ? 'closed' : 'open')
    assert.equal(sent, after < 0 ? letters.replaceAll(' ', '').length : after)
    assert.deepEqual(w.changes, after < 0 ? [] : ['open'])
  })

test('every outcome but an answer below 500 is a failure, and nothing follows from two of them', () => {
  const failures: Record<Outcome, boolean> = {
    answered: false,
    error: true,
    connect: true,
    reset: true,
    protocol: true,
    timeout: true,
    cancelled: false,
    unsent: false,
  }
  const outcomes = Object.keys(failures) as Outcome[]
  for (const outcome of outcomes) {
    const w = breakerWorld(breakerSpec({ failureRate: 1, slowRate: 1, slowMs: 100 }))
    w.breakers[0]!.leave(w.enter(), outcome, 5, w.now)
    assert.equal(w.read().state, failures[outcome] ? 'open' : 'closed', outcome)
    assert.equal(w.read().requests, outcome === 'cancelled' || outcome === 'unsent' ? 0 : 1, outcome)
  }
})

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

const halfOpen = (given: Parameters<typeof breakerSpec>[0] = {}): World => {
  const w = breakerWorld(breakerSpec({ consecutiveFailures: 1, ...given }))
  w.fail()
  w.pass(5000)
  return w
}

test('half-open, all workers together let in as many probes as there are places, and close when all were good', () => {
  const w = halfOpen()
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
  const w = halfOpen()
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
    const w = halfOpen({ slowRate, slowMs: 100 })
    w.breakers[0]!.leave(w.enter(), 'answered', 100, w.now)
    assert.equal(w.read().state, state)
  }
})

test('a probe that was cancelled or not sent gives its place back', () => {
  const w = halfOpen({ halfOpenRequests: 1 })
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
  const w = halfOpen({ halfOpenRequests: 2 })
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

test('answers to what was let in before it opened change nothing after it closed', () => {
  const w = breakerWorld(breakerSpec({ failureRate: 0.5, minRequests: 2, consecutiveFailures: 2 }))
  const late = [w.enter(), w.enter(), w.enter()]
  w.fail()
  w.fail()
  w.fail(late[0])
  w.pass(5000)
  for (let i = 0; i < 3; i++) w.succeed()
  assert.equal(w.read().state, 'closed')
  for (const permit of late.slice(1)) w.fail(permit)
  assert.equal(w.read().state, 'closed')
})

test('what made it open does not count again after it closed, what comes then counts at once', () => {
  for (const openMs of [10, 500, 1000, 5000]) {
    const w = breakerWorld(breakerSpec({ failureRate: 0.5, minRequests: 5, openMs, halfOpenRequests: 1 }))
    w.pass(730)
    for (let i = 0; i < 5; i++) w.fail()
    w.pass(openMs)
    w.succeed()
    assert.equal(w.read().state, 'closed')
    for (let i = 0; i < 4; i++) w.fail()
    assert.equal(w.read().state, 'closed', `${openMs} ms: four are too few`)
    // Where that is less than a bucket, what made it open may be in the same one, and all of that is left out.
    if (openMs < 1000) w.pass(1000)
    for (let i = 0; i < (openMs < 1000 ? 5 : 1); i++) w.fail()
    assert.equal(w.read().state, 'open', `${openMs} ms`)
  }
})

test('traffic comes back in a straight line over the time of the ramp', () => {
  const w = halfOpen({ halfOpenRequests: 1, rampMs: 10_000 })
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
  const w = halfOpen({ halfOpenRequests: 1, rampMs: 10_000 })
  w.succeed()
  w.pass(6000)
  w.fail()
  assert.equal(w.read().state, 'open')
})

test('forced open it lets nothing in, forced closed everything, and then goes on from where it was', () => {
  const w = halfOpen({ halfOpenRequests: 1 })
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
