import assert from 'node:assert/strict'
import { test } from 'node:test'
import type { OutliersSpec } from '../../spec/spec-resilience.ts'
import { Cells, HEAD, moment, momentAfter, TARGET } from '../cells.ts'
import { eject, release } from './eject.ts'
import { lookOver } from './look-over.ts'
import { outlierWatch } from './outlier-watch.ts'
import { readTarget } from './read-target.ts'
import { REASON } from './reason.ts'

const SPEC: OutliersSpec = {
  consecutiveErrors: 0,
  consecutiveLocalErrors: 0,
  failureRate: 0.5,
  deviation: 0,
  minRequests: 10,
  minTargets: 5,
  intervalMs: 10_000,
  ejectMs: 30_000,
  maxEjectMs: 300_000,
  maxEjected: 0.5,
  dryRun: false,
}
const SLOTS = [0, 1, 2, 3, 4, 5]

const world = (given: Partial<OutliersSpec> = {}) => {
  const spec = { ...SPEC, ...given }
  const cells = new Cells(Cells.create(2, 6))
  const told: string[] = []
  const clock = { now: moment(1_000_000) }
  const watches = SLOTS.map(slot =>
    outlierWatch(spec, cells, slot, slot % 2, { now: () => clock.now, targets: () => SLOTS.length }),
  )
  return {
    cells,
    told,
    clock,
    /** So many failures of 100 tries. */
    fail(slot: number, failures: number): void {
      for (let i = 0; i < 100; i++) watches[slot]!.ended(i < failures ? 'error' : 'answered', 1)
    },
    pass(ms: number): void {
      clock.now = momentAfter(clock.now, ms)
    },
    look(): void {
      lookOver(spec, cells, SLOTS, clock.now, (slot, reason) => void told.push(`${slot}: ${reason}`))
    },
    ejected: () => SLOTS.filter(slot => cells.words[cells.target(slot) + TARGET.ejected] === 1),
    multiplier: (slot: number) => cells.words[cells.target(slot) + TARGET.ejections],
  }
}

test('targets that failed too often within the interval are ejected', () => {
  const w = world()
  for (const slot of SLOTS) w.fail(slot, slot === 3 ? 50 : 49)
  w.look()
  assert.deepEqual(w.ejected(), [3])
  assert.deepEqual(w.told, ['3: too large a share of failures'])
})

test('of too many the worst are ejected', () => {
  const w = world()
  for (const slot of SLOTS) w.fail(slot, 60 + slot)
  w.look()
  assert.deepEqual(w.ejected(), [3, 4, 5])
  assert.equal(w.cells.words[HEAD.ejected], 3)
  assert.equal(w.told.length, 3, 'only who was ejected')
})

test('targets that succeed less often than the others are ejected', () => {
  const w = world({ failureRate: 0, deviation: 1.9 })
  for (const slot of SLOTS) w.fail(slot, slot === 2 ? 30 : 1)
  w.look()
  assert.deepEqual(w.told, ['2: fewer successes than the other targets'])
})

test('what happened before the interval is forgotten', () => {
  const w = world()
  w.fail(0, 100)
  w.pass(10_010)
  w.look()
  assert.deepEqual(w.ejected(), [])
})

test('a target that came back is not ejected for the same failures again', () => {
  const w = world({ ejectMs: 1000 })
  w.fail(0, 100)
  w.look()
  w.pass(1000)
  w.look()
  assert.deepEqual(w.ejected(), [])
  w.pass(1000)
  w.fail(0, 100)
  w.look()
  assert.deepEqual(w.ejected(), [0])
})

test('who is ejected is not compared with the others, nor ejected for longer', () => {
  const w = world()
  w.fail(0, 100)
  w.look()
  const { ejectedForMs } = readTarget(w.cells, 0, w.clock.now)
  w.fail(0, 100)
  w.look()
  assert.equal(w.told.length, 1)
  assert.equal(readTarget(w.cells, 0, w.clock.now).ejectedForMs, ejectedForMs)
})

test('a target comes back by itself when nobody else has noticed', () => {
  const w = world()
  eject(SPEC, w.cells, 0, 6, REASON.errors, w.clock.now)
  w.pass(29_990)
  w.look()
  assert.deepEqual(w.ejected(), [0])
  w.pass(10)
  w.look()
  assert.deepEqual(w.ejected(), [])
})

test('the next ejection is shorter by one step for each whole interval without one', () => {
  const w = world()
  for (let i = 0; i < 3; i++) {
    eject(SPEC, w.cells, 0, 6, REASON.errors, w.clock.now)
    w.pass(1000)
    release(w.cells, 0, w.clock.now)
  }
  const seen = [0, 9000, 1000, 10_000, 10_000, 10_000].map(ms => {
    w.pass(ms)
    w.look()
    return w.multiplier(0)
  })
  // Not within the interval in which it ended.
  assert.deepEqual(seen, [3, 3, 2, 1, 0, 0])
})

test('an ejection that goes on forgives nothing', () => {
  const w = world()
  eject(SPEC, w.cells, 0, 6, REASON.errors, w.clock.now)
  for (let i = 0; i < 2; i++) {
    w.pass(10_000)
    w.look()
  }
  assert.equal(w.multiplier(0), 1)
})

test('a dry run says what it would do and does nothing', () => {
  const w = world({ dryRun: true })
  w.fail(0, 100)
  w.look()
  assert.deepEqual(w.told, ['0: too large a share of failures'])
  assert.deepEqual(w.ejected(), [])
  assert.equal(w.cells.words[HEAD.epoch], 0)
})

test('one target alone is never ejected', () => {
  const w = world()
  w.fail(0, 100)
  lookOver(SPEC, w.cells, [0], w.clock.now)
  assert.deepEqual(w.ejected(), [])
})
