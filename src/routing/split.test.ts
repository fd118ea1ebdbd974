import assert from 'node:assert/strict'
import { test } from 'node:test'
import fc from 'fast-check'
import { headersOf } from '../base/headers.ts'
import { Exchange } from '../core/exchange.ts'
import type { SplitSpec } from '../spec/spec-resilience.ts'
import { compileSplit } from './split.ts'

const BY_CHANCE: SplitSpec = { sticky: undefined, header: '', cookie: '' }
const unasked = () => assert.fail('asked')

const weighing = (...weights: number[]) => weights.map((weight, value) => ({ name: `v${value}`, value, weight }))
const asking = (...fields: [string, string][]) => Object.assign(new Exchange(), { headers: headersOf(fields) })
const x = asking()

test('a split follows the weights over the range of random', () => {
  let r = 0
  const pick = compileSplit(weighing(90, 0, 10), () => r, BY_CHANCE, null)
  const counts = [0, 0, 0]
  for (let i = 0; i < 1000; i++) {
    r = i / 1000
    counts[pick(x)]!++
  }
  assert.deepEqual(counts, [900, 0, 100])
})

test('the ends of the range', () => {
  const at = (r: number) => compileSplit(weighing(0, 1, 2, 0), () => r, BY_CHANCE, null)(x)
  assert.equal(at(0), 1)
  assert.equal(at(1 / 3 - 1e-9), 1)
  assert.equal(at(1 / 3 + 1e-9), 2)
  assert.equal(at(1), 2)
})

test('where there is no choice, random is not asked', () => {
  assert.equal(compileSplit(weighing(0, 5), unasked, BY_CHANCE, null)(x), 1)
  assert.throws(() => compileSplit(weighing(0), unasked, BY_CHANCE, null), /weight above 0/)
})

// --- asked for by name ---

const canary: SplitSpec = { sticky: undefined, header: 'x-version', cookie: 'version' }

for (const [what, fields, expected] of [
  ['a header', [['x-version', 'v1']], 1],
  ['a cookie', [['cookie', 'a=b; version=v1']], 1],
  [
    'both: the header',
    [
      ['x-version', 'v2'],
      ['cookie', 'version=v1'],
    ],
    2,
  ],
  [
    'a header that names nothing and a cookie',
    [
      ['x-version', 'v9'],
      ['cookie', 'version=v1'],
    ],
    1,
  ],
  ['a service of weight 0', [['x-version', 'v2']], 2],
  [
    'a name that is none',
    [
      ['x-version', 'v9'],
      ['cookie', 'version=__proto__'],
    ],
    0,
  ],
  ['another case', [['x-version', 'V1']], 0],
  ['nothing', [], 0],
  [
    'empty values',
    [
      ['x-version', ''],
      ['cookie', 'version='],
    ],
    0,
  ],
] as [string, [string, string][], number][]) {
  test(`asked for by ${what}`, () => {
    const pick = compileSplit(weighing(90, 10, 0), () => 0, canary, null)
    assert.equal(pick(asking(...fields)), expected)
  })
}

test('what is not configured is not looked at', () => {
  const byHeader = compileSplit(weighing(90, 10), () => 0, { ...canary, cookie: '' }, null)
  const byCookie = compileSplit(weighing(90, 10), () => 0, { ...canary, header: '' }, null)
  assert.equal(byHeader(asking(['cookie', 'version=v1'])), 0)
  assert.equal(byCookie(asking(['x-version', 'v1'])), 0)
})

test('who asks by name gets it whatever the affinity says', () => {
  const pick = compileSplit(weighing(1, 1, 0), unasked, canary, () => 'me')
  assert.equal(pick(asking(['x-version', 'v2'])), 2)
})

// --- sticky ---

/** The choice of each of `n` texts. */
const assigned = (n: number, choices: ReturnType<typeof weighing>): number[] => {
  let text = ''
  const pick = compileSplit(choices, unasked, BY_CHANCE, () => text)
  return Array.from({ length: n }, (_, i) => {
    text = `user-${i}`
    return pick(x)
  })
}

test('the same text gets the same choice, in any order of writing and in any gateway', () => {
  const weights = [50, 30, 20]
  const once = assigned(1000, weighing(...weights))
  assert.deepEqual(assigned(1000, weighing(...weights)), once)
  assert.deepEqual(assigned(1000, weighing(...weights).reverse()), once)
})

test('without a text it is chance', () => {
  let r = 0
  const pick = compileSplit(
    weighing(1, 1),
    () => r,
    BY_CHANCE,
    () => '',
  )
  assert.equal(pick(x), 0)
  r = 0.9
  assert.equal(pick(x), 1)
})

test('shares are the weights, within 1 percentage point over 100,000 texts', () => {
  for (const weights of [
    [90, 10],
    [50, 30, 20],
    [1, 1, 1, 1],
    [99, 1],
    [5, 0, 5],
  ]) {
    const total = weights.reduce((sum, weight) => sum + weight)
    const counts = weights.map(() => 0)
    for (const value of assigned(100_000, weighing(...weights))) counts[value]!++
    for (const [i, weight] of weights.entries()) {
      assert.ok(Math.abs(counts[i]! / 100_000 - weight / total) < 0.01, `${weights}: ${counts}`)
      if (weight === 0) assert.equal(counts[i], 0)
    }
  }
})

test('a weight that changes moves texts to that choice, or away from it, and no other', () => {
  const weights = fc.array(fc.integer({ min: 1, max: 100 }), { minLength: 2, maxLength: 5 })
  fc.assert(
    fc.property(weights, fc.nat(4), fc.integer({ min: 1, max: 100 }), (before, at, weight) => {
      const changed = at % before.length
      const after = before.map((old, i) => (i === changed ? weight : old))
      const grown = weight > before[changed]!
      const then = assigned(500, weighing(...before))
      for (const [i, now] of assigned(500, weighing(...after)).entries()) {
        if (now !== then[i]) assert.equal(grown ? now : then[i], changed)
      }
    }),
  )
})

test('the share that moves is the share that must', () => {
  const before = assigned(100_000, weighing(90, 10))
  const after = assigned(100_000, weighing(80, 20))
  const moved = before.filter((value, i) => value !== after[i]).length
  assert.ok(Math.abs(moved / 100_000 - 0.1) < 0.01, String(moved))
})

test('a service that is added takes from all, one that is removed leaves the others where they are', () => {
  const two = assigned(10_000, weighing(50, 50))
  const three = assigned(10_000, weighing(50, 50, 50))
  for (const [i, value] of three.entries()) if (value !== 2) assert.equal(value, two[i])
})
