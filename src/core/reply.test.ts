import assert from 'node:assert/strict'
import { test } from 'node:test'
import { Fault } from '../base/errors.ts'
import { headersOf } from '../base/headers.ts'
import { fakeSource } from '../base/testing.ts'
import { LaterReply, Reply } from './reply.ts'

test('a header is what the client will see', () => {
  const reply = new Reply(
    200,
    headersOf([
      ['a', 'came'],
      ['b', 'came'],
    ]),
  )
  assert.deepEqual([reply.header('a'), reply.header('c'), reply.edits], ['came', undefined, null])
  reply.edit.set('a', 'set').remove('b').append('c', 'added')
  assert.deepEqual([reply.header('a'), reply.header('b'), reply.header('c')], ['set', undefined, 'added'])
})

test('cancelled: the source hears of it once, the tunnel is cut', () => {
  const source = fakeSource(-1)
  let cuts = 0
  const reply = new Reply(200, undefined, source)
  reply.upgrade = { source, feed: () => {}, cancel: () => void cuts++ }
  reply.cancel(new Fault('INTERNAL'))
  reply.cancel()
  assert.deepEqual([source.log, reply.body], [['cancel INTERNAL'], null])
  assert.ok(cuts >= 1)
})

test('bytes have nobody to tell', () => {
  const reply = new Reply(200, undefined, new Uint8Array([0xc3, 0xa9]))
  reply.cancel()
  assert.equal(reply.body, null)
})

test('a reply is kept for whoever reads it later, not for whoever takes it as it comes', async () => {
  let kept = 0
  const reply = (): Reply => new Reply(200, Object.assign(headersOf([]), { keep: () => void kept++ }))
  const taken = new LaterReply()
  taken.wait({ onValue() {}, onError: assert.fail })
  taken.resolve(reply())
  assert.equal(kept, 0)
  const awaited = new LaterReply()
  const waiting = awaited.then(() => {})
  awaited.resolve(reply())
  assert.equal(kept, 1)
  await waiting
  const early = new LaterReply()
  early.resolve(reply())
  assert.equal(kept, 2)
})
