import assert from 'node:assert/strict'
import { test } from 'node:test'
import fc from 'fast-check'
import { oldestFirst } from './oldest-first.ts'

test('the first key of the map, whatever was done to it before', () => {
  const act = fc.tuple(fc.constantFrom('set', 'delete', 'evict', 'spare'), fc.nat(40))
  fc.assert(
    fc.property(fc.array(act, { maxLength: 300 }), acts => {
      const map = new Map<number, true>()
      const oldest = oldestFirst(map)
      for (const [what, key] of acts) {
        if (what === 'delete') map.delete(key)
        else if (what === 'set') {
          map.delete(key)
          map.set(key, true)
        } else {
          const [first] = map.keys()
          const found = oldest()
          assert.equal(found, first)
          if (found === undefined) continue
          map.delete(found)
          if (what === 'spare') map.set(found, true)
        }
      }
    }),
  )
})

test('no iterator is made for each', t => {
  const map = new Map<number, true>()
  const keys = t.mock.method(map, 'keys')
  const oldest = oldestFirst(map)
  for (let i = 0; i < 5000; i++) {
    map.set(i, true)
    if (i < 1000) continue
    const found = oldest()
    assert.equal(found, i - 1000)
    map.delete(i - 1000)
  }
  assert.equal(keys.mock.callCount(), 1)
})
