import assert from 'node:assert/strict'
import { test } from 'node:test'
import { Reply } from '../core/reply.ts'
import { ipPolicy } from './ip-rules.ts'
import { asked } from './testing/asked.ts'

/** Asks twice: the second answer is remembered. */
const passes = (allow: readonly string[], deny: readonly string[], from: string): boolean => {
  const { gate } = ipPolicy({ allow, deny })
  const answers = [1, 2].map(() => gate?.(asked({ from })))
  for (const answer of answers) {
    if (answer !== undefined) assert.ok(answer instanceof Reply && answer.fault?.code === 'FORBIDDEN')
  }
  assert.equal(answers[0] === undefined, answers[1] === undefined)
  return answers[0] === undefined
}

const INSIDE = ['10.0.0.0/8', '192.0.2.7', '2001:db8::/32', '::ffff:172.16.0.0/108']

for (const [from, inside] of [
  ['10.255.0.1', true],
  ['11.0.0.1', false],
  ['192.0.2.7', true],
  ['192.0.2.8', false],
  ['::ffff:10.1.2.3', true],
  ['::ffff:a01:203', true],
  ['0:0:0:0:0:FFFF:10.1.2.3', true],
  ['::10.1.2.3', false],
  ['172.31.255.255', true],
  ['172.32.0.0', false],
  ['2001:DB8::1', true],
  ['2001:db9::1', false],
  ['2001:db8::1%eth0', true],
  ['10.1.2.3:4711', true],
  ['[2001:db8::1]:4711', true],
  ['[2001:db8::1]', true],
  ['11.1.2.3:4711', false],
] as const) {
  test(`${from} is ${inside ? 'in' : 'outside'}`, () => {
    assert.equal(passes(INSIDE, [], from), inside)
    assert.equal(passes([], INSIDE, from), !inside)
  })
}

for (const from of [
  '',
  'unknown',
  '010.0.0.1',
  '10.1',
  '167772161',
  '10.0.0.1, 11.0.0.1',
  '10.0.0.1:',
  '_hidden',
  '[10.0.0.1',
  '10.0.0.256',
]) {
  test(`what is no address is refused: "${from}"`, () => {
    assert.equal(passes(['0.0.0.0/0', '::/0'], [], from), false)
    assert.equal(passes([], ['192.0.2.1'], from), false)
  })
}

test('deny goes first', () => {
  assert.equal(passes(['10.0.0.0/8'], ['10.1.0.0/16'], '10.1.0.1'), false)
  assert.equal(passes(['10.1.0.1'], ['10.0.0.0/8'], '10.1.0.1'), false)
  assert.equal(passes(['10.0.0.0/8'], ['10.1.0.0/16'], '10.2.0.1'), true)
})

test('all of one family is nothing of the other', () => {
  assert.equal(passes(['0.0.0.0/0'], [], '255.1.2.3'), true)
  assert.equal(passes(['0.0.0.0/0'], [], '2001:db8::1'), false)
  assert.equal(passes(['::/0'], [], '2001:db8::1'), true)
  assert.equal(passes(['::/0'], [], '10.0.0.1'), false)
  assert.equal(passes(['::/0'], [], '::ffff:10.0.0.1'), false)
})

test('a block that is wider than all mapped addresses is one of IPv6', () => {
  assert.equal(passes(['::ffff:0:0/80'], [], '::1:2:3'), true)
  assert.equal(passes(['::ffff:0:0/80'], [], '10.0.0.1'), false)
})

test('many addresses: decisions stay right when the memory is full', () => {
  const { gate } = ipPolicy({ allow: ['10.0.0.0/16'], deny: [] })
  for (let i = 0; i < 10_000; i++) {
    const from = `10.${i & 1}.${i >> 8}.${i & 255}`
    assert.equal(gate?.(asked({ from })) === undefined, (i & 1) === 0)
  }
  assert.equal(gate?.(asked({ from: '10.0.0.0' })), undefined)
})
