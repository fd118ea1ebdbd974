import assert from 'node:assert/strict'
import { test } from 'node:test'
import { why } from './why.ts'

test('errors are told by their code, in words where there are some', () => {
  for (const [code, text] of [
    ['ECONNREFUSED', 'refused the connection'],
    ['ECONNRESET', 'closed the connection'],
    ['EPIPE', 'closed the connection'],
    ['HPE_INVALID_CONSTANT', 'sent no valid HTTP answer (HPE_INVALID_CONSTANT)'],
    ['ERR_HTTP2_ERROR', 'sent no valid HTTP/2 answer (ERR_HTTP2_ERROR)'],
    ['CERT_HAS_EXPIRED', 'the certificate of the upstream is not valid at this time (CERT_HAS_EXPIRED)'],
    ['EHOSTUNREACH', 'the upstream could not be reached (EHOSTUNREACH)'],
  ] as const) {
    assert.equal(why(Object.assign(new Error('what it sent'), { code })), text)
  }
})

test('what is no code is not shown', () => {
  for (const error of [new Error('x'), null, 'ECONNREFUSED', Object.assign(new Error('x'), { code: 'a\nb' })]) {
    assert.equal(why(error), 'the upstream could not be reached (unknown)')
  }
})
