import assert from 'node:assert/strict'
import { test } from 'node:test'
import { fakeClock, fakeTimers } from '../base/testing.ts'
import { Reply } from '../core/reply.ts'
import { discard } from './discard.ts'
import { ReplyBody } from './retry/testing/fake-tries.ts'

const setup = () => {
  const clock = fakeClock()
  return { clock, timers: fakeTimers(clock) }
}

test('a small body that is there is read, and no timer is made', () => {
  const { timers } = setup()
  const body = new ReplyBody(65536)
  const reply = new Reply(503, undefined, body)
  discard(reply, () => assert.fail('a timer'))
  assert.deepEqual([body.fate, reply.body, timers.pending], [['read'], null, 0])
})

test('one that is larger, or of unknown length, is cancelled', () => {
  for (const length of [65537, -1]) {
    const body = new ReplyBody(length)
    discard(new Reply(503, undefined, body), () => assert.fail('a timer'))
    assert.deepEqual(body.fate, ['cancelled'])
  }
})

test('bytes and nothing have nobody to tell; an upgrade is cut', () => {
  discard(new Reply(503), () => assert.fail('a timer'))
  const reply = new Reply(503, undefined, Buffer.from('a'))
  discard(reply, () => assert.fail('a timer'))
  assert.equal(reply.body, null)
  let cuts = 0
  const switched = new Reply(101)
  switched.upgrade = { source: new ReplyBody(), feed() {}, cancel: () => void cuts++ }
  discard(switched, () => assert.fail('a timer'))
  assert.equal(cuts, 1)
})

test('one that comes later is waited for, but not for long', () => {
  for (const [ends, fate] of [
    ['come', ['read']],
    ['breakOff', []],
    [null, ['cancelled']],
  ] as const) {
    const { clock, timers } = setup()
    const body = new ReplyBody(4, false)
    discard(new Reply(503, undefined, body), timers.after)
    assert.equal(timers.pending, 1)
    clock.advance(999)
    timers.fire()
    assert.deepEqual(body.fate, [])
    if (ends !== null) body[ends]()
    clock.advance(1)
    timers.fire()
    assert.deepEqual([body.fate, timers.pending], [fate, 0])
  }
})
