import assert from 'node:assert/strict'
import { test } from 'node:test'
import { bytesSource } from '../base/bytes-source.ts'
import { fakeClock, fakeTimers } from '../base/testing.ts'
import { Reply } from '../core/reply.ts'
import { discard } from './discard.ts'
import { ReplyBody } from './testing/tries.ts'
import { exchange } from './testing.ts'

const setup = () => {
  const clock = fakeClock()
  return { clock, timers: fakeTimers(clock) }
}

test('a small body that is there is read, and no timer is made', () => {
  const { timers } = setup()
  const body = new ReplyBody(65536)
  const reply = new Reply(503, undefined, body)
  discard(reply, exchange(), () => assert.fail('a timer'))
  assert.deepEqual([body.fate, reply.body, timers.pending], [['read'], null, 0])
})

test('one that is larger, or of unknown length, is cancelled', () => {
  for (const length of [65537, -1]) {
    const body = new ReplyBody(length)
    discard(new Reply(503, undefined, body), exchange(), () => assert.fail('a timer'))
    assert.deepEqual(body.fate, ['cancelled'])
  }
})

test('bytes and nothing have nobody to tell; an upgrade is cut', () => {
  discard(new Reply(503), exchange(), () => assert.fail('a timer'))
  const reply = new Reply(503, undefined, Buffer.from('a'))
  discard(reply, exchange(), () => assert.fail('a timer'))
  assert.equal(reply.body, null)
  let cuts = 0
  const switched = new Reply(101)
  switched.upgrade = { source: new ReplyBody(), feed() {}, cancel: () => void cuts++ }
  discard(switched, exchange(), () => assert.fail('a timer'))
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
    discard(new Reply(503, undefined, body), exchange(), timers.after)
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

test('the answer to a request that is still being sent is cancelled', () => {
  for (const [takes, fate] of [
    [false, ['cancelled']],
    [true, ['read']],
  ] as const) {
    const request = bytesSource(Buffer.from('abc'))
    request.pipe({ write: () => takes, end() {}, abort() {} })
    const body = new ReplyBody()
    discard(new Reply(503, undefined, body), exchange({ body: request }), () => assert.fail('a timer'))
    assert.deepEqual(body.fate, fate)
  }
})
