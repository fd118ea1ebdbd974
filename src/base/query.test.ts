import assert from 'node:assert/strict'
import { test } from 'node:test'
import fc from 'fast-check'
import { queryValue } from './query.ts'

const cases: readonly [query: string, name: string, value: string | undefined][] = [
  ['', 'a', undefined],
  ['?', 'a', undefined],
  ['?a', 'a', ''],
  ['?a=', 'a', ''],
  ['?a=1&a=2', 'a', '1'],
  ['?b=2&a=1', 'a', '1'],
  ['?ab=2', 'a', undefined],
  ['?%61=x%20y+z', 'a', 'x y z'],
  ['?a=1=2', 'a', '1=2'],
  ['?b&a=1', 'b', ''],
  ['?a=%zz', 'a', '%zz'],
]

for (const [query, name, value] of cases) {
  test(`${name} in "${query}"`, () => assert.equal(queryValue(query, name), value))
}

test('property: finds what URLSearchParams finds', () => {
  const text = fc.string({ unit: fc.constantFrom('a', 'b', '&', '=', '+', '%', ' ', '\u00e9') })
  fc.assert(
    fc.property(fc.array(fc.tuple(text, text)), text, (pairs, name) => {
      const search = new URLSearchParams(pairs)
      assert.equal(queryValue(`?${search}`, name), search.get(name) ?? undefined)
    }),
    { examples: [[[[' ', '']], '+']] },
  )
})
