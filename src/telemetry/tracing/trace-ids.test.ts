import assert from 'node:assert/strict'
import { test } from 'node:test'
import { createTraceIds } from './trace-ids.ts'

test('ids are hex of the right length, and none comes twice', () => {
  const ids = createTraceIds()
  const seen = new Set<string>()
  for (let i = 0; i < 3000; i++) {
    const [trace, span] = [ids.trace(), ids.span()]
    assert.match(trace, /^[0-9a-f]{32}$/)
    assert.match(span, /^[0-9a-f]{16}$/)
    seen.add(trace).add(span)
  }
  assert.equal(seen.size, 6000)
})

test('what chance makes all 0 is left out', () => {
  const zerosFirst = (bytes: number): Buffer => Buffer.alloc(bytes, 0x5a).fill(0, 0, 24)
  const ids = createTraceIds(zerosFirst)
  assert.equal(ids.span(), '5a'.repeat(8))
  assert.equal(createTraceIds(zerosFirst).trace(), `${'0'.repeat(16)}${'5a'.repeat(8)}`)
})
