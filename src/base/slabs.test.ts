import assert from 'node:assert/strict'
import { test } from 'node:test'
import { giveSlab, SLAB_DATA, SLAB_HEAD, SLAB_TAIL, slabWindow, takeSlab } from './slabs.ts'

test('a slab has its own memory, with room on both sides of its window', () => {
  const slab = takeSlab()
  assert.equal(slab.byteOffset, 0)
  assert.equal(slab.buffer.byteLength, SLAB_HEAD + SLAB_DATA + SLAB_TAIL)
  const window = slabWindow(slab)
  assert.equal(window.buffer, slab.buffer)
  assert.deepEqual([window.byteOffset, window.length], [SLAB_HEAD, SLAB_DATA])
})

test('the slab given back last is taken first', () => {
  const [a, b] = [takeSlab(), takeSlab()]
  assert.notEqual(a, b)
  giveSlab(a)
  giveSlab(b)
  assert.equal(takeSlab(), b)
  assert.equal(takeSlab(), a)
})

test('no more than 128 slabs are kept', () => {
  const given = new Set(Array.from({ length: 300 }, takeSlab))
  for (const slab of given) giveSlab(slab)
  const kept = Array.from({ length: 300 }, takeSlab).filter(slab => given.has(slab))
  assert.equal(kept.length, 128)
})
