import assert from 'node:assert/strict'
import { test } from 'node:test'
import { interleaving } from '../../base/testing/interleave.ts'
import { Cells, HEAD, isLater, moment, momentAfter, TARGET } from '../cells.ts'
import { eject, mostEjected, readmit, reclaimPlaces, release } from './eject.ts'
import { REASON } from './reason.ts'

const SPEC = { ejectMs: 1000, maxEjectMs: 1000, maxEjected: 0.5 }
const TARGETS = 4
const MOST = mostEjected(SPEC.maxEjected, TARGETS)
const START = moment(1_000_000)
const OVER = momentAfter(START, 5000)
const until = (now: number): number => momentAfter(now, SPEC.ejectMs)

const at = (cells: Cells, slot: number, nth: number): number => cells.words[cells.target(slot) + nth]!
const ejectedIn = (cells: Cells): number => {
  let ejected = 0
  for (let slot = 0; slot < TARGETS; slot++) ejected += at(cells, slot, TARGET.ejected)
  return ejected
}

/** What threads do. Who ejects writes down until when, so that it can be seen whose time holds. */
type Act = (cells: Cells, times: Map<number, number>) => void
const ejects =
  (slot: number, now: number): Act =>
  (cells, times) => {
    if (eject(SPEC, cells, slot, TARGETS, REASON.errors, now)) times.set(slot, until(now))
  }
const ACTS: Readonly<Record<string, Act>> = {
  'ejects 0': ejects(0, OVER),
  'ejects 0, late': ejects(0, START),
  'ejects 1': ejects(1, OVER),
  'ejects 2': ejects(2, OVER),
  'readmits 0': cells => readmit(cells, 0, OVER),
  'releases 1': cells => release(cells, 1, OVER),
}
/** Which were ejected before, at START. */
const BEGINNINGS = [[], [0], [0, 1]]

const begin = (ejected: readonly number[]): Cells => {
  const cells = new Cells(Cells.create(1, TARGETS))
  for (const slot of ejected) eject(SPEC, cells, slot, TARGETS, REASON.errors, START)
  return cells
}

const checkEnd = (cells: Cells, times: ReadonlyMap<number, number>, what: string): void => {
  assert.equal(cells.words[HEAD.ejected], ejectedIn(cells), what)
  // Another ejection that came and went between the steps of one may leave it a time that is over, so that whoever looks
  // next readmits the target: that loses one ejection, and nothing else.
  if (/readmits|releases/.test(what)) return
  for (let slot = 0; slot < TARGETS; slot++) {
    if (at(cells, slot, TARGET.ejected) === 0) continue
    assert.equal(at(cells, slot, TARGET.ejectedUntil), times.get(slot) ?? until(START), `${what}: time of ${slot}`)
  }
}

test('three threads, each interrupting the one before at every step, never eject too many nor lose count', t => {
  let cells = begin([])
  const { run } = interleaving(t, () => {
    const counted = cells.words[HEAD.ejected]!
    assert.ok(ejectedIn(cells) <= counted && counted <= MOST, `${ejectedIn(cells)} ejected, ${counted} counted`)
  })
  let schedules = 0
  for (const beginning of BEGINNINGS)
    for (const [first, one] of Object.entries(ACTS))
      for (const [second, two] of Object.entries(ACTS))
        for (const [third, three] of Object.entries(ACTS))
          for (let step = 0, more = true; more; step++)
            for (let inner = 0, deeper = true; deeper; inner++) {
              cells = begin(beginning)
              const times = new Map<number, number>()
              const play = (act: Act) => () => act(cells, times)
              more = run(play(one), step, () => {
                deeper = run(play(two), inner, play(three))
              })
              if (!more) break
              schedules++
              checkEnd(cells, times, `[${beginning}] ${first}; at ${step} ${second}; at ${inner} ${third}`)
            }
  assert.ok(schedules > 10_000, `${schedules} schedules`)
})

test('a thread that dies at any step holds up nobody, and what it left uncounted is found by counting anew', t => {
  const { stop } = interleaving(t, () => {})
  for (const beginning of BEGINNINGS)
    for (const [name, act] of Object.entries(ACTS))
      for (let step = 0, more = true; more; step++) {
        const what = `[${beginning}] ${name}, dead at ${step}`
        const cells = begin(beginning)
        more = stop(() => act(cells, new Map()), step)
        assert.ok(cells.words[HEAD.ejected]! - ejectedIn(cells) <= 1, what)
        reclaimPlaces(cells, reclaimPlaces(cells, 0))
        assert.equal(cells.words[HEAD.ejected], ejectedIn(cells), what)
        const later = momentAfter(OVER, 60_000)
        for (let slot = 0; slot < TARGETS; slot++) readmit(cells, slot, later)
        assert.equal(ejectedIn(cells), 0, what)
        for (let slot = 0; slot < TARGETS; slot++) {
          assert.equal(eject(SPEC, cells, slot, TARGETS, REASON.errors, later), slot < MOST, `${what}: then ${slot}`)
          if (slot < MOST) assert.ok(isLater(at(cells, slot, TARGET.ejectedUntil), later), what)
        }
      }
})

test('a place that is about to be used is not taken for a lost one', t => {
  const cells = new Cells(Cells.create(2, TARGETS))
  let unused = 0
  const original = Atomics.compareExchange
  let taken = false
  t.mock.method(Atomics, 'compareExchange', (words: Int32Array, at: number, from: number, to: number) => {
    const found = original(words, at, from, to)
    if (at === HEAD.ejected && !taken) {
      taken = true
      unused = reclaimPlaces(cells, 0)
    }
    return found
  })
  assert.ok(eject(SPEC, cells, 0, TARGETS, REASON.errors, START))
  assert.equal(unused, 1)
  assert.equal(reclaimPlaces(cells, unused), 0)
  assert.equal(cells.words[HEAD.ejected], 1)
})
