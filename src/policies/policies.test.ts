import assert from 'node:assert/strict'
import { test } from 'node:test'
import { linesOf } from '../base/testing.ts'
import { Exchange } from '../core/exchange.ts'
import { Reply } from '../core/reply.ts'
import { redirect } from './redirect.ts'
import { respond } from './respond.ts'

const answer = (call: ReturnType<typeof respond>): Reply => {
  const reply = call(new Exchange())
  assert.ok(reply instanceof Reply)
  return reply
}

test('respond: each request has a reply of its own, all share the bytes', () => {
  const call = respond({ kind: 'respond', status: 201, headers: [['x-a', 'b']], body: 'é' })
  const [one, two] = [answer(call), answer(call)]
  one.edit.set('x-a', 'edited')
  assert.deepEqual([two.status, two.header('x-a'), two.body], [201, 'b', Buffer.from('é')])
  assert.equal(one.body, two.body)
})

test('respond: an empty body is none', () => {
  assert.equal(answer(respond({ kind: 'respond', status: 200, headers: [], body: '' })).body, null)
})

test('redirect: the place is worked out per request', () => {
  let n = 0
  const call = redirect(302, () => `/${n++}`)
  assert.deepEqual(linesOf(answer(call).headers), ['location: /0'])
  const { status, headers, body } = answer(call)
  assert.deepEqual([status, linesOf(headers), body], [302, ['location: /1'], null])
})
