import assert from 'node:assert/strict'
import { test } from 'node:test'
import fc from 'fast-check'
import type { Json } from '../../base/json.ts'
import type { JsonEditSpec } from '../../spec/spec-aggregate.ts'
import { compileEdits } from './edit.ts'
import { parseJson } from './parse.ts'
import { checkJson } from './validate.ts'

const parse = (text: string): Json => {
  const found = checkJson(Buffer.from(text), 1e6)
  if (typeof found === 'string') assert.fail(`${found}: ${text}`)
  return parseJson(found)
}

const edited = (data: Json, ...edits: readonly JsonEditSpec[]): Json | undefined => {
  const edit = compileEdits(edits)
  assert.ok(edit !== null)
  return edit(data)
}

const pick = (...paths: readonly string[]): JsonEditSpec => ({ kind: 'pick', paths })
const omit = (...paths: readonly string[]): JsonEditSpec => ({ kind: 'omit', paths })
const unwrap = (path: string): JsonEditSpec => ({ kind: 'unwrap', path })
const wrap = (name: string): JsonEditSpec => ({ kind: 'wrap', name })
const rename = (...names: readonly (readonly [string, string])[]): JsonEditSpec => ({ kind: 'rename', names })

/** Data, edit, result as text: order and numbers show. `undefined`: nothing was found. */
const CASES: readonly (readonly [data: string, edit: JsonEditSpec, result: string | undefined])[] = [
  // pick
  ['{"id":1,"name":"a","total":2}', pick('total', 'id'), '{"id":1,"total":2}'],
  ['{"id":1}', pick('id', 'missing', 'a.b'), '{"id":1}'],
  ['{"id":null,"x":1}', pick('id'), '{"id":null}'],
  ['{"id":12345678901234567890,"x":1}', pick('id'), '{"id":12345678901234567890}'],
  ['[{"id":1,"x":1},{"x":2},{"id":3}]', pick('id'), '[{"id":1},{},{"id":3}]'],
  ['[[{"id":1,"x":1}],[]]', pick('id'), '[[{"id":1}],[]]'],
  ['{"items":[{"id":1,"x":1},{"id":2}],"n":2}', pick('items.id'), '{"items":[{"id":1},{"id":2}]}'],
  ['{"a":{"b":{"c":1,"d":2},"e":3},"f":4}', pick('a.b.c', 'f'), '{"a":{"b":{"c":1}},"f":4}'],
  ['{"a":{"b":1,"c":2}}', pick('a', 'a.b'), '{"a":{"b":1,"c":2}}'],
  ['{"a":{"b":1,"c":2}}', pick('a.b', 'a.c'), '{"a":{"b":1,"c":2}}'],
  // What a path leads through and is no object says nothing but that there is nothing.
  ['{"a":5,"b":"secret"}', pick('a.b', 'b.c'), '{}'],
  ['{"a":12345678901234567890}', pick('a.b', 'a.rawJSON'), '{}'],
  ['{"a":null}', pick('a.b'), '{"a":null}'],
  ['[1,"secret",null,{"id":1},12345678901234567890]', pick('id', 'rawJSON'), '[null,{"id":1}]'],
  ['null', pick('id'), 'null'],
  ['"secret"', pick('id', 'length'), undefined],
  ['12345678901234567890', pick('rawJSON'), undefined],
  // Names with dots.
  ['{"a.b":1,"a":{"b":2,"c":3}}', pick('a.b'), '{"a.b":1,"a":{"b":2}}'],
  ['{"a.b":{"c":1,"x":1},"x":1}', pick('a.b.c'), '{"a.b":{"c":1}}'],
  ['{"a":{"b.c":1,"x":1}}', pick('a.b.c'), '{"a":{"b.c":1}}'],
  ['{"a.b.c":1,"a.b":2,"a":3}', pick('a.b.c'), '{"a.b.c":1}'],
  ['{"":1,".":2,"a":{"":3},"a.":4,".a":5}', pick('a.', '.a', ''), '{"":1,"a":{"":3},"a.":4,".a":5}'],
  ['{".a":{"b":1,"x":1},"x":1}', pick('.a.b'), '{".a":{"b":1}}'],
  // omit
  ['{"id":1,"password":"x","n":2}', omit('password', 'missing'), '{"id":1,"n":2}'],
  ['[{"id":1,"x":2},3,null]', omit('x'), '[{"id":1},3,null]'],
  ['{"items":[{"id":1,"x":2}],"x":3}', omit('items.x'), '{"items":[{"id":1}],"x":3}'],
  ['{"a":{"b":1}}', omit('a', 'a.b'), '{}'],
  ['{"a":5}', omit('a.b'), '{"a":5}'],
  ['"text"', omit('length'), '"text"'],
  ['12345678901234567890', omit('rawJSON'), '12345678901234567890'],
  // However it is written.
  ['{"user.password":1,"user":{"password":2,"id":3}}', omit('user.password'), '{"user":{"id":3}}'],
  // unwrap
  ['{"data":{"id":1},"meta":2}', unwrap('data'), '{"id":1}'],
  ['{"a":{"b":null}}', unwrap('a.b'), 'null'],
  ['{"a":{"b":false}}', unwrap('a.b'), 'false'],
  ['{"items":[{"id":1},{},{"id":[3]}]}', unwrap('items.id'), '[1,[3]]'],
  ['[{"id":1},{"id":2}]', unwrap('id'), '[1,2]'],
  ['[[{"id":1}],[{"id":2}],[{}]]', unwrap('id'), '[[1],[2]]'],
  ['[]', unwrap('id'), '[]'],
  ['[{},{"x":1}]', unwrap('id'), undefined],
  ['{"data":1}', unwrap('date'), undefined],
  ['{"data":1}', unwrap('data.id'), undefined],
  ['null', unwrap('data'), undefined],
  ['"text"', unwrap('length'), undefined],
  ['12345678901234567890', unwrap('rawJSON'), undefined],
  ['{"id":12345678901234567890}', unwrap('id'), '12345678901234567890'],
  ['{"a.b":{"c":1},"a":{"b":{"c":2,"d":3}}}', unwrap('a.b.c'), '1'],
  ['{"a.b":{"c":1},"a":{"b":{"c":2,"d":3}}}', unwrap('a.b.d'), undefined],
  ['{"":5,"x":1}', unwrap(''), '5'],
  // rename
  ['{"a":1,"b":2}', rename(['a', 'z'], ['missing', 'y']), '{"z":1,"b":2}'],
  ['[{"a":1},{"b":2}]', rename(['a', 'z']), '[{"z":1},{"b":2}]'],
  ['{"items":[{"a":1}],"a":2}', rename(['items.a', 'z']), '{"items":[{"z":1}],"a":2}'],
  ['{"a":{"b":1}}', rename(['a', 'x'], ['a.b', 'y']), '{"x":{"y":1}}'],
  ['{"a":1,"b":2}', rename(['a', 'b'], ['b', 'a']), '{"b":1,"a":2}'],
  ['{"a":1,"b":2,"c":3}', rename(['a', 'b'], ['b', 'c']), '{"b":1,"c":2}'],
  ['{"a":1,"b":2}', rename(['a', 'b']), '{"b":1}'],
  ['{"b":2,"a":1}', rename(['a', 'b']), '{"b":1}'],
  ['{"b":{"c":2},"a":1}', rename(['a', 'b'], ['b.c', 'd']), '{"b":1}'],
  ['{"b":2}', rename(['a', 'b']), '{"b":2}'],
  ['{"a":1,"b":2}', rename(['a', 'a']), '{"a":1,"b":2}'],
  ['{"a.b":1}', rename(['a.b', 'c']), '{"c":1}'],
  // wrap
  ['[1]', wrap('items'), '{"items":[1]}'],
  ['null', wrap('a.b'), '{"a.b":null}'],
  ['12345678901234567890', wrap('id'), '{"id":12345678901234567890}'],
  // Names that mean something to JavaScript.
  ['{"__proto__":{"admin":true},"id":1}', pick('id'), '{"id":1}'],
  ['{"__proto__":{"admin":true,"x":1},"id":1}', pick('__proto__.admin'), '{"__proto__":{"admin":true}}'],
  ['{"__proto__":{"admin":true},"id":1}', omit('id'), '{"__proto__":{"admin":true}}'],
  ['{"__proto__":{"admin":true},"id":1}', omit('__proto__'), '{"id":1}'],
  ['{"__proto__":{"admin":true}}', unwrap('__proto__'), '{"admin":true}'],
  ['{"__proto__":{"admin":true}}', rename(['id', 'x']), '{"__proto__":{"admin":true}}'],
  ['{"a":{"admin":true}}', rename(['a', '__proto__']), '{"__proto__":{"admin":true}}'],
  ['{"admin":true}', wrap('__proto__'), '{"__proto__":{"admin":true}}'],
  ['{"id":1}', pick('constructor', '__proto__', 'toString', 'constructor.name'), '{}'],
  ['{"id":1}', unwrap('constructor'), undefined],
  ['{"id":1}', unwrap('__proto__'), undefined],
  ['{"id":1}', unwrap('constructor.name'), undefined],
  ['{"id":1}', rename(['constructor', 'x'], ['toString', 'y']), '{"id":1}'],
  ['{"constructor":1,"id":2}', pick('constructor'), '{"constructor":1}'],
]

