import assert from 'node:assert/strict'
import { test } from 'node:test'
import { coalesce } from './coalesce.ts'
import { settle } from './testing/fake-timers.ts'

test('one at a time, and once more however often it was asked meanwhile', async () => {
  const finish: (() => void)[] = []
  const ask = coalesce(() => new Promise(resolve => finish.push(resolve)))
  ask()
  ask()
  ask()
  assert.equal(finish.length, 1)
  finish[0]!()
  await settle()
  assert.equal(finish.length, 2)
  finish[1]!()
  await settle()
  assert.equal(finish.length, 2)
  ask()
  assert.equal(finish.length, 3)
})
