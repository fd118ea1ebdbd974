import assert from 'node:assert/strict'
import { test } from 'node:test'
import { headersOf } from '../../base/headers.ts'
import { fail, Reply } from '../../core/reply.ts'
import { limitedRoute, limitPolicies, limitWorld, perMinute, walk } from '../testing/limits.ts'
import { MAX_COST, parseCost } from './limit-cost.ts'

const COSTS: readonly (readonly [text: string, cost: number | undefined])[] = [
  ['0', 0],
  ['7', 7],
  ['007', 7],
  ['2.0', 2],
  ['2.1', 3],
  ['0.001', 1],
  [`${MAX_COST}`, MAX_COST],
  [`${MAX_COST + 1}`, undefined],
  [`${MAX_COST}.1`, undefined],
  ['9999999999', undefined],
  ['-1', undefined],
  ['+1', undefined],
  ['1e3', undefined],
  ['0x10', undefined],
  ['1,2', undefined],
  ['.5', undefined],
  ['5.', undefined],
  ['', undefined],
  [' ', undefined],
  ['NaN', undefined],
  ['Infinity', undefined],
  ['1'.repeat(10_000), undefined],
]
for (const [text, cost] of COSTS) {
  test(`cost ${JSON.stringify(text.slice(0, 20))} is ${cost ?? 'none'}`, () => assert.equal(parseCost(text), cost))
}

const byHeader = (fixed: number, name = 'perMinute', dryRun = false) =>
  perMinute(100, { name, dryRun, cost: { fixed, responseHeader: 'x-cost' } })

const costing = (...values: string[]) => ({ call: () => new Reply(200, headersOf(values.map(v => ['x-cost', v]))) })

const ANSWERS: readonly (readonly [what: string, fixed: number, values: string[], charged: number[], left: string])[] =
  [
    ['more than was taken', 1, ['10'], [9], '90'],
    ['less than was taken', 5, ['2'], [-3], '98'],
    ['just that', 3, ['3'], [], '97'],
    ['nothing', 1, ['0'], [-1], '100'],
    ['after only a look', 0, ['4'], [4], '96'],
    ['more than there is', 1, ['5000'], [4999], '0'],
    ['no number', 2, ['cheap'], [], '98'],
    ['not said', 2, [], [], '98'],
    ['said twice: the first counts', 1, ['4', '50'], [3], '96'],
  ]
for (const [what, fixed, values, charged, left] of ANSWERS) {
  test(`cost from the answer: ${what}`, () => {
    const { world, store } = limitWorld()
    const { reply } = walk(limitedRoute([byHeader(fixed)]), world, costing(...values))
    assert.deepEqual(
      store.charged.map(ask => ask.cost),
      charged,
    )
    assert.match(reply.header('ratelimit') ?? '', new RegExp(`;r=${left}(;|$)`))
    assert.equal(reply.header('x-cost'), undefined)
  })
}

test('cost from the answer: all limits that want it, and no others', () => {
  const { world, store } = limitWorld()
  const limits = [byHeader(1, 'a'), perMinute(100, { name: 'b' }), byHeader(3, 'c'), byHeader(1, 'dry', true)]
  walk(limitedRoute(limits), world, costing('10'))
  const charges = store.charged.map(ask => `${ask.rule.id.split('|')[1]} ${ask.mark}${ask.key} ${ask.cost}`)
  assert.deepEqual(charges, ['a a:192.0.2.1 9', 'c a:192.0.2.1 7', 'dry a:192.0.2.1 9'])
})

test('cost from the answer: shapes that run again, on the answer that stands in, charge nothing twice', () => {
  const { world, store } = limitWorld()
  const route = limitedRoute([byHeader(1)])
  const { x } = walk(route, world, costing('10'))
  const { before } = limitPolicies(route, world)
  before?.shape?.(x, costing('10').call())
  before?.shape?.(x, fail('INTERNAL'))
  assert.deepEqual(
    store.charged.map(ask => ask.cost),
    [9],
  )
})

test('cost from the answer: what the gateway answers itself costs no more than was taken', () => {
  const { world, store } = limitWorld()
  const route = limitedRoute([byHeader(1)])
  for (const parts of [{ auth: () => fail('FORBIDDEN') }, { call: () => fail('UPSTREAM_CONNECT') }])
    walk(route, world, parts)
  assert.deepEqual([store.taken.length, store.charged], [2, []])
})

test('cost from the answer: nothing is charged where the store had nothing to say, and the field is hidden all the same', () => {
  const { world, store } = limitWorld()
  store.failing = 'allow'
  const { reply } = walk(limitedRoute([byHeader(1)]), world, costing('10'))
  assert.deepEqual([store.charged, reply.header('x-cost')], [[], undefined])
})
