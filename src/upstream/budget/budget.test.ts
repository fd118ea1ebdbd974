import assert from 'node:assert/strict'
import { once } from 'node:events'
import { join } from 'node:path'
import { test } from 'node:test'
import { Worker } from 'node:worker_threads'
import fc from 'fast-check'
import { Cells } from '../cells.ts'
import { createBudget } from './budget.ts'
import type { RetryTask } from './testing/retry.worker.ts'

const WORKERS = 3
const START = 1_000_000
/** Hundredths of a second: of the window, and of one of its buckets. */
const WINDOW = 1000
const SPAN = 100

const budgetsOf = (share: number, minRetries: number, workers = WORKERS) => {
  const memory = Cells.create(workers, 0)
  const budgets = Array.from({ length: workers }, (_, worker) =>
    createBudget(share, minRetries, new Cells(memory).budget, worker),
  )
  return { memory, budgets, first: budgets[0]! }
}

test('retries are a share of the requests of all workers', () => {
  const { budgets, first } = budgetsOf(0.2, 0)
  for (let i = 0; i < 14; i++) budgets[i % WORKERS]!.request(START)
  assert.deepEqual(
    [1, 2, 3].map(() => first.tryRetry(START)),
    [true, true, false],
  )
  budgets[1]!.request(START)
  assert.equal(budgets[2]!.tryRetry(START), true, 'the fifteenth makes room for a third')
  assert.equal(first.tryRetry(START), false)
})

test('shares that no double says exactly are kept exactly', () => {
  for (const [share, requests, retries] of [
    [0.07, 100, 7],
    [0.29, 100, 29],
    [0.1, 30, 3],
    [0.2, 3, 0],
    [1, 5, 5],
  ] as const) {
    const { first } = budgetsOf(share, 0)
    for (let i = 0; i < requests; i++) first.request(START)
    let allowed = 0
    while (first.tryRetry(START)) allowed++
    assert.equal(allowed, retries, `${share} of ${requests}`)
  }
})

test('a few retries are allowed however few requests there are, but not besides the share', () => {
  const { budgets, first } = budgetsOf(0.5, 3)
  for (let i = 0; i < 3; i++) assert.ok(budgets[i]!.tryRetry(START))
  assert.equal(first.tryRetry(START), false)
  for (let i = 0; i < 6; i++) first.request(START)
  assert.equal(first.tryRetry(START), false)
  first.request(START)
  first.request(START)
  assert.equal(first.tryRetry(START), true)
})

test('without requests and without a minimum there is no retry', () => {
  assert.equal(budgetsOf(0.5, 0).first.tryRetry(START), false)
})

test('a retry that was not sent is given back, if it still counts', () => {
  const { budgets, first } = budgetsOf(0.2, 1)
  assert.ok(first.tryRetry(START))
  assert.equal(budgets[1]!.tryRetry(START), false)
  first.giveBack(START)
  assert.ok(budgets[1]!.tryRetry(START + 10))
  // By then it has left the window, and what is in its place is another one.
  assert.ok(first.tryRetry(START + 2 * WINDOW))
  first.giveBack(START)
  assert.equal(first.tryRetry(START + 2 * WINDOW), false)
})

test('what happened ten seconds ago counts no more', () => {
  const { first } = budgetsOf(0.5, 1)
  for (let i = 0; i < 8; i++) first.request(START)
  for (let i = 0; i < 4; i++) assert.ok(first.tryRetry(START))
  assert.equal(first.tryRetry(START + WINDOW - SPAN - 1), false)
  assert.equal(first.tryRetry(START + WINDOW), true, 'the one that is always allowed')
  assert.equal(first.tryRetry(START + WINDOW), false)
})

const steps = fc.array(
  fc.record({
    worker: fc.nat(WORKERS - 1),
    act: fc.constantFrom('request', 'request', 'request', 'retry', 'retry', 'retry', 'give back', 'pass'),
    n: fc.nat(400),
  }),
  { maxLength: 200, size: 'max' },
)

test('whatever happens, in the window of each retry there are no more of them than the share or the minimum', () => {
  const settings = fc.record({ share: fc.constantFrom(0.01, 0.2, 0.5, 1), minRetries: fc.nat(4) })
  let allowed = 0
  let refused = 0
  fc.assert(
    fc.property(settings, steps, ({ share, minRetries }, all) => {
      const { budgets } = budgetsOf(share, minRetries)
      const requests: number[] = []
      const retries: { at: number; worker: number }[] = []
      let now = START
      const counts = (at: number): boolean => now - Math.floor(at / SPAN) * SPAN < WINDOW
      for (const { worker, act, n } of all) {
        const budget = budgets[worker]!
        if (act === 'pass') now += n
        else if (act === 'request') {
          budget.request(now)
          requests.push(now)
        } else if (act === 'give back') {
          const retry = retries.splice(n % Math.max(1, retries.length), 1)[0]
          if (retry !== undefined) budgets[retry.worker]!.giveBack(retry.at)
        } else {
          const most = Math.max(minRetries, Math.floor(share * requests.filter(counts).length + 1e-9))
          const count = retries.filter(({ at }) => counts(at)).length
          const may = budget.tryRetry(now)
          assert.equal(may, count < most, `${count} of ${most}`)
          if (may) retries.push({ at: now, worker })
          if (may) allowed++
          else refused++
        }
      }
    }),
    { numRuns: 500 },
  )
  assert.ok(Math.min(allowed, refused) > 1000, `${allowed} allowed, ${refused} refused`)
})

const THREADS = 4
const REQUESTS_EACH = 2000

test('four threads that retry all they can, while requests come: never more than the share at any moment', async t => {
  const share = 0.2
  const { memory, budgets } = budgetsOf(share, 3, THREADS)
  const counts = new SharedArrayBuffer(16)
  const task: Omit<RetryTask, 'worker'> = { memory, share, minRetries: 3, counts, requests: REQUESTS_EACH, now: START }
  const threads = budgets.map((_, worker) => {
    const file = join(import.meta.dirname, 'testing/retry.worker.ts')
    const thread = new Worker(file, { workerData: { ...task, worker } })
    t.after(() => thread.terminate())
    return thread
  })
  await Promise.all(threads.map(thread => once(thread, 'exit')))

  const [requests, retries, tooMany, refused] = new Int32Array(counts)
  assert.equal(requests, THREADS * REQUESTS_EACH)
  assert.equal(tooMany, 0)
  assert.ok(refused! > 1000, `${refused} refused`)
  // Two that came for the last place at once may both have gone without; it is still there.
  let rest = 0
  while (budgets[0]!.tryRetry(START)) rest++
  assert.equal(retries! + rest, share * requests!)
})
