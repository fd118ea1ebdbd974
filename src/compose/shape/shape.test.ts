import assert from 'node:assert/strict'
import { test } from 'node:test'
import fc from 'fast-check'
import type { ShapeSpec } from '../../spec/spec-aggregate.ts'
import type { BranchResult } from '../branch.ts'
import { checkJson } from '../json/validate.ts'
import { compileShape } from './shape.ts'
import { came, LEFT_OUT, made, missing, specOf } from './testing.ts'

const NAMES = ['a', 'b', 'c']

/** The body, or `conflict: …`. */
const shaped = (shape: ShapeSpec, results: readonly BranchResult[], meta = false, names = NAMES): string => {
  const found = compileShape(specOf(names.slice(0, results.length), shape, meta))(results)
  return 'conflict' in found ? `conflict: ${found.conflict}` : found.body.toString()
}

const OBJECT = { kind: 'object' } as const
const LIST = { kind: 'list' } as const
const FLATTEN = { kind: 'flatten' } as const
const late = missing('timeout')

const CASES: readonly (readonly [what: string, shape: ShapeSpec, results: readonly BranchResult[], body: string])[] = [
  [
    'object: texts stay as they came',
    OBJECT,
    [came(' { "x" : 1.0 } '), came('12345678901234567890')],
    '{"a":{ "x" : 1.0 },"b":12345678901234567890}',
  ],
  ['object: what was edited is written', OBJECT, [made({ x: [1, 'é'] }), came('"é"')], '{"a":{"x":[1,"é"]},"b":"é"}'],
  ['object: null for what is missing', OBJECT, [late, came('1')], '{"a":null,"b":1}'],
  ['object: fallbacks are data', OBJECT, [came('[]', { missing: late })], '{"a":[]}'],
  ['object: no member for what was left out, first', OBJECT, [LEFT_OUT, came('1'), came('2')], '{"b":1,"c":2}'],
  ['object: no member for what was left out, last', OBJECT, [came('1'), LEFT_OUT], '{"a":1}'],
  ['object: all left out', OBJECT, [LEFT_OUT, LEFT_OUT], '{}'],
  ['list: data at the places of its branches', LIST, [came('[ 1 ]'), late, LEFT_OUT], '[[ 1 ],null,null]'],
  ['list: one branch', LIST, [made('x')], '["x"]'],
  ['flatten: items as they came', FLATTEN, [came('[ 1.0 , {} ]'), made([2]), came('[[3]]')], '[ 1.0 , {} ,2,[3]]'],
  ['flatten: empty lists leave no comma', FLATTEN, [came('[]'), came('[1]'), came('[ \n]')], '[1]'],
  ['flatten: brackets in texts and items', FLATTEN, [came('["]",[]]'), came('["["]')], '["]",[],"["]'],
  ['flatten: nothing for what is missing or left out', FLATTEN, [late, came('[1]'), LEFT_OUT], '[1]'],
  ['flatten: nothing at all', FLATTEN, [late], '[]'],
  ['flatten: what is no list adds nothing', FLATTEN, [came('{"x":[1]}'), came('"[1]"'), came('[2]')], '[2]'],
]

for (const [what, shape, results, body] of CASES) {
  test(what, () => assert.equal(shaped(shape, results), body))
}

test('names of branches are written as JSON', () => {
  const names = ['__proto__', 'q"uote', 'é']
  assert.equal(shaped(OBJECT, [came('1'), late, came('2')], false, names), '{"__proto__":1,"q\\"uote":null,"é":2}')
})

test('the bytes of a body are its own: a branch may have the same ones twice', () => {
  const data = came('[1]')
  assert.equal(shaped(OBJECT, [data, data]), '{"a":[1],"b":[1]}')
  assert.equal(data.text?.toString(), '[1]')
})

// _meta

