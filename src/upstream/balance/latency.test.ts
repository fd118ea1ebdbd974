import assert from 'node:assert/strict'
import { test } from 'node:test'
import fc from 'fast-check'
import { Cells, moment, TARGET } from '../cells.ts'
import type { Outcome } from '../watch.ts'
import { latencyNow, latencyWatch } from './latency.ts'

const setup = () => {
  const cells = new Cells(Cells.create(2, 3))
  const at = cells.target(2)
  let ms = 50_000
  const now = (): number => moment(ms)
  const watch = latencyWatch(cells, at, now)
  return {
    cells,
    ended: (outcome: Outcome, took: number) => watch.ended(outcome, took),
    pass: (by: number) => {
      ms += by
    },
    /** ms */
    get latency() {
      return latencyNow(cells.words, at, now()) / 1000
    },
  }
}

const near = (actual: number, expected: number): void =>
  assert.ok(Math.abs(actual - expected) <= expected * 0.01, `${actual}, expected ${expected}`)

test('nobody knows until something ended', () => {
  const target = setup()
  assert.equal(target.latency, 0)
  target.ended('answered', 12.5)
  assert.equal(target.latency, 12.5)
})

test('a peak counts at once', () => {
  const target = setup()
  target.ended('answered', 10)
  target.ended('answered', 500)
  assert.equal(target.latency, 500)
})

test('from a peak it comes down with its time constant, whether it is asked often, seldom or never', () => {
  for (const every of [20, 1000, 10_000]) {
    const target = setup()
    target.ended('answered', 1000)
    for (let ms = 0; ms < 10_000; ms += every) {
      target.pass(every)
      target.ended('answered', 0)
    }
    near(target.latency, 1000 / Math.E)
  }
  const unheard = setup()
  unheard.ended('answered', 1000)
  unheard.pass(10_000)
  near(unheard.latency, 1000 / Math.E)
})

test('it settles at what the target takes', () => {
  const target = setup()
  target.ended('answered', 1000)
  for (let i = 0; i < 1000; i++) {
    target.pass(100)
    target.ended('answered', 20)
  }
  near(target.latency, 20)
})

test('a failure counts as slow, however fast it was, and doubles what was there', () => {
  const target = setup()
  target.ended('connect', 0.2)
  assert.equal(target.latency, 100)
  target.ended('error', 1)
  assert.equal(target.latency, 200)
  target.ended('reset', 7000)
  assert.equal(target.latency, 7000)
})

test('a target that fails and fails is back after a minute and a half', () => {
  const target = setup()
  for (let i = 0; i < 100; i++) target.ended('protocol', 1)
  assert.equal(target.latency, 60_000)
  target.pass(90_000)
  assert.ok(target.latency < 10)
})

test('what says nothing about the target changes nothing', () => {
  const target = setup()
  target.ended('answered', 10)
  target.ended('cancelled', 5000)
  target.ended('unsent', 5000)
  assert.equal(target.latency, 10)
})

test('property: whatever comes, the cells hold a sound number and no other word is touched', () => {
  const ms = fc.oneof(fc.double({ min: 0, max: 1e9, noNaN: true }), fc.constant(0))
  const outcome = fc.constantFrom<Outcome>('answered', 'error', 'connect', 'timeout', 'cancelled')
  fc.assert(
    fc.property(fc.array(fc.tuple(outcome, ms, fc.nat(100_000))), steps => {
      const target = setup()
      for (const [how, took, pause] of steps) {
        target.pass(pause)
        target.ended(how, took)
        if (how !== 'cancelled') assert.ok(target.latency > 0 && target.latency <= 1e6)
      }
      const { words } = target.cells
      const at = target.cells.target(2)
      const mine = new Set([at + TARGET.latency, at + TARGET.latencyAt])
      const before = new Int32Array(new Cells(Cells.create(2, 3)).words)
      words.forEach((word, i) => void (mine.has(i) || assert.equal(word, before[i])))
    }),
  )
})
