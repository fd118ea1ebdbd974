import assert from 'node:assert/strict'
import { test } from 'node:test'
import { interleaving } from '../../base/testing/interleave.ts'
import { Cells } from '../cells.ts'
import { createBudget } from './budget.ts'

const NOW = 1_000_000

/** Ten requests, so that two retries are allowed, of which one is used. */
const world = () => {
  const { budget: cells } = new Cells(Cells.create(3, 0))
  const budgets = [0, 1, 2].map(worker => createBudget(0.2, 0, cells, worker))
  for (let i = 0; i < 10; i++) budgets[i % 3]!.request(NOW)
  let allowed = 0
  const retry = (worker: number) => (): void => {
    if (budgets[worker]!.tryRetry(NOW)) allowed++
  }
  retry(2)()
  return { retry, allowed: () => allowed }
}

test('of three workers that come for the last retry at once, interrupted at every step, one gets it', t => {
  const threads = interleaving(t)
  let schedules = 0
  for (let step = 0, more = true; more; step++)
    for (let inner = 0, deeper = true; deeper && more; inner++) {
      const { retry, allowed } = world()
      more = threads.run(retry(0), step, () => {
        deeper = threads.run(retry(1), inner, retry(2))
      })
      if (!more) break
      schedules++
      // Those who interrupt have come to their end, and whom they interrupt is alone then: see the threads for the rest.
      assert.equal(allowed(), 2, `${step}, ${inner}`)
      retry(0)()
      assert.equal(allowed(), 2, `${step}, ${inner}: one more`)
    }
  assert.ok(schedules > 1000, `${schedules} schedules`)
})

test('a worker that dies while it asks costs one retry at most, until the window has passed', t => {
  const threads = interleaving(t)
  for (let step = 0, more = true; more; step++) {
    const { retry, allowed } = world()
    more = threads.stop(retry(0), step)
    for (let i = 0; i < 3; i++) retry(1)()
    assert.ok(allowed() === 2 || (more && allowed() === 1), `at ${step}: ${allowed()}`)
  }
})
