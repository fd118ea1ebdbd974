import assert from 'node:assert/strict'
import { test } from 'node:test'
import { CommandError, EXIT } from '../exit.ts'
import { type BudgetFigures, brokenBudgets, parseBudgets } from './budget.ts'

test('budgets are read with their units, one by one or with commas', () => {
  assert.deepEqual(parseBudgets(['p99=2ms', 'p50=0.5ms,overhead=250us', 'cpu=80µs', 'errors=0.1%', 'rate=5000/s']), [
    { key: 'p99', limit: 2 },
    { key: 'p50', limit: 0.5 },
    { key: 'overhead', limit: 0.25 },
    { key: 'cpu', limit: 80 },
    { key: 'errors', limit: 0.001 },
    { key: 'rate', limit: 5000 },
  ])
})

for (const text of [
  'p98=1ms',
  'p99',
  'p99=',
  'p99=2',
  'p99=-1ms',
  'p99=1ms=2ms',
  'cpu=80',
  'errors=1',
  'errors=101%',
  'rate=5ms',
  '',
]) {
  test(`"${text}" is wrong usage`, () => {
    assert.throws(
      () => parseBudgets([text]),
      (error: unknown) => error instanceof CommandError && error.exitCode === EXIT.usage,
    )
  })
}

const FIGURES: BudgetFigures = {
  ...{ p50: 0.3, p90: 0.6, p99: 2.4, overhead: 0.1, 'overhead-p99': undefined, cpu: 91, errors: 0.002, rate: 8000 },
}

const broken = (...texts: string[]): readonly string[] => brokenBudgets(parseBudgets(texts), FIGURES)

test('what is kept is not mentioned, the limit itself included', () => {
  assert.deepEqual(broken('p50=0.3ms', 'cpu=91us', 'errors=1%', 'rate=8000'), [])
})

test('what is not kept is told with both figures', () => {
  assert.deepEqual(broken('p99=2ms', 'cpu=80us', 'errors=0%', 'rate=9000'), [
    'p99 is 2.4 ms, the budget is 2 ms',
    'cpu is 91 µs, the budget is 80 µs',
    'errors is 0.2%, the budget is 0%',
    'rate is 8000/s, the budget is at least 9000/s',
  ])
})

test('a figure that is missing keeps no budget', () => {
  assert.deepEqual(broken('overhead-p99=1s'), ['overhead-p99 could not be measured, the budget is 1 s'])
})
