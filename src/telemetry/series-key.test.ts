import assert from 'node:assert/strict'
import { test } from 'node:test'
import { boundedLabels, fingerprint, LABEL_LENGTH } from './series-key.ts'

const textOf = (name: string, labels?: Record<string, string>): string => {
  const { a, b } = fingerprint(name, labels)
  return `${a} ${b}`
}

test('the order of labels does not matter, everything else does', () => {
  assert.equal(textOf('x', { a: '1', b: '2' }), textOf('x', { b: '2', a: '1' }))
  const different = [
    textOf('x'),
    textOf('y'),
    textOf('x', { a: '1' }),
    textOf('x', { a: '2' }),
    textOf('x', { b: '1' }),
    textOf('x', { a: '1', b: '2' }),
    textOf('x', { a: '2', b: '1' }),
    textOf('x', { a: 'b', b: 'a' }),
    textOf('x', { a: 'a', b: 'b' }),
    textOf('x', { ab: '' }),
    textOf('x', { a: 'b' }),
  ]
  assert.equal(new Set(different).size, different.length)
})

test('100,000 series that differ in one digit are told apart', () => {
  const seen = new Set<string>()
  for (let i = 0; i < 20_000; i++) {
    for (const status of ['1xx', '2xx', '3xx', '4xx', '5xx']) seen.add(textOf('requests', { route: `/r/${i}`, status }))
  }
  assert.equal(seen.size, 100_000)
})

test('each half of the fingerprint spreads by itself', () => {
  const halves = Array.from({ length: 4096 }, (_, i) => fingerprint('requests', { route: `/api/v1/resource/${i}` }))
  for (const half of ['a', 'b'] as const) {
    const low = new Set(halves.map(print => print[half] & 4095))
    assert.ok(low.size > 2300, `${half}: ${low.size} of 4096 slots used; a random function uses about 2589`)
  }
})

test('a long label value is cut and stays distinct', () => {
  const long = 'x'.repeat(500)
  const { route: one = '' } = boundedLabels({ route: `${long}1` })
  const { route: two = '' } = boundedLabels({ route: `${long}2` })
  assert.equal(one.length, LABEL_LENGTH)
  assert.notEqual(one, two)
})

test('labels that are short enough are not copied', () => {
  const labels = { route: 'users' }
  assert.equal(boundedLabels(labels), labels)
})
