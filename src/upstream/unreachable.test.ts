import assert from 'node:assert/strict'
import { test } from 'node:test'
import { unreachable } from './unreachable.ts'

test('a refused port, a refused certificate and a failed handshake are told apart', () => {
  for (const [code, said] of [
    ['ECONNREFUSED', 'the upstream could not be reached (ECONNREFUSED)'],
    ['ENOTFOUND', 'the upstream could not be reached (ENOTFOUND)'],
    ['DEPTH_ZERO_SELF_SIGNED_CERT', 'the certificate of the upstream is not trusted (DEPTH_ZERO_SELF_SIGNED_CERT)'],
    ['CERT_HAS_EXPIRED', 'the certificate of the upstream is not valid at this time (CERT_HAS_EXPIRED)'],
    [
      'ERR_TLS_CERT_ALTNAME_INVALID',
      'the certificate of the upstream is for another name (ERR_TLS_CERT_ALTNAME_INVALID)',
    ],
    ['ERR_SSL_WRONG_VERSION_NUMBER', 'the upstream failed the TLS handshake (ERR_SSL_WRONG_VERSION_NUMBER)'],
    ['CERT_REVOKED', 'the upstream failed the TLS handshake (CERT_REVOKED)'],
  ] as const) {
    assert.equal(unreachable(code), said)
  }
})
