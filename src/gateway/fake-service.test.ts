import assert from 'node:assert/strict'
import { test } from 'node:test'
import { type FakeAnswer, replyOf } from './fake-service.ts'

test('what is no answer is not taken for an empty one', () => {
  for (const wrong of ['text', 5, null, undefined, new Response('x')])
    assert.throws(() => replyOf(wrong as FakeAnswer), { name: 'TypeError', message: /an answer is an object with/ })
  for (const status of [101, 600, 200.5]) assert.throws(() => replyOf({ status }), TypeError)
  assert.equal(replyOf({}).status, 200)
})
