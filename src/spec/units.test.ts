import assert from 'node:assert/strict'
import { test } from 'node:test'
import fc from 'fast-check'
import {
  MAX_DURATION_MS,
  parseDuration,
  parseMultiple,
  parsePercent,
  parseRate,
  parseSize,
  parseSpan,
  showDuration,
  showPercent,
} from './units.ts'

const table = <T>(name: string, parse: (text: string) => T, rows: readonly (readonly [string, T])[]): void => {
  test(name, () => {
    for (const [text, expected] of rows) assert.deepEqual(parse(text), expected, JSON.stringify(text))
  })
}

table('durations', parseDuration, [
  ['250ms', 250],
  ['5s', 5000],
  ['1m', 60_000],
  ['1h', 3_600_000],
  ['1.5s', 1500],
  ['0s', 0],
  ['596h', 2_145_600_000],
  ['597h', undefined],
  ['5', undefined],
  ['5 s', undefined],
  ['5sec', undefined],
  ['-5s', undefined],
  ['5S', undefined],
  ['', undefined],
  ['1h30m', undefined],
  ['.5s', undefined],
  ['1e3s', undefined],
])

table('sizes', parseSize, [
  ['64KiB', 65_536],
  ['1MiB', 1_048_576],
  ['64KB', 64_000],
  ['1MB', 1_000_000],
  ['1.5KiB', 1536],
  ['2GiB', 2_147_483_648],
  ['0B', 0],
  ['12B', 12],
  ['64', undefined],
  ['64kb', undefined],
  ['64K', undefined],
  ['-1B', undefined],
  ['999999999999999GiB', undefined],
])

table('rates', parseRate, [
  ['100/s', { count: 100, perMs: 1000 }],
  ['1000/1m', { count: 1000, perMs: 60_000 }],
  ['5/10s', { count: 5, perMs: 10_000 }],
  ['1/250ms', { count: 1, perMs: 250 }],
  ['0/s', undefined],
  ['5/0s', undefined],
  ['5', undefined],
  ['/s', undefined],
  ['5/', undefined],
  ['5/x', undefined],
  ['5/s/s', undefined],
])

table('percentages', parsePercent, [
  ['20%', 0.2],
  ['0%', 0],
  ['100%', 1],
  ['12.5%', 0.125],
  ['101%', undefined],
  ['20', undefined],
  ['-1%', undefined],
])

table('multiples', parseMultiple, [
  ['125%', 1.25],
  ['100.1%', 1.001],
  ['100%', undefined],
  ['20%', undefined],
  ['1.25', undefined],
])

table('spans', parseSpan, [
  ['25ms..250ms', { fromMs: 25, toMs: 250 }],
  ['1s..1s', { fromMs: 1000, toMs: 1000 }],
  ['1s..1ms', undefined],
  ['1s', undefined],
  ['1s..', undefined],
])

test('what is shown is read as the same duration', () => {
  fc.assert(
    fc.property(fc.integer({ min: 0, max: MAX_DURATION_MS }), ms => {
      assert.equal(parseDuration(showDuration(ms)), ms)
    }),
  )
})

test('what is shown is read as the same share', () => {
  for (const text of ['0%', '5%', '12.5%', '33.3333%', '100%']) assert.equal(showPercent(parsePercent(text)!), text)
})
