import assert from 'node:assert/strict'
import { once } from 'node:events'
import { test } from 'node:test'
import fc from 'fast-check'
import { fakeClock } from '../base/testing.ts'
import { createRevocationMemory, revocationsOf, revocationWriter } from './revocations.ts'
import { startThread } from './testing/threads.ts'

const world = (capacity = 100) => {
  const memory = createRevocationMemory(capacity)
  const clock = fakeClock()
  return { memory, clock, list: revocationsOf(structuredClone(memory)), writer: revocationWriter(memory, clock) }
}

test('what is revoked is seen at once by a reader, by its kind, until it is reinstated', () => {
  const { list, writer, clock } = world()
  const before = list.version()
  assert.equal(list.isRevoked('jti', 'a'), false)
  assert.equal(writer.revoke('jti', 'a', clock.wall() + 1000), true)
  assert.equal(list.isRevoked('jti', 'a'), true)
  assert.equal(list.isRevoked('sub', 'a'), false)
  assert.equal(list.isRevoked('jti', 'b'), false)
  assert.notEqual(list.version(), before)
  const revoked = list.version()
  assert.equal(writer.reinstate('jti', 'a'), true)
  assert.equal(list.isRevoked('jti', 'a'), false)
  assert.notEqual(list.version(), revoked)
  assert.equal(writer.reinstate('jti', 'a'), false)
})

test('clear: nothing is revoked any more', () => {
  const { list, writer, clock } = world()
  for (let i = 0; i < 50; i++) writer.revoke('key', `k${i}`, clock.wall() + 1000)
  const before = list.version()
  writer.clear()
  assert.equal(writer.size(), 0)
  assert.equal(list.isRevoked('key', 'k7'), false)
  assert.notEqual(list.version(), before)
})

test('full: no more is taken, until something expires', () => {
  const { list, writer, clock } = world(64)
  for (let i = 0; i < 64; i++) assert.equal(writer.revoke('jti', `t${i}`, clock.wall() + 1000 + i), true)
  assert.equal(writer.size(), 64)
  assert.equal(writer.revoke('jti', 'more', clock.wall() + 5000), false)
  assert.equal(writer.revoke('jti', 't3', clock.wall() + 5000), true, 'what is in it can be prolonged')
  clock.advance(1010)
  assert.equal(writer.size(), 64 - 10)
  assert.equal(writer.revoke('jti', 'more', clock.wall() + 5000), true)
  assert.equal(list.isRevoked('jti', 'more'), true)
  assert.equal(list.isRevoked('jti', 't3'), true)
  assert.equal(list.isRevoked('jti', 't60'), true)
})

test('a revocation is never cut short by a second one', () => {
  const { writer, clock } = world()
  writer.revoke('jti', 'a', clock.wall() + 10_000)
  writer.revoke('jti', 'a', clock.wall() + 1000)
  clock.advance(5000)
  assert.equal(writer.size(), 1)
})

test('65,536 values fit', () => {
  const memory = createRevocationMemory(undefined, { low: 1, high: 2 })
  const writer = revocationWriter(memory, fakeClock())
  for (let i = 0; i < 65_536; i++) assert.equal(writer.revoke('sub', `user-${i}`, Number.POSITIVE_INFINITY), true)
  assert.equal(writer.revoke('sub', 'one more', Number.POSITIVE_INFINITY), false)
})

test('any sequence of changes: as a plain Map says', () => {
  const step = fc.record({
    what: fc.constantFrom('revoke', 'revoke', 'reinstate', 'look', 'clear', 'wait'),
    kind: fc.constantFrom('jti', 'sub', 'key'),
    value: fc.constantFrom('', 'a', 'b', 'ü'),
  } as const)
  fc.assert(
    fc.property(fc.array(step, { maxLength: 100 }), steps => {
      const { list, writer, clock } = world(20)
      const until = new Map<string, number>()
      for (const { what, kind, value } of steps) {
        const name = `${kind}:${value}`
        if (what === 'revoke') {
          assert.equal(writer.revoke(kind, value, clock.wall() + 100), true)
          until.set(name, clock.wall() + 100)
        } else if (what === 'reinstate') {
          writer.reinstate(kind, value)
          until.delete(name)
        } else if (what === 'wait') clock.advance(30)
        else if (what === 'clear') {
          writer.clear()
          until.clear()
        }
        const valid = [...until.values()].filter(end => end > clock.wall()).length
        assert.equal(writer.size(), valid)
        const end = until.get(name)
        if (end === undefined) assert.equal(list.isRevoked(kind, value), false)
        else if (end > clock.wall()) assert.equal(list.isRevoked(kind, value), true)
      }
    }),
  )
})

test('a reader in another thread, while thousands come and go: what stays revoked is always found, nothing else is', async () => {
  const { memory, writer, clock } = world(2000)
  for (let i = 0; i < 200; i++) writer.revoke('sub', `stays ${i}`, Number.POSITIVE_INFINITY)
  const stop = new SharedArrayBuffer(4)
  const reader = startThread('revocations.worker.ts', { memory, stop })
  await once(reader, 'message')
  for (let round = 0; round < 40; round++) {
    for (let i = 0; i < 500; i++) writer.revoke('sub', `comes ${round} ${i}`, clock.wall() + (i % 2 ? 0 : 1000))
    for (let i = 0; i < 500; i += 2) writer.reinstate('sub', `comes ${round} ${i}`)
    await new Promise(setImmediate)
  }
  Atomics.store(new Int32Array(stop), 0, 1)
  const [result] = await once(reader, 'message')
  assert.ok(result.rounds > 10, `${result.rounds} rounds`)
  assert.deepEqual([result.missed, result.invented], [0, 0])
})
