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
