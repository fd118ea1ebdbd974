import assert from 'node:assert/strict'
import { test } from 'node:test'
import { reject } from '../way.ts'
import { bearerChallenge, quoted } from './jwt-challenge.ts'

test('without a credential only the realm is told', () => {
  assert.equal(bearerChallenge('api', undefined)(null), 'Bearer realm="api"')
})

test('a bad token is told what is wrong', () => {
  assert.equal(
    bearerChallenge('api', undefined)(reject('the token has expired')),
    'Bearer realm="api", error="invalid_token", error_description="the token has expired"',
  )
})

test('with the metadata of the resource, at the end', () => {
  const challenge = bearerChallenge('api', 'https://api.example.com/.well-known/oauth-protected-resource')
  const metadata = 'resource_metadata="https://api.example.com/.well-known/oauth-protected-resource"'
  assert.equal(challenge(null), `Bearer realm="api", ${metadata}`)
  assert.equal(
    challenge(reject('no', 'invalid_request')),
    `Bearer realm="api", error="invalid_request", error_description="no", ${metadata}`,
  )
})

test('that nobody can tell is not an error of the token', () => {
  assert.equal(bearerChallenge('api', undefined)(reject('later', 'unavailable')), 'Bearer realm="api"')
})

test('a quoted string ends where it should and starts no new field', () => {
  assert.equal(quoted('a "b" \\c'), '"a \\"b\\" \\\\c"')
  assert.equal(quoted('a\r\nset-cookie: x'), '"a  set-cookie: x"')
  assert.equal(quoted('Ċ'), '" "')
})
