import { createBreaker } from '../../src/upstream/breaker/breaker.ts'
import { createBudget } from '../../src/upstream/budget/budget.ts'
import { Cells, momentAfter } from '../../src/upstream/cells.ts'
import { bench, type Run } from './loop.ts'

/** What a breaker costs a request, for a service of 100 targets that each have one, in 4 workers. */
const WORKERS = 4
const TARGETS = 100
/** The clock goes on by a hundredth of a second every so many requests, as it does at 20,000 a second. */
const REQUESTS_A_TICK = 200

const spec = {
  failureRate: 0.5,
  slowRate: 0,
  slowMs: 0,
  consecutiveFailures: 0,
  minRequests: 20,
  windowMs: 10_000,
  openMs: 5000,
  halfOpenRequests: 3,
  rampMs: 0,
}
const cells = () => new Cells(Cells.create(WORKERS, TARGETS))

const each =
  (one: (i: number, now: number) => unknown): Run =>
  times => {
    let now = 1_000_000
    let last: unknown
    for (let i = 0; i < times; i++) {
      if (i % REQUESTS_A_TICK === 0) now = momentAfter(now, 10)
      last = one(i, now)
    }
    return last
  }

const breakers = (given: object) => {
  const memory = cells()
  return Array.from({ length: TARGETS }, (_, slot) =>
    createBreaker({ ...spec, ...given }, memory.targetBreaker(slot), 0, Math.random),
  )
}
const service = createBreaker(spec, cells().breaker, 0, Math.random)
await bench(
  'breaker: enter and leave, good answers',
  each((_, now) => {
    const permit = service.enter(now)
    service.leave(permit, 'answered', 3, now)
    return permit
  }),
)
for (const [name, given] of [
  ['failure rate', {}],
  ['all three', { slowRate: 0.5, slowMs: 1000, consecutiveFailures: 5 }],
] as const) {
  const targets = breakers(given)
  await bench(
    `breaker: the same, 100 targets in turn, ${name}`,
    each((i, now) => {
      const target = targets[i % TARGETS]!
      const permit = target.enter(now)
      target.leave(permit, 'answered', 3, now)
      return permit
    }),
  )
  await bench(
    `breaker: admits, 100 targets in turn, ${name}`,
    each((i, now) => targets[i % TARGETS]!.admits(now)),
  )
}

const failing = createBreaker({ ...spec, failureRate: 1, consecutiveFailures: 5 }, cells().breaker, 0, Math.random)
await bench(
  'breaker: every other answer is a failure, none opens it',
  each((i, now) => {
    const permit = failing.enter(now)
    failing.leave(permit, i % 2 === 0 ? 'error' : 'answered', 3, now)
    return permit
  }),
)

const budget = createBudget(0.2, 3, cells().budget, 0)
await bench(
  'budget: a request',
  each((_, now) => budget.request(now)),
)
await bench(
  'budget: a request, and every tenth asks for a retry',
  each((i, now) => {
    budget.request(now)
    return i % 10 === 0 && budget.tryRetry(now)
  }),
)
