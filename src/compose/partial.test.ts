import assert from 'node:assert/strict'
import { test } from 'node:test'
import fc from 'fast-check'
import type { BranchMissing } from './branch.ts'
import { itemOf, partialMember } from './partial.ts'

const missing = (given: Partial<BranchMissing>): BranchMissing => {
  return { kind: 'missing', reason: 'connect', status: 0, afterMs: 3.4, fault: null, ...given }
}

test('members say the reason and what belongs to it', () => {
  assert.equal(
    partialMember('orders', missing({ reason: 'timeout', afterMs: 499.6 })),
    'orders;reason=timeout;after=500',
  )
  assert.equal(partialMember('orders', missing({ reason: 'status', status: 503 })), 'orders;reason=status;status=503')
  for (const reason of ['connect', 'invalid', 'oversize', 'skipped'] as const) {
    assert.equal(partialMember('a', missing({ reason, status: 200 })), `a;reason=${reason}`)
  }
})

for (const [name, item] of [
  ['orders', 'orders'],
  ['a-b.c_d', 'a-b.c_d'],
  ['2fast', '"2fast"'],
  ['two words', '"two words"'],
  ['a"b\\c', '"a\\"b\\\\c"'],
  ['', '""'],
  ['größe', '%"gr%c3%b6%c3%9fe"'],
  ['50%"ü', '%"50%25%22%c3%bc"'],
] as const) {
  test(`a branch called ${name} is ${item}`, () => {
    assert.equal(itemOf(name), item)
  })
}

test('no name can end its place in the list', () => {
  fc.assert(
    fc.property(fc.string({ unit: 'binary' }), name => {
      const item = itemOf(name)
      assert.match(
        item,
        /^(?:[A-Za-z*][^\s",;]*|"(?:[^"\\\u0000-\u001f\u007f-\uffff]|\\["\\])*"|%"(?:[ !#$&-~]|%[0-9a-f]{2})*")$/,
      )
      if (item.startsWith('%')) assert.equal(decodeURIComponent(item.slice(2, -1)), name.toWellFormed())
    }),
  )
})