for (const [data, edit, result] of CASES) {
  test(`${data}: ${JSON.stringify(edit)}`, () => {
    const value = edited(parse(data), edit)
    assert.equal(value === undefined ? undefined : JSON.stringify(value), result)
    assert.equal('admin' in {}, false)
  })
}

test('edits are made one after another, on what the one before left', () => {
  const data = parse('{"data":{"items":[{"id":1,"n":"a","x":0},{"id":2,"n":"b"}]},"next":null}')
  const edits = [unwrap('data.items'), pick('id', 'n'), rename(['n', 'name']), wrap('orders')]
  assert.equal(JSON.stringify(edited(data, ...edits)), '{"orders":[{"id":1,"name":"a"},{"id":2,"name":"b"}]}')
})

test('an edit that finds nothing ends it', () => {
  assert.equal(edited({ a: 1 }, unwrap('b'), wrap('c')), undefined)
})

test('no edits are no function', () => assert.equal(compileEdits([]), null))

test('a path of very many dots is compiled and found', () => {
  const names = Array.from({ length: 60 }, (_, i) => `n${i}`)
  const data = names.reduceRight<Json>((within, name) => ({ [name]: within, other: 1 }), 'found')
  assert.equal(edited(data, unwrap(names.join('.'))), 'found')
  assert.equal(JSON.stringify(edited(data, pick(names.join('.')))).includes('other'), false)
})

