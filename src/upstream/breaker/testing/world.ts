import type { BreakerSpec } from '../../../spec/spec-resilience.ts'
import { Cells, momentAfter } from '../../cells.ts'
import type { Breaker } from '../../watch.ts'
import { createBreaker } from '../breaker.ts'
import type { BreakerState } from '../machine.ts'
import { type BreakerReading, forceBreaker, readBreaker } from '../operate.ts'

/** All ways to open are off. */
export const breakerSpec = (given: Partial<BreakerSpec> = {}): BreakerSpec => ({
  failureRate: 0,
  slowRate: 0,
  slowMs: 0,
  consecutiveFailures: 0,
  minRequests: 1,
  windowMs: 10_000,
  openMs: 5000,
  halfOpenRequests: 3,
  rampMs: 0,
  ...given,
})

/** Breakers of several workers over one memory, and a clock that they share. */
export interface World {
  readonly cells: Cells
  readonly breakers: readonly Breaker[]
  /** What was called back, in order. */
  readonly changes: BreakerState[]
  now: number
  /** What the dice say next. */
  chance: number
  /** Of worker 0. */
  enter(): number
  fail(permit?: number): void
  succeed(permit?: number): void
  pass(ms: number): void
  read(): BreakerReading
  force(to: 'open' | 'closed' | null): void
}

export const breakerWorld = (spec: BreakerSpec, workers = 3, start = 1_000_000): World => {
  const cells = new Cells(Cells.create(workers, 1))
  const changes: BreakerState[] = []
  const breakers = Array.from({ length: workers }, (_, worker) =>
    createBreaker(
      spec,
      cells.breaker,
      worker,
      () => world.chance,
      to => changes.push(to),
    ),
  )
  const [first] = breakers
  const world: World = {
    cells,
    breakers,
    changes,
    now: start,
    chance: 0.5,
    enter: () => first!.enter(world.now),
    fail: (permit = world.enter()) => first!.leave(permit, 'error', 1, world.now),
    succeed: (permit = world.enter()) => first!.leave(permit, 'answered', 1, world.now),
    pass: ms => {
      world.now = momentAfter(world.now, ms)
    },
    read: () => readBreaker(spec, cells.breaker, world.now),
    force: to => forceBreaker(cells.breaker, to),
  }
  return world
}

/** It opened by a failure, and the next that enters is a probe. */
export const halfOpenWorld = (given: Partial<BreakerSpec> = {}): World => {
  const w = breakerWorld(breakerSpec({ consecutiveFailures: 1, ...given }))
  w.fail()
  w.pass(5000)
  return w
}
