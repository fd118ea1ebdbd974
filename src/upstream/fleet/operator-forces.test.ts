import assert from 'node:assert/strict'
import { test } from 'node:test'
import { createOperatorForces } from './operator-forces.ts'

test('wishes are forgotten with their service, and when they are taken back', () => {
  const forces = createOperatorForces()
  forces.set('s', 'a', 'open')
  forces.set('s', 'b', 'closed')
  forces.set('t', 'a', 'open')
  forces.set('s', 'b', 'auto')
  forces.keepOnly(new Set(['s']))
  assert.deepEqual([forces.get('s', 'a'), forces.get('s', 'b'), forces.get('t', 'a')], ['open', undefined, undefined])
})

test('however many targets somebody forces that go at once, what is remembered is bounded; who is there is not forgotten', () => {
  const forces = createOperatorForces()
  forces.set('s', 'here', 'open')
  const all: string[] = []
  for (let i = 0; i < 10_000; i++) {
    forces.set('s', `t${i}`, 'open')
    all.push(`t${i}`)
    forces.look('s', url => url === 'here', i)
  }
  const known = all.filter(url => forces.get('s', url) !== undefined)
  assert.equal(known.length, 2047)
  assert.equal(known.at(-1), 't9999')
  assert.equal(forces.get('s', 'here'), 'open')
})
