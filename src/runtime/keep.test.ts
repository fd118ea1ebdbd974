import assert from 'node:assert/strict'
import { test } from 'node:test'
import { Keep } from './keep.ts'

const setup = () => {
  const ended: string[] = []
  let made = 0
  const keep = new Keep<string>(value => void ended.push(value))
  return { keep, ended, hold: (key: string) => keep.hold(key, () => `${key}${++made}`) }
}

test('made once, shared, ended when the last holder lets go', () => {
  const { keep, ended, hold } = setup()
  assert.deepEqual([hold('a'), hold('a'), hold('b')], ['a1', 'a1', 'b2'])
  keep.release('a')
  assert.deepEqual(ended, [])
  keep.release('a')
  assert.deepEqual(ended, ['a1'])
})

test('what was ended is made anew', () => {
  const { keep, ended, hold } = setup()
  hold('a')
  keep.release('a')
  assert.deepEqual([hold('a'), ended], ['a2', ['a1']])
})

test('held by the next before the last lets go, it lives on', () => {
  const { keep, ended, hold } = setup()
  hold('a')
  assert.equal(hold('a'), 'a1')
  keep.release('a')
  assert.deepEqual([ended, hold('a')], [[], 'a1'])
})

test('a key nobody holds, and a value that could not be made', () => {
  const { keep, ended, hold } = setup()
  keep.release('a')
  assert.throws(() =>
    keep.hold('a', () => {
      throw new Error('no')
    }),
  )
  keep.release('a')
  assert.deepEqual([hold('a'), ended], ['a1', []])
})
