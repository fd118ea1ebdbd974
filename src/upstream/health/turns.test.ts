import assert from 'node:assert/strict'
import { test } from 'node:test'
import { createTurns } from './turns.ts'

test('so many go at once, the others in the order in which they came', () => {
  const turns = createTurns(2)
  const begun: string[] = []
  const ask = (name: string): void => turns.ask(() => void begun.push(name), 'g')
  for (const name of ['a', 'b', 'c', 'd']) ask(name)
  assert.deepEqual(begun, ['a', 'b'])
  turns.leave('g')
  assert.deepEqual(begun, ['a', 'b', 'c'])
  ask('e')
  turns.leave('g')
  turns.leave('g')
  assert.deepEqual(begun, ['a', 'b', 'c', 'd', 'e'])
})

test('who waits no longer is passed over', () => {
  const turns = createTurns(1)
  const begun: string[] = []
  const begin = (name: string) => () => void begun.push(name)
  const b = begin('b')
  turns.ask(begin('a'), 'g')
  turns.ask(b, 'g')
  turns.ask(begin('c'), 'g')
  turns.forget(b, 'g')
  turns.leave('g')
  assert.deepEqual(begun, ['a', 'c'])
})

test('who leaves at once makes room for the next', () => {
  const turns = createTurns(1)
  let begun = 0
  const begin = (): void => {
    begun++
    turns.leave('g')
  }
  for (let i = 0; i < 5; i++) turns.ask(() => begin(), 'g')
  assert.equal(begun, 5)
})

test('nobody begins while many leave, and afterwards as many as there is room for', () => {
  const turns = createTurns(2)
  const begun: string[] = []
  const begin = (name: string) => () => void begun.push(name)
  const [a, b, c, d, e] = [begin('a'), begin('b'), begin('c'), begin('d'), begin('e')]
  for (const each of [a, b, c, d, e]) turns.ask(each, 'g')
  turns.hold(() => {
    turns.leave('g')
    turns.leave('g')
    turns.forget(c, 'g')
    assert.deepEqual(begun, ['a', 'b'])
  })
  assert.deepEqual(begun, ['a', 'b', 'd', 'e'])
})

test('groups take turns, and none has more under way than it may', () => {
  const turns = createTurns(3, 2)
  const begun: string[] = []
  const ask = (name: string): void => turns.ask(() => void begun.push(name), name.charAt(0))
  for (const name of ['a1', 'a2', 'a3', 'a4']) ask(name)
  assert.deepEqual(begun, ['a1', 'a2'], 'a place is left for others')
  for (const name of ['b1', 'b2', 'c1']) ask(name)
  assert.deepEqual(begun, ['a1', 'a2', 'b1'])
  turns.leave('a')
  assert.equal(begun.at(-1), 'a3', 'whose turn came first')
  turns.leave('b')
  turns.leave('a')
  turns.leave('a')
  assert.deepEqual(begun.slice(4), ['b2', 'c1', 'a4'])
  for (const group of ['b', 'c', 'a']) turns.leave(group)
  assert.equal(begun.length, 7)
})
