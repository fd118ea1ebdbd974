import assert from 'node:assert/strict'
import { test } from 'node:test'
import { createLog } from './log.ts'

const WALL = Date.UTC(2026, 10, 22, 13, 45, 29, 7)

const logged = (readable: boolean, message: string, fields?: Record<string, unknown>): string => {
  let text = ''
  const write = (line: string): void => {
    text += line
  }
  createLog({ readable, wall: () => WALL, write }).warn(message, fields)
  return text
}

test('for machines: one JSON line', () => {
  assert.equal(
    logged(false, 'Worker replaced', { worker: 2, why: new Error('it stalled'), none: undefined }),
    '{"time":"2026-11-22T13:45:29.007Z","level":"warn","message":"Worker replaced","worker":2,"why":"it stalled"}\n',
  )
})

test('for people: time, level, sentence, fields', () => {
  assert.equal(
    logged(true, 'Worker "two" replaced', { worker: 2, file: './a b.yaml', to: '/var/log/x.log' }),
    '13:45:29 WARN  Worker "two" replaced worker=2 file="./a b.yaml" to=/var/log/x.log\n',
  )
})

test('nothing ends the line or reaches the terminal as a control code', () => {
  const evil = 'a\nb\u001b[31m\u009b\u2028'
  for (const readable of [true, false]) {
    const line = logged(readable, evil, { [evil]: evil, deep: { [evil]: [evil] } })
    assert.doesNotMatch(line.slice(0, -1), /[\u0000-\u001f\u007f-\u009f\u2028]/)
  }
  assert.equal(JSON.parse(logged(false, evil, { x: evil })).x, evil)
})

test('a field never replaces time, level or message', () => {
  const line = JSON.parse(logged(false, 'real', { message: 'fake', level: 'fake', time: 'fake' }))
  assert.deepEqual([line.message, line.level, line.message_], ['real', 'warn', 'fake'])
})

test('values that JSON cannot hold are named, not thrown', () => {
  const loop: Record<string, unknown> = {}
  loop['loop'] = loop
  const line = JSON.parse(
    logged(false, 'x', { loop, big: 12n, fn: () => {}, nested: { big: 1n, why: new Error('no') } }),
  )
  assert.equal(line.loop, 'unprintable')
  assert.equal(line.big, '12')
  assert.equal(typeof line.fn, 'string')
  assert.deepEqual(line.nested, { big: '1', why: 'no' })
})
