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
const remembered = (until = Number.POSITIVE_INFINITY, used = false): Remembered => ({
  identity,
  key,
  until,
  jti: '',
  version: 0,
  used,
})

test('the oldest goes first, unless it was used since', () => {
  const memory = tokenMemory(3, 1000)
  for (const text of ['a', 'b', 'c']) memory.keep(text, remembered(), 0)
  memory.get('a')!.used = true
  memory.keep('d', remembered(), 0)
  assert.deepEqual(
    ['a', 'b', 'c', 'd'].filter(text => memory.get(text) !== undefined),
    ['a', 'c', 'd'],
  )
  // Its chance is gone, once it had one.
  memory.keep('e', remembered(), 0)
  memory.keep('f', remembered(), 0)
  assert.deepEqual(
    ['a', 'c', 'd', 'e', 'f'].filter(text => memory.get(text) !== undefined),
    ['a', 'e', 'f'],
  )
})

test('where all were used, one goes all the same', () => {
  const memory = tokenMemory(100, 1000)
  const all = Array.from({ length: 101 }, () => remembered(undefined, true))
  for (const [i, token] of all.entries()) memory.keep(`${i}`, token, 0)
  assert.equal(memory.size, 100)
  // To find that one, only so many were looked at.
  assert.equal(all.filter(token => !token.used).length, 16)
})

test('the characters count, not only the tokens', () => {
  const memory = tokenMemory(100, 10)
  memory.keep('aaaa', remembered(), 0)
  memory.keep('bbbb', remembered(), 0)
  memory.keep('ccc', remembered(), 0)
  assert.deepEqual([memory.size, memory.chars, memory.get('aaaa')], [2, 7, undefined])
  memory.keep('d'.repeat(11), remembered(), 0)
  assert.deepEqual([memory.size, memory.chars], [0, 0])
})

test('what has expired goes though nobody asks for it', () => {
  const memory = tokenMemory(1000, 100_000)
  for (let i = 0; i < 100; i++) memory.keep(`old ${i}`, remembered(1000), 0)
  for (let i = 0; i < 60; i++) memory.keep(`new ${i}`, remembered(), 1000)
  assert.equal(memory.size, 60)
})

test('some can be dropped by what they are', () => {
  const memory = tokenMemory(10, 100)
  memory.keep('a', remembered(1), 0)
  memory.keep('b', remembered(2), 0)
  memory.dropWhere(({ until }) => until === 1)
  assert.deepEqual([memory.get('a'), memory.size, memory.chars], [undefined, 1, 1])
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
        else memory.keep(text, remembered(until, used), wall / 10)
        const kept = [...texts].filter(each => memory.get(each) !== undefined)
        assert.equal(memory.size, kept.length)
        assert.equal(memory.chars, kept.join('').length)
        assert.ok(memory.size <= 5 && memory.chars <= 20)
      }
    }),
  )
})
