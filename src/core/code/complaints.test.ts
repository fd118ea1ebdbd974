import assert from 'node:assert/strict'
import { test } from 'node:test'
import { fakeClock } from '../../base/testing.ts'
import { createComplaints } from './complaints.ts'

test('the same is told once a second, with how often it was not told', () => {
  const clock = fakeClock()
  const lines: unknown[] = []
  const tell =
    (level: string) =>
    (message: string, { error: _, ...fields }: Readonly<Record<string, unknown>> = {}): void =>
      void lines.push([level, message, fields])
  const complain = createComplaints({ info() {}, warn: tell('warn'), error: tell('error') }, clock, 'r')
  const error = new Error('x')
  complain('a', { error, requestId: '1' })
  complain('a', { error, requestId: '2' })
  complain('b', { at: 'x.y' })
  clock.advance(999)
  complain('a', { error, requestId: '3' })
  clock.advance(1)
  complain('a', { error, requestId: '4' })
  clock.advance(1000)
  complain('a', { error, requestId: '5' })
  assert.deepEqual(lines, [
    ['error', 'a', { route: 'r', requestId: '1' }],
    ['warn', 'b', { route: 'r', at: 'x.y' }],
    ['error', 'a', { route: 'r', requestId: '4', untold: 2 }],
    ['error', 'a', { route: 'r', requestId: '5' }],
  ])
})
