import assert from 'node:assert/strict'
import { test } from 'node:test'
import { failureOf, refusalOf, StoreFailure } from './redis-failure.ts'

class SocketTimeoutError extends Error {}

const coded = (code: string, message = 'x'): Error => Object.assign(new Error(message), { code })

test('of an error only a word that is known to be harmless is told', () => {
  const cases: [unknown, string][] = [
    [new Error('WRONGPASS invalid username-password pair or user "bob" is disabled.'), 'WRONGPASS'],
    [coded('ECONNREFUSED', 'connect ECONNREFUSED 10.0.0.1:6379'), 'ECONNREFUSED'],
    [coded('DEPTH_ZERO_SELF_SIGNED_CERT'), 'DEPTH_ZERO_SELF_SIGNED_CERT'],
    [new AggregateError([coded('ECONNREFUSED'), coded('ECONNREFUSED')], ''), 'ECONNREFUSED'],
    [coded('redis://:secret@host'), 'connection lost'],
    [new Error('secret'), 'connection lost'],
    [new Error('SECRETSECRETSECRETSECRETSECRET is out'), 'connection lost'],
    ['text', 'connection lost'],
    [undefined, 'connection lost'],
    [new AggregateError([]), 'connection lost'],
  ]
  for (const [error, what] of cases) {
    const failure = failureOf(error)
    assert.deepEqual([failure.reason, failure.message], ['error', what])
  }
})

test('timeouts are told apart, and a failure stays what it is', () => {
  assert.equal(failureOf(new SocketTimeoutError()).reason, 'timeout')
  const failure = new StoreFailure('timeout', 'no answer in time')
  assert.equal(failureOf(failure), failure)
})

test('what a server says is known by its first word', () => {
  assert.equal(refusalOf(new Error('NOSCRIPT No matching script.')), 'NOSCRIPT')
  assert.equal(refusalOf(new Error('Noscript x')), '')
  assert.equal(refusalOf('NOSCRIPT x'), '')
})
