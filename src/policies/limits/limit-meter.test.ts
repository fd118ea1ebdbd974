import assert from 'node:assert/strict'
import { test } from 'node:test'
import type { Meter } from '../../core/ports.ts'
import { MOST_COUNTED_CONSUMERS } from '../../core/ports.ts'
import { fakeMeter } from '../testing/limits.ts'
import { consumerMeter, limitMeter } from './limit-meter.ts'

/** A meter that says what is looked up in it. */
const watched = () => {
  const { meter, counts } = fakeMeter()
  const looked: string[] = []
  const counter: Meter['counter'] = (name, labels) => {
    looked.push(Object.values(labels ?? {}).join(' '))
    return meter.counter(name, labels)
  }
  return { meter: { ...meter, counter }, counts, looked }
}

test('limits: series are looked up once, when the first request comes', () => {
  const { meter, counts, looked } = watched()
  const count = limitMeter(meter, 'orders', 'perMinute')
  assert.deepEqual(looked, [])
  for (const result of ['allowed', 'allowed', 'dry_refused'] as const) count(result)
  assert.deepEqual(
    looked,
    ['allowed', 'refused', 'dry_refused'].map(result => `orders perMinute ${result}`),
  )
  assert.deepEqual(counts, {
    'limit_requests orders perMinute allowed': 2,
    'limit_requests orders perMinute dry_refused': 1,
  })
})

test('consumers: series are looked up once each, and for nobody who is not configured', () => {
  const { meter, counts, looked } = watched()
  const count = consumerMeter(meter, ['app', '__proto__'])
  for (const name of ['app', 'app', 'stranger', '', '__proto__']) count(name, name !== 'stranger')
  assert.deepEqual(looked, ['app allowed', 'app refused', '__proto__ allowed', '__proto__ refused'])
  assert.deepEqual(counts, { 'consumer_requests app allowed': 2, 'consumer_requests __proto__ allowed': 1 })
})

test('consumers: so many and no more', () => {
  const { meter, looked } = watched()
  const names = Array.from({ length: MOST_COUNTED_CONSUMERS + 1 }, (_, i) => `c${i}`)
  const count = consumerMeter(meter, names)
  for (const name of names) count(name, true)
  assert.deepEqual(
    [looked.length, looked.at(-1)],
    [MOST_COUNTED_CONSUMERS * 2, `c${MOST_COUNTED_CONSUMERS - 1} refused`],
  )
})
