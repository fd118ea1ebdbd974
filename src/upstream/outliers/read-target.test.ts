import assert from 'node:assert/strict'
import { test } from 'node:test'
import { Cells, moment, momentAfter, TARGET } from '../cells.ts'
import { eject, readmit } from './eject.ts'
import { readTarget } from './read-target.ts'
import { REASON } from './reason.ts'

const SPEC = { ejectMs: 30_000, maxEjectMs: 300_000, maxEjected: 0.5 }
const NOW = moment(1_000_000)
const UNKNOWN = { healthy: true, draining: false, ejected: false, ejectedForMs: 0, reason: '', ejections: 0 }

test('a target of which nothing is known is well', () => {
  assert.deepEqual(readTarget(new Cells(Cells.create(1, 2)), 1, NOW), UNKNOWN)
})

test('an ejection is told with its reason and what is left of it, and later as one that was', () => {
  const cells = new Cells(Cells.create(1, 2))
  eject(SPEC, cells, 1, 2, REASON.deviation, NOW)
  const reason = 'fewer successes than the other targets'
  const ejected = { ...UNKNOWN, ejected: true, reason, ejections: 1 }
  assert.deepEqual(readTarget(cells, 1, momentAfter(NOW, 10_000)), { ...ejected, ejectedForMs: 20_000 })
  const over = momentAfter(NOW, 31_000)
  assert.deepEqual(readTarget(cells, 1, over), { ...ejected, ejectedForMs: 0 })
  readmit(cells, 1, over)
  assert.deepEqual(readTarget(cells, 1, over), { ...ejected, ejected: false })
})

test('health checks and an operator have their say', () => {
  const cells = new Cells(Cells.create(1, 2))
  cells.words[cells.target(0) + TARGET.unhealthy] = 1
  cells.words[cells.target(1) + TARGET.draining] = 1
  assert.deepEqual(readTarget(cells, 0, NOW), { ...UNKNOWN, healthy: false })
  assert.deepEqual(readTarget(cells, 1, NOW), { ...UNKNOWN, draining: true })
})