// Properties, over few names so that paths lead somewhere.

const name = fc.constantFrom('a', 'b', 'c', '__proto__', 'constructor', 'a.b')
const { json } = fc.letrec<{ json: Json; object: Json }>(tie => ({
  json: fc.oneof(
    { maxDepth: 5, withCrossShrink: true },
    fc.constantFrom(null, true, 1, 'text'),
    tie('object'),
    fc.array(tie('json'), { maxLength: 3 }),
  ),
  object: fc
    .uniqueArray(fc.tuple(name, tie('json')), { selector: ([key]) => key, maxLength: 4 })
    .map(members => Object.fromEntries(members)),
}))
const path = fc.array(name, { minLength: 1, maxLength: 3 }).map(names => names.join('.'))
const paths = fc.array(path, { maxLength: 4 })
const edit: fc.Arbitrary<JsonEditSpec> = fc.oneof(
  path.map(unwrap),
  name.map(wrap),
  paths.map(each => pick(...each)),
  paths.map(each => omit(...each)),
  fc.array(fc.tuple(path, name), { maxLength: 3 }).map(each => rename(...each)),
)
const RUNS = { numRuns: 1_000 }

const freeze = (value: Json): Json => {
  if (typeof value === 'object' && value !== null) for (const each of Object.values(value)) freeze(each)
  return Object.freeze(value)
}

test('no edit changes its data, and none makes an object with another prototype', () => {
  const areOwn = (value: unknown): boolean =>
    typeof value !== 'object' ||
    value === null ||
    ((Array.isArray(value) || Object.getPrototypeOf(value) === Object.prototype) && Object.values(value).every(areOwn))
  fc.assert(
    fc.property(json, fc.array(edit, { minLength: 1, maxLength: 3 }), (data, edits) => {
      const before = JSON.stringify(data)
      const after = edited(freeze(data), ...edits)
      assert.equal(JSON.stringify(data), before)
      assert.ok(areOwn(after))
    }),
    RUNS,
  )
})

test('picking twice is picking once, and picking what was left out leaves nothing', () => {
  fc.assert(
    fc.property(json, paths, (data, each) => {
      const once = edited(data, pick(...each))
      if (once !== undefined) assert.deepEqual(edited(once, pick(...each)), once)
      const names = each.filter(path => !path.includes('.'))
      const left = edited(data, omit(...names), pick(...names))
      if (left !== undefined) assert.deepEqual(left, edited(data, pick()))
    }),
    RUNS,
  )
})

/** Every value that is neither object nor list, with the way to it. */
const leaves = (value: Json, way = ''): readonly string[] =>
  typeof value !== 'object' || value === null
    ? [`${way}=${JSON.stringify(value)}`]
    : Object.entries(value).flatMap(([key, each]) => leaves(each, `${way}/${Array.isArray(value) ? '' : key}`))

test('what is picked and what is left out is together all there was, nothing twice', () => {
  const value = fc.oneof(fc.constantFrom(true, 1, 'text'), fc.array(fc.constantFrom(1, 2)))
  const level = (within: fc.Arbitrary<Json>): fc.Arbitrary<Json> =>
    fc.oneof(
      fc.dictionary(fc.constantFrom('a', 'b', 'c'), within),
      fc.array(fc.dictionary(name, within), { maxLength: 3 }),
    )
  fc.assert(
    fc.property(level(level(value)), fc.array(fc.constantFrom('a', 'b', 'a.b', 'b.c', 'c.a')), (data, each) => {
      // A path that leads through a plain value picks nothing and leaves out nothing.
      const picked = edited(data, pick(...each))
      const rest = edited(data, omit(...each))
      const all = leaves(data)
      const both = [...leaves(picked ?? {}), ...leaves(rest ?? {})]
      assert.deepEqual(both.toSorted(), all.toSorted())
    }),
    RUNS,
  )
})

test('renaming there and back changes nothing where both names are free or taken by one another', () => {
  fc.assert(
    fc.property(json, data => {
      const there = edited(data, rename(['c', 'z']))
      assert.ok(there !== undefined)
      assert.deepEqual(edited(there, rename(['z', 'c'])), data)
      const swap = rename(['a', 'b'], ['b', 'a'])
      assert.deepEqual(edited(data, swap, swap), data)
    }),
    RUNS,
  )
})

test('what was wrapped is unwrapped as it was', () => {
  fc.assert(
    fc.property(json, name, (data, each) => {
      fc.pre(!each.includes('.'))
      assert.equal(edited(data, wrap(each), unwrap(each)), data)
    }),
    RUNS,
  )
})
