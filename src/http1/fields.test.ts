import assert from 'node:assert/strict'
import { test } from 'node:test'
import { isChunked, mergeConnection, parseConnection, parseLength } from './fields.ts'

test('lengths: digits only, no leading zero, at most 2^53 − 1', () => {
  const good: readonly [string, number][] = [
    ['0', 0],
    ['7', 7],
    ['10', 10],
    ['9007199254740991', Number.MAX_SAFE_INTEGER],
  ]
  for (const [value, length] of good) assert.equal(parseLength(value), length, value)
  const bad = ['', '00', '01', '+1', '-1', ' 1', '1 ', '1,1', '1, 1', '0x10', '1e3', '1.0', 'a', '1a', '\u0661', '1\0']
  for (const value of [...bad, '9007199254740992', '9999999999999999', '10000000000000000'])
    assert.equal(parseLength(value), -1, value)
})

const options: readonly [value: string, flags: string, others: readonly string[]][] = [
  ['keep-alive', 'keepAlive', []],
  ['Keep-Alive', 'keepAlive', []],
  ['close', 'close', []],
  ['CLOSE', 'close', []],
  ['Upgrade', 'upgrade', []],
  ['keep-alive, Upgrade', 'keepAlive upgrade', []],
  [' ,close,, TE ,', 'close', ['te']],
  ['X-Foo\t, x-bar', '', ['x-foo', 'x-bar']],
  ['content-length, Host, x', '', ['x']],
  ['', '', []],
]

for (const [value, flags, others] of options) {
  test(`Connection: ${value}`, () => {
    const parsed = parseConnection(value)
    const on = (['close', 'keepAlive', 'upgrade'] as const).filter(flag => parsed[flag])
    assert.deepEqual([on.join(' '), parsed.others], [flags, others])
  })
}

test('several Connection fields count as one', () => {
  const first = parseConnection('close, a')
  assert.equal(mergeConnection(null, first), first)
  const both = mergeConnection(first, parseConnection('upgrade, keep-alive, b'))
  assert.deepEqual(both, { close: true, keepAlive: true, upgrade: true, others: ['a', 'b'] })
  assert.deepEqual(parseConnection('close').others, [])
})

test('chunked, alone and without a tab on its line', () => {
  const accepts = (value: string, line = `: ${value}`) => isChunked(value, line)
  assert.ok(accepts('chunked'))
  assert.ok(accepts('CHUNKED'))
  for (const value of ['', 'gzip', 'gzip, chunked', 'chunked, chunked', 'chunked;q=1', '"chunked"', 'xchunked']) {
    assert.equal(accepts(value), false, value)
  }
  assert.equal(accepts('chunked', ':\tchunked'), false)
  assert.equal(accepts('chunked', ': chunked\t'), false)
})