test('_meta says how each branch fared, behind the data', () => {
  const names = ['ok', 'stale', 'late', 'bad', 'odd', 'large', 'away', 'skip', 'none']
  const results = [
    came('1', { afterMs: 12.4 }),
    came('2', { status: 503, afterMs: 30.6, missing: missing('status', { status: 503 }) }),
    missing('timeout'),
    missing('status', { status: 404, afterMs: 3 }),
    missing('invalid', { status: 200, afterMs: 4 }),
    missing('oversize', { status: 200, afterMs: 5 }),
    missing('connect', { afterMs: 6 }),
    missing('skipped', { afterMs: 0 }),
    LEFT_OUT,
  ]
  const { _meta: meta, ...data } = JSON.parse(shaped(OBJECT, results, true, names))
  assert.deepEqual(Object.keys(data), names.slice(0, -1))
  assert.deepEqual(meta, {
    complete: false,
    branches: {
      ok: { status: 'ok', ms: 12, httpStatus: 200 },
      stale: { status: 'fallback', ms: 31, httpStatus: 503 },
      late: { status: 'timeout', ms: 500 },
      bad: { status: 'status', ms: 3, httpStatus: 404 },
      odd: { status: 'invalid', ms: 4, httpStatus: 200 },
      large: { status: 'oversize', ms: 5, httpStatus: 200 },
      away: { status: 'connect', ms: 6 },
      skip: { status: 'skipped', ms: 0 },
      none: { status: 'left out' },
    },
  })
})

const COMPLETE: readonly (readonly [what: string, result: BranchResult, complete: boolean])[] = [
  ['data', came('1'), true],
  ['null as data', came('null'), true],
  ['a branch left out', LEFT_OUT, true],
  ['a branch missing', late, false],
  ['a fallback', came('1', { missing: late }), false],
]

for (const [what, result, complete] of COMPLETE) {
  test(`with ${what} the answer is ${complete ? '' : 'not '}complete`, () => {
    for (const shape of [OBJECT, { kind: 'merge', conflicts: 'first' } as const]) {
      const { _meta: meta } = JSON.parse(shaped(shape, [made({ x: 1 }), result], true))
      assert.equal(meta.complete, complete)
    }
  })
}

test('_meta alone, where there is no other member', () => {
  const meta = '{"_meta":{"complete":true,"branches":{"a":{"status":"left out"}}}}'
  assert.equal(shaped(OBJECT, [LEFT_OUT], true), meta)
  assert.equal(shaped({ kind: 'merge', conflicts: 'error' }, [LEFT_OUT], true), meta)
})

// Properties

const result: fc.Arbitrary<BranchResult> = fc.oneof(
  { weight: 3, arbitrary: fc.json().map(text => came(text)) },
  { weight: 1, arbitrary: fc.json().map(text => made(JSON.parse(text))) },
  { weight: 1, arbitrary: fc.constantFrom<BranchResult>(LEFT_OUT, late) },
)
const shape = fc.constantFrom<ShapeSpec>(
  OBJECT,
  LIST,
  FLATTEN,
  { kind: 'merge', conflicts: 'first' },
  { kind: 'merge', conflicts: 'last' },
  { kind: 'zip', list: 'a', key: 'id', joins: [{ branch: 'b', key: 'id', as: 'b' }] },
)

test('whatever the data, the body is one JSON value', () => {
  fc.assert(
    fc.property(shape, fc.array(result, { minLength: 1, maxLength: 3 }), (each, results) => {
      const body = shaped(each, results, each.kind === 'object' || each.kind === 'merge')
      assert.equal(typeof checkJson(Buffer.from(body), 1e6), 'object', body)
    }),
    { numRuns: 1_000 },
  )
})

test('the members of an object are its branches and what JSON.parse makes of their texts', () => {
  fc.assert(
    fc.property(fc.array(result, { minLength: 1, maxLength: 3 }), results => {
      const right = results.flatMap((each, i) =>
        each.kind === 'left out'
          ? []
          : [[NAMES[i]!, each.kind === 'ok' ? JSON.parse(JSON.stringify(each.json())) : null]],
      )
      assert.deepEqual(JSON.parse(shaped(OBJECT, results)), Object.fromEntries(right))
    }),
  )
})
