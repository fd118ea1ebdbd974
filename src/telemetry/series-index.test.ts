import assert from 'node:assert/strict'
import { test } from 'node:test'
import fc from 'fast-check'
import type { Place } from './layout.ts'
import { createSeriesIndex, findPlace } from './series-index.ts'

/** Series that belong near each other, so that they stand in each other's way, also around the end of the table. */
const series = fc.record({ a: fc.constantFrom(0, 1, 2, 253, 254, 255, 256, 511), b: fc.integer({ min: 0, max: 40 }) })
/** More come than go, so that the table is doubled. */
const event = fc.record({ series, goes: fc.nat(4).map(n => n === 0) })
const place = (n: number): Place => ({
  kind: (['counter', 'gauge', 'histogram'] as const)[n % 3]!,
  segment: n % 5,
  slot: n,
})

test('whatever comes and goes, what is there is found and nothing else, in tables of before too', () => {
  fc.assert(
    fc.property(fc.array(event, { minLength: 300, maxLength: 600, size: 'max' }), events => {
      const index = createSeriesIndex()
      const first = new Int32Array(index.share())
      const there = new Map<string, { readonly series: { a: number; b: number }; readonly place: Place }>()
      const ever = new Map<string, { a: number; b: number }>()
      events.forEach(({ series, goes }, n) => {
        const key = JSON.stringify(series)
        ever.set(key, series)
        if (goes) index.remove(series)
        else if (!there.has(key)) index.add(series, place(n))
        if (goes) there.delete(key)
        else if (!there.has(key)) there.set(key, { series, place: place(n) })
      })
      const latest = new Int32Array(index.share())
      for (const [key, series] of ever) {
        const known = there.get(key)?.place
        assert.deepEqual(index.find(series), known)
        assert.deepEqual(findPlace(latest, series), known)
        const old = findPlace(first, series)
        if (old !== undefined) assert.deepEqual(old, known, 'a table of before knows less, and nothing that is wrong')
      }
    }),
  )
})

test('for as long as no more are there at a time, the table does not grow', () => {
  const index = createSeriesIndex()
  const tables = new Set([index.share()])
  for (let n = 0; n < 20_000; n++) {
    index.add({ a: Math.imul(n, 0x9e3779b1), b: n }, place(n))
    if (n >= 100) index.remove({ a: Math.imul(n - 100, 0x9e3779b1), b: n - 100 })
    tables.add(index.share())
  }
  assert.equal(tables.size, 1)
})
