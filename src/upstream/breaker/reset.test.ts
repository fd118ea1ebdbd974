import assert from 'node:assert/strict'
import { test } from 'node:test'
import { interleaving } from '../../base/testing/interleave.ts'
import { Cells } from '../cells.ts'
import { createBreaker } from './breaker.ts'
import { readBreaker } from './operate.ts'
import { breakerSpec } from './testing/world.ts'

const NOW = 1_000_000

test('a request that comes at any step while another target moves in leaves a breaker that still opens', t => {
  const threads = interleaving(t)
  const spec = breakerSpec({ consecutiveFailures: 1, openMs: 5000 })
  for (const later of [100, 500, 600]) {
    for (let step = 0, more = true; more; step++) {
      const cells = new Cells(Cells.create(1, 1))
      const breaker = createBreaker(spec, cells.targetBreaker(0), 0, Math.random)
      const fail = (now: number): void => breaker.leave(breaker.enter(now), 'error', 1, now)
      fail(NOW)
      const now = NOW + later
      let permit = 0
      more = threads.run(
        () => cells.resetTarget(0),
        step,
        () => {
          permit = breaker.enter(now)
        },
      )
      breaker.leave(permit, 'answered', 1, now)
      assert.equal(readBreaker(spec, cells.targetBreaker(0), now).state, 'closed', `at ${step}`)
      fail(now)
      assert.equal(readBreaker(spec, cells.targetBreaker(0), now).state, 'open', `at ${step}`)
    }
  }
})
