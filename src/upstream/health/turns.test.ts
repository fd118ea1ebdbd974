import assert from 'node:assert/strict'
import { test } from 'node:test'
import { createTurns } from './turns.ts'

test('so many go at once, the others in the order in which they came', () => {
  const turns = createTurns(2)
  const begun: string[] = []
  const ask = (name: string): void => turns.ask(() => void begun.push(name))
  for (const name of ['a', 'b', 'c', 'd']) ask(name)
  assert.deepEqual(begun, ['a', 'b'])
  turns.leave()
  assert.deepEqual(begun, ['a', 'b', 'c'])
  ask('e')
  turns.leave()
  turns.leave()
  assert.deepEqual(begun, ['a', 'b', 'c', 'd', 'e'])
})

test('who waits no longer is passed over', () => {
  const turns = createTurns(1)
  const begun: string[] = []
  const begin = (name: string) => () => void begun.push(name)
  const b = begin('b')
  turns.ask(begin('a'))
  turns.ask(b)
  turns.ask(begin('c'))
  turns.forget(b)
  turns.leave()
  assert.deepEqual(begun, ['a', 'c'])
})

test('who leaves at once makes room for the next', () => {
  const turns = createTurns(1)
  let begun = 0
  const begin = (): void => {
    begun++
    turns.leave()
  }
  for (let i = 0; i < 5; i++) turns.ask(() => begin())
  assert.equal(begun, 5)
})

test('nobody begins while many leave, and afterwards as many as there is room for', () => {
  const turns = createTurns(2)
  const begun: string[] = []
  const begin = (name: string) => () => void begun.push(name)
  const [a, b, c, d, e] = [begin('a'), begin('b'), begin('c'), begin('d'), begin('e')]
  for (const each of [a, b, c, d, e]) turns.ask(each)
  turns.hold(() => {
    turns.leave()
    turns.leave()
    turns.forget(c)
    assert.deepEqual(begun, ['a', 'b'])
  })
  assert.deepEqual(begun, ['a', 'b', 'd', 'e'])
})
