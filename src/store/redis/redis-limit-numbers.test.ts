import assert from 'node:assert/strict'
import { test } from 'node:test'
import { limitRule } from '../testing/redis.ts'
import { costText, limitNumbers } from './redis-limit-numbers.ts'

test('gcra has its burst as limit and melts by its count; windows have their count', () => {
  const numbers = { count: 100, perMs: 60_000, burst: 20 }
  assert.deepEqual(limitNumbers(limitRule(numbers)), { before: ['1', '20', '60000000', '100'], tick: '1' })
  const fixed = limitNumbers(limitRule({ ...numbers, algorithm: 'fixed-window' }))
  assert.deepEqual(fixed, { before: ['2', '100', '60000000', '1'], tick: '1' })
  assert.equal(limitNumbers(limitRule({ ...numbers, algorithm: 'sliding-window' })).before[0], '3')
})

test('what would not be exact in µs is counted in ms', () => {
  const month = limitRule({ count: 1_000_000, burst: 1_000_000, perMs: 2_592_000_000 })
  assert.deepEqual(limitNumbers(month), { before: ['1', '1000000', '2592000000', '1000000'], tick: '1000' })
})

test('costs are bounded, and what is no number costs nothing', () => {
  const costs = [0, 1, 0.5, -3, Number.NaN, Number.POSITIVE_INFINITY, Number.NEGATIVE_INFINITY, 1e300, -0]
  const texts = ['0', '1', '0.5', '-3', '0', '2147483648', '-2147483648', '2147483648', '0']
  assert.deepEqual(costs.map(costText), texts)
})
