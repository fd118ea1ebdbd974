import assert from 'node:assert/strict'
import { test } from 'node:test'
import { limitRule } from '../testing/rules.ts'
import { scaleRule } from './limit-scale.ts'

test('the share of one of several gateways, rounded up, under a name of its own', () => {
  const rule = limitRule('gcra', 100, 60_000, 10)
  const share = scaleRule(rule, 3)
  assert.deepEqual(share, { ...rule, id: share.id, count: 34, burst: 4 })
  assert.notEqual(share.id, rule.id)
  assert.notEqual(share.id, scaleRule(rule, 4).id)
})

test('the same object as long as there are as many gateways', () => {
  const rule = limitRule('gcra', 100, 60_000)
  assert.equal(scaleRule(rule, 3), scaleRule(rule, 3))
  assert.equal(scaleRule(rule, 1).count, 100)
})
