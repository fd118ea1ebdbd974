import assert from 'node:assert/strict'
import { test } from 'node:test'
import fc from 'fast-check'
import { createFinder } from './body-finder.ts'

test('a text is found however it is cut, within the first bytes only', () => {
  const letters = fc.string({ unit: fc.constantFrom('a', 'b'), minLength: 1, maxLength: 4 })
  const body = fc.string({ unit: fc.constantFrom('a', 'b'), maxLength: 40 })
  const cuts = fc.array(fc.integer({ min: 0, max: 7 }), { minLength: 60, maxLength: 60 })
  fc.assert(
    fc.property(letters, body, cuts, fc.integer({ min: 1, max: 40 }), (text, body, cuts, most) => {
      const finder = createFinder(text, most)
      let found = false
      let at = 0
      for (const length of cuts) {
        found ||= finder.add(Buffer.from(body.slice(at, at + length)))
        at += length
      }
      if (at < body.length) return
      assert.equal(found, body.slice(0, most).includes(text))
      if (!found) assert.equal(finder.full, body.length >= most)
    }),
  )
})

test('a text may have any letters', () => {
  const finder = createFinder('größer', 100)
  const body = Buffer.from('{"größer":true}')
  assert.ok(!finder.add(body.subarray(0, 5)))
  assert.ok(finder.add(body.subarray(5)))
})
