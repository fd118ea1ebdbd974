import assert from 'node:assert/strict'
import { test } from 'node:test'
import { createSampler } from './sampler.ts'

const caller = (flags: number) => ({ traceId: 'a'.repeat(32), spanId: 'b'.repeat(16), flags })

test('a trusted caller has decided; chance decides for all others, whatever they say', () => {
  for (const [share, chance, own] of [
    [0, 0, false],
    [0.1, 0.099, true],
    [0.1, 0.1, false],
    [1, 0.999, true],
  ] as const) {
    const sample = createSampler(share, () => chance)
    assert.equal(sample(caller(1), true), true)
    assert.equal(sample(caller(0), true), false)
    assert.equal(sample(caller(2), true), false)
    for (const trusted of [true, false]) assert.equal(sample(null, trusted), own)
    for (const flags of [0, 1, 255]) assert.equal(sample(caller(flags), false), own)
  }
})
