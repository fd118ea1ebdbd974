import assert from 'node:assert/strict'
import { test } from 'node:test'
import type { OutliersSpec } from '../../spec/spec-resilience.ts'
import { createWindow } from '../breaker/window.ts'
import { Cells, HEAD, moment, momentAfter, TARGET } from '../cells.ts'
import type { Outcome } from '../watch.ts'
import { readmit } from './eject.ts'
import { outlierWatch } from './outlier-watch.ts'

const SPEC: OutliersSpec = {
  consecutiveErrors: 3,
  consecutiveLocalErrors: 0,
  failureRate: 0,
  deviation: 0,
  minRequests: 10,
  minTargets: 5,
  intervalMs: 10_000,
  ejectMs: 30_000,
  maxEjectMs: 300_000,
  maxEjected: 0.5,
  dryRun: false,
}

/** Two workers that watch four targets. */
const world = (given: Partial<OutliersSpec> = {}) => {
  const cells = new Cells(Cells.create(2, 4))
  const told: string[] = []
  const clock = { now: moment(1_000_000) }
  const watchOf = (slot: number, worker: number) =>
    outlierWatch({ ...SPEC, ...given }, cells, slot, worker, {
      now: () => clock.now,
      targets: () => 4,
      onEject: (slot, reason) => void told.push(`${slot}: ${reason}`),
    })
  const watches = [0, 1].map(worker => [0, 1, 2, 3].map(slot => watchOf(slot, worker)))
  const end = (slot: number, outcomes: readonly Outcome[], worker = 0): void => {
    for (const outcome of outcomes) watches[worker]![slot]!.ended(outcome, 1)
  }
  const word = (slot: number, nth: number): number => cells.words[cells.target(slot) + nth]!
  const isEjected = (slot: number): boolean => word(slot, TARGET.ejected) === 1
  return { cells, clock, told, end, word, isEjected }
}

const TABLE: readonly [what: string, given: Partial<OutliersSpec>, outcomes: Outcome[], told: string[]][] = [
  ['an answer in between', {}, ['error', 'error', 'answered', 'error', 'error'], []],
  ['three 5xx', {}, ['error', 'error', 'error'], ['0: failures in a row']],
  ['failures of all kinds', {}, ['reset', 'protocol', 'timeout'], ['0: failures in a row']],
  ['what says nothing of a target', {}, ['error', 'error', 'cancelled', 'unsent', 'cancelled'], []],
  ['and does not excuse it', {}, ['error', 'error', 'cancelled', 'error'], ['0: failures in a row']],
  ['off', { consecutiveErrors: 0 }, ['error', 'error', 'error', 'error'], []],
  [
    'the way there, counted apart',
    { consecutiveLocalErrors: 2 },
    ['connect', 'reset'],
    ['0: failures to connect or to answer in a row'],
  ],
  ['a 5xx is an answer', { consecutiveLocalErrors: 2 }, ['timeout', 'error', 'timeout', 'error'], []],
  [
    'the way there does not excuse a 5xx',
    { consecutiveLocalErrors: 2 },
    ['error', 'timeout', 'error', 'timeout', 'protocol'],
    ['0: failures in a row'],
  ],
  ['only the way there', { consecutiveErrors: 0, consecutiveLocalErrors: 2 }, ['error', 'error', 'error'], []],
]

for (const [what, given, outcomes, told] of TABLE) {
  test(`failures in a row: ${what}`, () => {
    const w = world(given)
    w.end(0, outcomes)
    assert.deepEqual(w.told, told)
    assert.equal(w.isEjected(0), told.length > 0)
  })
}

test('workers count together, each target by itself', () => {
  const w = world()
  w.end(0, ['error', 'error'], 0)
  w.end(1, ['error'], 0)
  assert.ok(!w.isEjected(0))
  w.end(0, ['error'], 1)
  assert.ok(w.isEjected(0))
  assert.ok(!w.isEjected(1))
})

test('a good answer writes nothing where there is nothing to forget', t => {
  const w = world()
  const stores = t.mock.method(Atomics, 'store')
  w.end(0, ['answered', 'answered'])
  assert.equal(stores.mock.callCount(), 0)
  assert.ok(w.cells.words.subarray(w.cells.target(0)).every(word => word === 0))
})

test('a target that fails while too many are ejected is ejected as soon as there is room', () => {
  const w = world()
  const dead: Outcome[] = ['error', 'error', 'error']
  for (const slot of [0, 1, 2]) w.end(slot, dead)
  assert.equal(w.cells.words[HEAD.ejected], 2)
  assert.ok(!w.isEjected(2))
  w.clock.now = momentAfter(w.clock.now, 30_000)
  readmit(w.cells, 0, w.clock.now)
  w.end(2, ['error'])
  assert.ok(w.isEjected(2))
})

test('failures that come in while a target is ejected neither count without end nor eject it again', () => {
  const w = world()
  w.end(0, ['error', 'error', 'error', 'error', 'error', 'error'])
  assert.equal(w.word(0, TARGET.errors), 3)
  assert.equal(w.told.length, 1)
  assert.equal(w.word(0, TARGET.ejectionsEver), 1)
})

test('a dry run says what it would do, once, and does nothing', () => {
  const w = world({ dryRun: true })
  w.end(0, ['error', 'error', 'error', 'error', 'error', 'error', 'error'])
  assert.deepEqual(w.told, ['0: failures in a row'])
  assert.equal(w.cells.words[HEAD.ejected], 0)
  assert.equal(w.cells.words[HEAD.epoch], 0)
  w.end(0, ['answered', 'error', 'error', 'error'])
  assert.equal(w.told.length, 2)
})

test('tries are counted for whoever judges by rates, and only then', () => {
  const outcomes: Outcome[] = ['answered', 'error', 'cancelled', 'unsent', 'timeout', 'answered']
  for (const [given, counted] of [
    [{ failureRate: 0.5 }, { total: 4, failed: 2, slow: 0 }],
    [{ deviation: 1.9 }, { total: 4, failed: 2, slow: 0 }],
    [{}, { total: 0, failed: 0, slow: 0 }],
  ] as const) {
    const w = world(given)
    w.end(0, outcomes, 1)
    const into = { total: 0, failed: 0, slow: 0 }
    createWindow(w.cells.outliers(0), 0, SPEC.intervalMs).sum(w.clock.now, into)
    assert.deepEqual(into, counted)
  }
})
