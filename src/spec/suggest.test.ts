import assert from 'node:assert/strict'
import { test } from 'node:test'
import { closest, didYouMean, listWords } from './suggest.ts'

test('the closest word, if any is close', () => {
  const words = ['orders', 'users', 'products', 'to', 'url']
  const rows: [string, string | undefined][] = [
    ['ordres', 'orders'],
    ['Orders', 'orders'],
    ['user', 'users'],
    ['prodcuts', 'products'],
    ['uri', 'url'],
    ['ot', 'to'],
    ['payments', undefined],
    ['', undefined],
    ['x'.repeat(10_000), undefined],
  ]
  for (const [word, expected] of rows) assert.equal(closest(word, words), expected, word.slice(0, 20))
})

test('words for messages', () => {
  assert.equal(didYouMean('ordres', ['orders']), 'did you mean "orders"?')
  assert.equal(didYouMean('x', ['orders']), undefined)
  assert.equal(listWords(['a'], 'or'), 'a')
  assert.equal(listWords(['a', 'b', 'c'], 'or'), 'a, b or c')
})
