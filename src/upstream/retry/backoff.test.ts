import assert from 'node:assert/strict'
import { test } from 'node:test'
import fc from 'fast-check'
import { backoffMs } from './backoff.ts'

test('always within its bounds, later ones reach further, and chance reaches all of it', () => {
  const bounds = fc.record({ least: fc.nat(1000), more: fc.nat(10_000) })
  const random = fc.double({ min: 0, max: 1, maxExcluded: true, noNaN: true })
  fc.assert(
    fc.property(bounds, fc.integer({ min: 1, max: 10 }), random, ({ least, more }, nth, r) => {
      const most = least + more
      const ms = backoffMs({ least, most }, nth, r)
      assert.ok(ms >= least && ms <= most, String(ms))
      assert.ok(backoffMs({ least, most }, nth + 1, r) >= ms)
      assert.equal(backoffMs({ least, most }, nth, 0), least)
    }),
  )
  assert.equal(backoffMs({ least: 25, most: 250 }, 1, 1), 50)
  assert.equal(backoffMs({ least: 25, most: 250 }, 2, 1), 100)
  assert.equal(backoffMs({ least: 25, most: 250 }, 9, 1), 250)
})

test('one that may be nothing grows all the same; one that must not vary does not', () => {
  assert.deepEqual([backoffMs({ least: 0, most: 100 }, 3, 1), backoffMs({ least: 40, most: 40 }, 3, 0.7)], [8, 40])
})
