import assert from 'node:assert/strict'
import { test } from 'node:test'
import fc from 'fast-check'
import { SECRET } from '../testing/jwt-sign.ts'
import { jwtSpec } from '../testing/jwt-world.ts'
import { compileIdentity } from './jwt-identity.ts'
import { secretKey } from './jwt-key.ts'
import { type Remembered, tokenMemory } from './jwt-memory.ts'

const identity = compileIdentity(jwtSpec(), [])({})
const key = secretKey(SECRET.toString('base64url'), ['HS256'])
const remembered = (text: string, until = Number.POSITIVE_INFINITY, used = false): Remembered => ({
  text,
  identity,
  until,
  version: 0,
  used,
  next: null,
  jti: '',
  key,
})

test('the oldest goes first, unless it was used since', () => {
  const memory = tokenMemory(3, 1000)
  for (const text of ['a', 'b', 'c']) memory.keep(remembered(text), 0)
  memory.get('a')!.used = true
  memory.keep(remembered('d'), 0)
  assert.deepEqual(
    ['a', 'b', 'c', 'd'].filter(text => memory.get(text) !== null),
    ['a', 'c', 'd'],
  )
  // Its chance is gone, once it had one.
  memory.keep(remembered('e'), 0)
  memory.keep(remembered('f'), 0)
  assert.deepEqual(
    ['a', 'c', 'd', 'e', 'f'].filter(text => memory.get(text) !== null),
    ['a', 'e', 'f'],
  )
})

test('where all were used, one goes all the same', () => {
  const memory = tokenMemory(100, 1000)
  const all = Array.from({ length: 101 }, (_, i) => remembered(`${i}`, undefined, true))
  for (const token of all) memory.keep(token, 0)
  assert.equal(memory.size, 100)
  // To find that one, only so many were looked at.
  assert.equal(all.filter(token => !token.used).length, 16)
})

test('the characters count, not only the tokens', () => {
  const memory = tokenMemory(100, 10)
  memory.keep(remembered('aaaa'), 0)
  memory.keep(remembered('bbbb'), 0)
  memory.keep(remembered('ccc'), 0)
  assert.deepEqual([memory.size, memory.chars, memory.get('aaaa')], [2, 7, null])
  memory.keep(remembered('d'.repeat(11)), 0)
  assert.deepEqual([memory.size, memory.chars], [0, 0])
})

test('what has expired goes though nobody asks for it', () => {
  const memory = tokenMemory(1000, 100_000)
  for (let i = 0; i < 100; i++) memory.keep(remembered(`old ${i}`, 1), 0)
  for (let i = 0; i < 60; i++) memory.keep(remembered(`new ${i}`), 1000)
  assert.equal(memory.size, 60)
})

test('some can be dropped by what they are', () => {
  const memory = tokenMemory(10, 100)
  memory.keep(remembered('a', 1), 0)
  memory.keep(remembered('b', 2), 0)
  memory.dropWhere(({ until }) => until === 1)
  assert.deepEqual([memory.get('a'), memory.size, memory.chars], [null, 1, 1])
})

test('whatever happens, it stays within its bounds and its count is right', () => {
  const step = fc.record({
    text: fc.string({ maxLength: 4, unit: fc.constantFrom('a', 'b') }),
    until: fc.nat(20),
    used: fc.boolean(),
    drop: fc.boolean(),
  })
  fc.assert(
    fc.property(fc.array(step, { maxLength: 200 }), steps => {
      const memory = tokenMemory(5, 20)
      const texts = new Set<string>()
      for (const [wall, { text, until, used, drop }] of steps.entries()) {
        texts.add(text)
        if (drop) memory.drop(text)
        else memory.keep(remembered(text, until, used), wall * 100)
        const kept = [...texts].filter(each => memory.get(each) !== null)
        assert.equal(memory.size, kept.length)
        assert.equal(memory.chars, kept.join('').length)
        assert.ok(memory.size <= 5 && memory.chars <= 20)
      }
    }),
  )
})
