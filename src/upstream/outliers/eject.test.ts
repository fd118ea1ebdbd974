import assert from 'node:assert/strict'
import { test } from 'node:test'
import fc from 'fast-check'
import { Cells, HEAD, isLater, moment, momentAfter, msBetween, TARGET } from '../cells.ts'
import { eject, mostEjected, readmit, reclaimPlaces, release } from './eject.ts'
import { REASON } from './reason.ts'

const SPEC = { ejectMs: 30_000, maxEjectMs: 300_000, maxEjected: 0.5 }
const cellsFor = (targets: number): Cells => new Cells(Cells.create(2, targets))
const word = (cells: Cells, slot: number, nth: number): number => cells.words[cells.target(slot) + nth]!
const ejectedOf = (cells: Cells): number[] =>
  Array.from({ length: cells.capacity }, (_, slot) => slot).filter(slot => word(cells, slot, TARGET.ejected) === 1)

test('a share of the targets may be ejected, one at least where there are several, never all', () => {
  for (const [share, targets, most] of [
    [0.5, 0, 0],
    [1, 1, 0],
    [0, 2, 1],
    [0.1, 5, 1],
    [0.5, 5, 2],
    [0.5, 6, 3],
    [0.29, 100, 29],
    [1, 2, 1],
    [1, 10, 9],
  ] as const) {
    assert.equal(mostEjected(share, targets), most, `${share} of ${targets}`)
  }
})

test('an ejection is told to whoever chooses targets, with its time and reason', () => {
  const cells = cellsFor(4)
  const now = moment(1_000_000)
  assert.ok(eject(SPEC, cells, 2, 4, REASON.failureRate, now))
  assert.equal(word(cells, 2, TARGET.ejected), 1)
  assert.equal(msBetween(now, word(cells, 2, TARGET.ejectedUntil)), 30_000)
  assert.equal(word(cells, 2, TARGET.reason), REASON.failureRate)
  assert.equal(word(cells, 2, TARGET.ejectionsEver), 1)
  assert.equal(cells.words[HEAD.ejected], 1)
  assert.equal(cells.words[HEAD.epoch], 1)
  assert.ok(!eject(SPEC, cells, 2, 4, REASON.errors, now), 'it is ejected already')
  assert.equal(word(cells, 2, TARGET.reason), REASON.failureRate)
})

test('the one target there is is never ejected', () => {
  const cells = cellsFor(1)
  assert.ok(!eject({ ...SPEC, maxEjected: 1 }, cells, 0, 1, REASON.errors, 5))
  assert.equal(cells.words[HEAD.ejected], 0)
  assert.equal(cells.words[HEAD.epoch], 0)
})

test('each ejection is longer than the one before, up to the bound', () => {
  const cells = cellsFor(2)
  let now = moment(1_000_000)
  for (const ms of [30_000, 60_000, 90_000, 100_000, 100_000]) {
    assert.ok(eject({ ...SPEC, maxEjectMs: 100_000 }, cells, 0, 2, REASON.errors, now))
    assert.equal(msBetween(now, word(cells, 0, TARGET.ejectedUntil)), ms)
    now = momentAfter(now, ms)
    assert.ok(readmit(cells, 0, now))
  }
  assert.equal(word(cells, 0, TARGET.ejections), 3, 'what is at its longest grows no more')
  assert.equal(word(cells, 0, TARGET.ejectionsEver), 5)
})

test('a target comes back when its time is over, not before, as one that is new', () => {
  const cells = cellsFor(2)
  const now = moment(1_000_000)
  eject(SPEC, cells, 1, 2, REASON.errors, now)
  cells.words[cells.target(1) + TARGET.errors] = 7
  cells.words[cells.target(1) + TARGET.localErrors] = 7
  assert.ok(!readmit(cells, 1, momentAfter(now, 29_990)))
  const epoch = cells.words[HEAD.epoch]!
  const later = momentAfter(now, 30_000)
  assert.ok(readmit(cells, 1, later))
  assert.ok(!readmit(cells, 1, later), 'once')
  assert.equal(word(cells, 1, TARGET.ejected), 0)
  assert.equal(word(cells, 1, TARGET.upSince), later)
  assert.equal(word(cells, 1, TARGET.errors), 0)
  assert.equal(word(cells, 1, TARGET.localErrors), 0)
  assert.equal(cells.words[HEAD.ejected], 0)
  assert.equal(cells.words[HEAD.epoch], epoch + 1)
})

test('an ejection can end early, which is then when it ended', () => {
  const cells = cellsFor(2)
  assert.ok(!release(cells, 0, 5), 'there is none')
  eject(SPEC, cells, 0, 2, REASON.errors, moment(1_000_000))
  const at = moment(1_000_500)
  assert.ok(release(cells, 0, at))
  assert.equal(word(cells, 0, TARGET.ejectedUntil), at)
  assert.equal(cells.words[HEAD.ejected], 0)
})

const spec = fc.record({
  ejectMs: fc.integer({ min: 10, max: 60_000 }),
  maxEjectMs: fc.integer({ min: 10, max: 300_000 }),
  maxEjected: fc.float({ min: 0, max: 1, noNaN: true }),
})
const slot = fc.integer({ min: 0, max: 5 })
const step = fc.record({
  act: fc.constantFrom('eject', 'eject', 'eject', 'readmit', 'release', 'reset', 'recount'),
  slot,
  ms: fc.integer({ min: 0, max: 20_000 }),
})

test('whatever happens, no more are ejected than may be, all are counted, and no time is too long', () => {
  fc.assert(
    fc.property(spec, fc.array(step, { maxLength: 60 }), fc.integer(), (spec, steps, start) => {
      const cells = cellsFor(6)
      let now = start | 0 || 1
      for (const { act, slot, ms } of steps) {
        now = momentAfter(now, ms)
        const was = word(cells, slot, TARGET.ejected) === 1
        const over = was && !isLater(word(cells, slot, TARGET.ejectedUntil), now)
        const full = ejectedOf(cells).length >= mostEjected(spec.maxEjected, 6)
        if (act === 'eject') assert.equal(eject(spec, cells, slot, 6, REASON.errors, now), !was && !full)
        else if (act === 'readmit') assert.equal(readmit(cells, slot, now), over)
        else if (act === 'release') assert.equal(release(cells, slot, now), was)
        else if (act === 'reset') cells.resetTarget(slot)
        else reclaimPlaces(cells, reclaimPlaces(cells, 1))
        assert.equal(cells.words[HEAD.ejected], ejectedOf(cells).length)
        for (const ejected of ejectedOf(cells)) {
          const left = msBetween(now, word(cells, ejected, TARGET.ejectedUntil))
          assert.ok(left < spec.maxEjectMs + 10, `${left} of ${spec.maxEjectMs}`)
        }
      }
    }),
  )
})
