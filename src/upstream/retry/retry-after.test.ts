import assert from 'node:assert/strict'
import { test } from 'node:test'
import { retryAfterMs } from './retry-after.ts'

/** RFC 9110 §5.6.7's example. */
const AT = Date.UTC(1994, 10, 6, 8, 49, 37)

for (const [value, ms] of [
  ['0', 0],
  ['1', 1000],
  ['999999999', 999_999_999_000],
  ['Sun, 06 Nov 1994 08:49:37 GMT', 7000],
  ['Sunday, 06-Nov-94 08:49:37 GMT', 7000],
  ['Sun Nov  6 08:49:37 1994', 7000],
  ['Sun, 06 Nov 1994 08:49:29 GMT', 0],
  ['', undefined],
  ['-1', undefined],
  ['1.5', undefined],
  [' 1', undefined],
  ['1, 2', undefined],
  ['1s', undefined],
  ['0x10', undefined],
  ['9999999999', 9_999_999_999_000],
  ['tomorrow', undefined],
  ['1994-11-06', undefined],
  ['Sun, 06 Nov 1994 08:49:37 CET', undefined],
  ['Sun, 06 Nov 1994 08:49:37', undefined],
  ['Sun, 99 Nov 1994 08:49:37 GMT', undefined],
] as const) {
  test(`Retry-After: ${value} is ${ms}`, () => {
    assert.equal(retryAfterMs(value, AT - 7000), ms)
  })
}
