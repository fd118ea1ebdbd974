import assert from 'node:assert/strict'
import { test } from 'node:test'
import fc from 'fast-check'
import type { BreakerSpec } from '../../spec/spec-resilience.ts'
import { type Outcome, REFUSED } from '../watch.ts'
import { type BreakerModel, breakerModel, type Held } from './testing/model.ts'
import { breakerSpec, breakerWorld, type World } from './testing/world.ts'

const WORKERS = 3
const RUNS = 1000

/** What was let in on both sides, in the same order. */
interface Real extends World {
  readonly permits: number[]
}
interface Model extends BreakerModel {
  readonly held: Held[]
}
type Command = fc.Command<Model, Real>

const seen = new Map<string, number>()
const count = (what: string): void => void seen.set(what, (seen.get(what) ?? 0) + 1)

const compare = (spec: BreakerSpec, model: Model, real: Real): void => {
  const { admitted, ...reading } = real.read()
  const { admitted: expectedShare, ...expected } = model.read()
  assert.deepEqual(reading, expected)
  assert.ok(Math.abs(admitted - expectedShare) < 1e-9, `${admitted} admitted, not ${expectedShare}`)
  assert.deepEqual(real.changes, model.changes)
  assert.ok(reading.goodProbes >= 0 && reading.goodProbes <= reading.probes && reading.probes <= spec.halfOpenRequests)
  assert.ok(Math.min(reading.requests, reading.failures, reading.slow, reading.untilMs) >= 0)
  for (const breaker of real.breakers) {
    assert.equal(breaker.admits(real.now), model.admits())
    assert.equal(breaker.waitMs(real.now), model.waitMs())
  }
  count(reading.state)
  if (admitted > 0 && admitted < 1) count('ramping')
}

const commandsFor = (spec: BreakerSpec): fc.Arbitrary<Iterable<Command>> => {
  const does = (text: string, act: (model: Model, real: Real) => void): Command => ({
    check: () => true,
    run(model, real) {
      act(model, real)
      compare(spec, model, real)
    },
    toString: () => text,
  })
  const enter = fc.tuple(fc.nat(WORKERS - 1), fc.double({ min: 0, max: 0.999, noNaN: true })).map(([worker, chance]) =>
    does(`worker ${worker} enters (dice: ${chance})`, (model, real) => {
      real.chance = chance
      const permit = real.breakers[worker]!.enter(real.now)
      const held = model.enter(chance)
      assert.equal(permit !== REFUSED, held !== null)
      if (held === null) return
      real.permits.push(permit)
      model.held.push(held)
    }),
  )
  const outcomes: Outcome[] = ['answered', 'answered', 'answered', 'error', 'connect', 'timeout', 'cancelled', 'unsent']
  const leave = fc
    .tuple(fc.nat(WORKERS - 1), fc.nat(), fc.constantFrom(...outcomes), fc.constantFrom(1, 1, 1, 200))
    .map(([worker, nth, outcome, ms]) =>
      does(`worker ${worker} leaves: ${outcome} after ${ms} ms`, (model, real) => {
        if (model.held.length === 0) return
        const [permit] = real.permits.splice(nth % real.permits.length, 1)
        const [held] = model.held.splice(nth % model.held.length, 1)
        real.breakers[worker]!.leave(permit!, outcome, ms, real.now)
        model.leave(held!, outcome, ms)
        count(outcome)
      }),
    )
  const pass = fc.oneof(fc.integer({ min: 1, max: 3 }), fc.integer({ min: 4, max: 60 })).map(hundredths =>
    does(`${hundredths} hundredths of a second pass`, (model, real) => {
      real.pass(hundredths * 10)
      model.pass(hundredths)
    }),
  )
  const force = fc.constantFrom('open' as const, 'closed' as const, null, null).map(to =>
    does(`an operator: ${to}`, (model, real) => {
      real.force(to)
      model.force(to)
    }),
  )
  const often = fc.oneof(
    { arbitrary: enter, weight: 8 },
    { arbitrary: leave, weight: 8 },
    { arbitrary: pass, weight: 3 },
    { arbitrary: force, weight: 1 },
  )
  return fc.commands([often], { maxCommands: 150, size: 'max' })
}

const specs = fc
  .record({
    failureRate: fc.constantFrom(0, 0.3, 0.5, 1),
    slowRate: fc.constantFrom(0, 0, 0.5),
    slowMs: fc.constant(100),
    consecutiveFailures: fc.constantFrom(0, 1, 2, 4),
    minRequests: fc.integer({ min: 1, max: 6 }),
    windowMs: fc.constantFrom(100, 1000, 10_000),
    openMs: fc.constantFrom(1, 40, 200, 500),
    halfOpenRequests: fc.integer({ min: 1, max: 4 }),
    rampMs: fc.constantFrom(0, 0, 25, 300),
  })
  .map(breakerSpec)

test('breakers of several workers over one memory are one breaker, which does as the model does', () => {
  // Where the moments of cells.ts have a sign, and where they turn negative.
  const starts = fc.oneof(fc.integer({ min: 100_000, max: 2 ** 32 - 100_000 }), fc.constant(2 ** 31 - 100))
  const runs = fc
    .tuple(specs, starts)
    .chain(([spec, start]) => commandsFor(spec).map(commands => ({ spec, start, commands })))
  fc.assert(
    fc.property(runs, ({ spec, start, commands }) => {
      const setup = () => ({
        model: { ...breakerModel(spec, start), held: [] },
        real: Object.assign(breakerWorld(spec, WORKERS, start | 0), { permits: [] }),
      })
      fc.modelRun(setup, commands)
    }),
    { numRuns: RUNS },
  )
  // All there is to reach was reached.
  for (const what of ['closed', 'open', 'half-open', 'ramping', 'cancelled', 'unsent', 'connect'])
    assert.ok((seen.get(what) ?? 0) > RUNS / 10, `${what}: ${seen.get(what)}`)
})
