import assert from 'node:assert/strict'
import { test } from 'node:test'
import fc from 'fast-check'
import type { BranchResult } from '../branch.ts'
import { compileShape } from './shape.ts'
import { came, LEFT_OUT, made, missing, specOf } from './testing.ts'

type Conflicts = 'error' | 'first' | 'last'

const NAMES = ['a', 'b', 'c']

const merged = (conflicts: Conflicts, results: readonly BranchResult[], meta = false): string => {
  const shape = compileShape(specOf(NAMES.slice(0, results.length), { kind: 'merge', conflicts }, meta))
  const found = shape(results)
  return 'conflict' in found ? `conflict: ${found.conflict}` : found.body.toString()
}

const texts = (...each: readonly string[]): readonly BranchResult[] => each.map(text => came(text))
const late = missing('timeout')

const CASES: readonly (readonly [
  what: string,
  conflicts: Conflicts,
  results: readonly BranchResult[],
  body: string,
])[] = [
  [
    'members stay as they came',
    'error',
    texts('{ "x" : 1.0 , "y":[ ]}', '{"z":12345678901234567890}'),
    '{"x" : 1.0 , "y":[ ],"z":12345678901234567890}',
  ],
  ['what was edited is written', 'error', [made({ x: 1 }), came('{"y":2}')], '{"x":1,"y":2}'],
  ['empty objects leave no comma', 'error', texts('{}', '{"x":1}', '{ }'), '{"x":1}'],
  ['nothing for what is missing or left out', 'error', [late, came('{"x":1}'), LEFT_OUT], '{"x":1}'],
  ['nothing at all', 'error', [late], '{}'],
  ['what is no object adds nothing', 'error', texts('[{"x":1}]', '"{}"', '{"x":2}'), '{"x":2}'],
  ['the first counts', 'first', texts('{"x":1,"y":1}', '{"y":2,"z":2}', '{"z":3,"x":3}'), '{"x":1,"y":1,"z":2}'],
  [
    'the last counts, at the place of the first',
    'last',
    texts('{"x":1,"y":1}', '{"y":2,"z":2}', '{"z":3,"x":3}'),
    '{"x":3,"y":2,"z":3}',
  ],
  [
    'a conflict names member and branches',
    'error',
    texts('{"x":1}', '{"w":1,"x":1}'),
    'conflict: branches "a" and "b" both have a member "x"',
  ],
  [
    'a name with escapes is the name it means',
    'error',
    texts('{"x":1}', '{"\\u0078":2}'),
    'conflict: branches "a" and "b" both have a member "x"',
  ],
  [
    'a name in another alphabet is the name it means',
    'error',
    texts('{"é":1}', '{"\\u00e9":2}'),
    'conflict: branches "a" and "b" both have a member "é"',
  ],
  ['space behind a value is no part of it', 'error', texts('{"x":1 }', '{"y":2\n}'), '{"x":1,"y":2}'],
  ['and is written as it came', 'last', texts('{"x":1}', '{"\\u0078":2}'), '{"\\u0078":2}'],
  [
    'of one object the last member of a name counts',
    'error',
    texts('{"x":1,"y":2,"x":3}', '{"z":4}'),
    '{"x":3,"y":2,"z":4}',
  ],
  [
    'of one object the last member of a name counts, of later ones too',
    'first',
    texts('{"w":0}', '{"x":1,"w":2,"x":3}'),
    '{"w":0,"x":3}',
  ],
  ['names are compared in full', 'error', texts('{"":1,"x":2}', '{"x ":3,"X":4}'), '{"":1,"x":2,"x ":3,"X":4}'],
  [
    'names that mean something to JavaScript',
    'last',
    texts('{"__proto__":1,"constructor":2}', '{"__proto__":{"admin":true}}'),
    '{"__proto__":{"admin":true},"constructor":2}',
  ],
  [
    'brackets and quotes in texts',
    'error',
    texts('{"x":"}\\",\\"y\\":{"}', '{"y":["]}",{"\\\\":"\\\\"}]}'),
    '{"x":"}\\",\\"y\\":{","y":["]}",{"\\\\":"\\\\"}]}',
  ],
  [
    'values of every kind',
    'error',
    texts('{"a":null ,"b":-1.5e+3,"c":true}', '{"d":false\n,"e":"" }', '{"f":{},"g":[]}'),
    '{"a":null ,"b":-1.5e+3,"c":true,"d":false\n,"e":"","f":{},"g":[]}',
  ],
]

