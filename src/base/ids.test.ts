import assert from 'node:assert/strict'
import { test } from 'node:test'
import { idSource, isWellFormedId } from './ids.ts'

test('ids count up behind the prefix', () => {
  const next = idSource('p')
  assert.deepEqual([next(), next(), next()], ['p-00000000', 'p-00000001', 'p-00000002'])
})

test('the carry into the upper half keeps ids unique and in order', () => {
  const next = idSource('p')
  let last = next()
  for (let i = 1; i < 0x20001; i++) {
    const id = next()
    if (id <= last) assert.fail(`${id} after ${last}`)
    last = id
  }
  assert.equal(last, 'p-00020000')
})

test('two sources have nothing in common', () => {
  const [a, b] = [idSource()(), idSource()()]
  assert.match(a, /^[0-9a-f]{16}-00000000$/)
  assert.notEqual(a.slice(0, 16), b.slice(0, 16))
})

test('our own ids are well formed', () => assert.ok(isWellFormedId(idSource()())))

const accepted = ['a', '7b1f-22', 'A.b_c:d/e+f=g@h-', 'x'.repeat(128)]
const refused = ['', 'a b', 'a\tb', 'a\n', 'a"b', '<b>', 'a,b', 'é', 'a;b', 'a\0', 'x'.repeat(129)]

test('ids of others: visible, short, without anything a log or header could trip over', () => {
  for (const id of accepted) assert.equal(isWellFormedId(id), true, id)
  for (const id of refused) assert.equal(isWellFormedId(id), false, JSON.stringify(id))
})
