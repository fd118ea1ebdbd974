import assert from 'node:assert/strict'
import { test } from 'node:test'
import type { OutliersSpec } from '../spec/spec-resilience.ts'
import { HEAD, moment } from '../upstream/cells.ts'
import { eject } from '../upstream/outliers/eject.ts'
import { REASON } from '../upstream/outliers/reason.ts'
import { fleetWorld, written } from '../upstream/testing/fleet-world.ts'
import { fakeTimers } from '../workers/testing/fake-timers.ts'
import { followOutliers } from './follow-outliers.ts'

const OUTLIERS: OutliersSpec = {
  consecutiveErrors: 5,
  consecutiveLocalErrors: 0,
  failureRate: 0,
  deviation: 0,
  minRequests: 100,
  minTargets: 3,
  intervalMs: 1000,
  ejectMs: 60_000,
  maxEjectMs: 60_000,
  maxEjected: 0.5,
  dryRun: false,
}

test('a place among the ejected that a worker took and, since it died, never used is given back', async () => {
  const world = fleetWorld()
  await world.commit(written('s', ['a', 'b'], { outliers: OUTLIERS }))
  const timers = fakeTimers()
  const now = (): number => moment(world.now)
  const outliers = followOutliers(timers, now, { info() {}, warn() {}, error() {} })
  outliers.apply(world.keeper.current())
  const { cells } = world.keeper.current()[0]!
  cells.words[HEAD.ejected] = 1
  assert.equal(eject(OUTLIERS, cells, 0, 2, REASON.errors, now()), false)
  await timers.advance(2000)
  assert.equal(cells.words[HEAD.ejected], 0)
  assert.equal(eject(OUTLIERS, cells, 0, 2, REASON.errors, now()), true)
  await timers.advance(5000)
  assert.equal(cells.words[HEAD.ejected], 1)
  outliers.close()
})

test('a target that left the list and is ejected by who still serves an older one is readmitted in its time', async () => {
  const world = fleetWorld()
  await world.commit(written('s', ['a', 'b', 'c'], { outliers: OUTLIERS }))
  const timers = fakeTimers()
  const outliers = followOutliers(timers, () => moment(world.now), { info() {}, warn() {}, error() {} })
  const { cells: ofOldList } = world.keeper.current()[0]!
  await world.commit(written('s', ['b', 'c'], { outliers: OUTLIERS }))
  outliers.apply(world.keeper.current())
  assert.equal(eject(OUTLIERS, ofOldList, 0, 3, REASON.errors, moment(world.now)), true)
  const ejectOther = (): boolean => eject(OUTLIERS, ofOldList, 1, 2, REASON.errors, moment(world.now))
  await timers.advance(2000)
  assert.equal(ejectOther(), false)
  world.now += OUTLIERS.ejectMs
  await timers.advance(1000)
  assert.equal(ejectOther(), true)
  outliers.close()
})