for (const [what, conflicts, results, body] of CASES) {
  test(`merge, ${conflicts}: ${what}`, () => assert.equal(merged(conflicts, results), body))
}

test('a name of any length is named shortly', () => {
  const data = made({ [`x"${'y'.repeat(10_000)}`]: 1 })
  assert.ok(merged('error', [data, data]).length < 150)
})

test('_meta is ours: a member of that name is a conflict, and never the answer', () => {
  const results = texts('{"x":1}', '{"_meta":{"complete":true},"y":2}')
  assert.match(merged('error', results, true), /^conflict: branch "b" has a member "_meta"/)
  for (const conflicts of ['first', 'last'] as const) {
    const body = merged(conflicts, [...results, late], true)
    assert.equal(body.split('"_meta"').length, 2)
    assert.equal(JSON.parse(body)._meta.complete, false)
    assert.equal(body.startsWith('{"x":1,"y":2,"_meta":'), true)
  }
  assert.equal(merged('error', results), '{"x":1,"_meta":{"complete":true},"y":2}')
})

// Laws

const name = fc.constantFrom('x', 'y', 'z', '__proto__', 'quo"te', '\\', '2', 'é')
const object = fc
  .array(fc.tuple(name, fc.json({ maxDepth: 2 })), { maxLength: 4 })
  .map(members => `{${members.map(([key, value]) => `${JSON.stringify(key)}: ${value}`).join(' ,')}}`)
const objects = fc.array(object, { minLength: 1, maxLength: 3 })
const RUNS = { numRuns: 1_000 }

/** Member by member, on values. */
const model = (conflicts: Conflicts, each: readonly string[]): Map<string, unknown> | null => {
  const all = new Map<string, unknown>()
  for (const text of each) {
    for (const [key, value] of Object.entries(JSON.parse(text))) {
      if (all.has(key) && conflicts === 'error') return null
      if (!all.has(key) || conflicts === 'last') all.set(key, value)
    }
  }
  return all
}

test('merged texts mean what merged values are', () => {
  fc.assert(
    fc.property(fc.constantFrom<Conflicts>('error', 'first', 'last'), objects, (conflicts, each) => {
      const body = merged(conflicts, texts(...each))
      const right = model(conflicts, each)
      if (right === null) assert.match(body, /^conflict/)
      else assert.deepEqual(JSON.parse(body), Object.fromEntries(right))
    }),
    RUNS,
  )
})

test('with the first or the last it does not matter which two are merged before', () => {
  fc.assert(
    fc.property(fc.constantFrom<Conflicts>('first', 'last'), object, object, object, (conflicts, a, b, c) => {
      const both = (one: string, two: string): string => merged(conflicts, texts(one, two))
      const left = both(both(a, b), c)
      assert.deepEqual(JSON.parse(left), JSON.parse(both(a, both(b, c))))
      assert.deepEqual(JSON.parse(left), JSON.parse(merged(conflicts, texts(a, b, c))))
    }),
    RUNS,
  )
})

test('whether there is a conflict does not depend on the order, nor then do the members', () => {
  fc.assert(
    fc.property(object, object, (a, b) => {
      const [there, back] = [merged('error', texts(a, b)), merged('error', texts(b, a))]
      assert.equal(there.startsWith('conflict'), back.startsWith('conflict'))
      if (!there.startsWith('conflict')) assert.deepEqual(JSON.parse(there), JSON.parse(back))
    }),
    RUNS,
  )
})

test('an empty object changes nothing, and what is merged with itself is itself', () => {
  fc.assert(
    fc.property(fc.constantFrom<Conflicts>('first', 'last'), object, (conflicts, a) => {
      for (const each of [texts(a), texts(a, '{}'), texts('{}', a), texts(a, a)]) {
        assert.deepEqual(JSON.parse(merged(conflicts, each)), JSON.parse(a))
      }
    }),
    RUNS,
  )
})
