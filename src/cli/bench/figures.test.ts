import assert from 'node:assert/strict'
import { test } from 'node:test'
import { showMs, showMsSpread, showPart, showRate, showUsSpread } from './figures.ts'

test('times have three digits and the unit that fits', () => {
  const shown = [0, 0.0004, 0.0871, 0.9996, 1.2, 12.34, 123.4, 999.6, 2500, -0.21].map(showMs)
  const expected = ['0 µs', '0.4 µs', '87.1 µs', '1 ms', '1.2 ms', '12.3 ms', '123 ms', '1 s', '2.5 s', '-210 µs']
  assert.deepEqual(shown, expected)
})

test('a spread is in the unit of its median; of one measurement there is none', () => {
  assert.equal(showMsSpread({ median: 1.5, least: 0.25, most: 20 }), '1.5 ms (0.25 to 20)')
  assert.equal(showMsSpread({ median: 1.5, least: 1.5, most: 1.5 }), '1.5 ms')
  assert.equal(showUsSpread({ median: 12, least: -3.25, most: 100 }), '12 µs (-3.25 to 100)')
})

test('what is not nothing is not shown as nothing, what is not all not as all', () => {
  assert.deepEqual([0, 0.0001, 0.123, 0.99999, 1].map(showPart), ['0%', '<0.1%', '12.3%', '>99.9%', '100%'])
})

test('rates are whole until they are long', () => {
  assert.deepEqual([16, 5188.2, 10_000, 12_345].map(showRate), ['16/s', '5188/s', '10k/s', '12.3k/s'])
})
