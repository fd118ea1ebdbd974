import assert from 'node:assert/strict'
import { test } from 'node:test'
import { interleaving } from '../../base/testing/interleave.ts'
import { breakerSpec, breakerWorld } from './testing/world.ts'

/** A thread that is kept from its work at any step while others bring the breaker to a later phase. */
const SPEC = breakerSpec({ consecutiveFailures: 2, halfOpenRequests: 1 })

for (const outcome of ['error', 'answered'] as const)
  test(`an answer (${outcome}) that is overtaken by opening and closing changes nothing in the new phase`, t => {
    const threads = interleaving(t)
    for (let step = 0, more = true; more; step++) {
      const w = breakerWorld(SPEC)
      const permit = w.breakers[1]!.enter(w.now)
      w.fail()
      const { now } = w
      more = threads.run(
        () => w.breakers[1]!.leave(permit, outcome, 1, now),
        step,
        () => {
          w.fail()
          w.pass(5000)
          w.succeed()
          w.fail()
        },
      )
      if (!more) break
      assert.equal(w.read().state, 'closed', `at ${step}: one failure in the new phase`)
      w.fail()
      assert.equal(w.read().state, 'open', `at ${step}: the second one`)
    }
  })

test('a good answer and a failure at once count as if one came after the other', t => {
  const threads = interleaving(t)
  for (let step = 0, more = true; more; step++) {
    const w = breakerWorld(breakerSpec({ consecutiveFailures: 3 }))
    const permits = [w.enter(), w.enter()]
    w.fail()
    more = threads.run(
      () => w.succeed(permits[0]),
      step,
      () => w.fail(permits[1]),
    )
    w.fail()
    assert.equal(w.read().state, 'closed', `at ${step}: the good one interrupted the row`)
  }
})

test('one who enters, kept from it while the phase goes by, is let in by a phase that there is, or not at all', t => {
  const threads = interleaving(t)
  for (let step = 0, more = true; more; step++) {
    const w = breakerWorld(SPEC)
    w.fail()
    w.fail()
    w.pass(5000)
    const { now } = w
    let late = 0
    more = threads.run(
      () => {
        late = w.breakers[1]!.enter(now)
      },
      step,
      () => {
        w.fail()
        w.pass(5010)
        w.succeed()
      },
    )
    if (!more) break
    assert.equal(w.read().state, 'closed', `at ${step}`)
    w.breakers[1]!.leave(late, 'error', 1, w.now)
    w.fail()
    w.fail()
    assert.equal(w.read().state, 'open', `at ${step}`)
  }
})
