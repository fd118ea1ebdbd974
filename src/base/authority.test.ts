import assert from 'node:assert/strict'
import { test } from 'node:test'
import { parseAuthority } from './authority.ts'

const good: readonly [text: string, host: string][] = [
  ['', ''],
  ['example.com', 'example.com'],
  ['EXAMPLE.Com', 'example.com'],
  ['example.com.', 'example.com'],
  ['example.com.:80', 'example.com'],
  ['example.com:8080', 'example.com'],
  ['example.com:', 'example.com'],
  ['example.com:0', 'example.com'],
  ['example.com:65535', 'example.com'],
  ['10.0.0.1:80', '10.0.0.1'],
  ['[::1]', '[::1]'],
  ['[2001:DB8::1]:443', '[2001:db8::1]'],
  ["a_b~c!$&'()*+,;=-d", "a_b~c!$&'()*+,;=-d"],
  ['caf%C3%A9', 'caf%c3%a9'],
]

for (const [text, host] of good) {
  test(`"${text}" names ${host || 'nobody'}`, () => assert.deepEqual(parseAuthority(text), { text, host }))
}

const bad = [
  ':80',
  ':',
  'a:b',
  'a:65536',
  'a:999999',
  'a:1:2',
  'a:-1',
  '::1',
  '[::1',
  '::1]',
  '[]',
  '[::1]x',
  '[::1]:x',
]
bad.push('a b', ' a', 'a ', 'a/b', 'a?b', 'a#b', 'a@b', 'user:pw@a', 'a\\b', 'a"b', 'a<b>', 'a\tb', 'a\0b', 'é')
bad.push('a%', 'a%4', 'a%zz', '[g::1]', '[::1%eth0]', 'a[1]', 'x[::1]', 'a\n')

bad.push('.', '..', '.a', 'a..', 'a..b', 'a...b', '.:80', 'a..:80', '.a.')

for (const text of bad) {
  test(`${JSON.stringify(text)} is malformed`, () => assert.equal(parseAuthority(text), undefined))
}
