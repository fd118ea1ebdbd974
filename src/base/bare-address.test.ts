import assert from 'node:assert/strict'
import { test } from 'node:test'
import { bareAddress } from './bare-address.ts'

for (const [text, bare] of [
  ['192.0.2.7', '192.0.2.7'],
  ['192.0.2.7:4711', '192.0.2.7'],
  ['2001:db8::1', '2001:db8::1'],
  ['[2001:db8::1]', '2001:db8::1'],
  ['[2001:db8::1]:443', '2001:db8::1'],
  ['::ffff:192.0.2.7', '192.0.2.7'],
  ['[::ffff:192.0.2.7]:80', '192.0.2.7'],
  ['unknown', 'unknown'],
  ['192.0.2.7:port', '192.0.2.7:port'],
  ['[', '['],
  ['', ''],
] as const) {
  test(`${text} is ${bare}`, () => assert.equal(bareAddress(text), bare))
}
