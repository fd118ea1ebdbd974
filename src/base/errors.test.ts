import assert from 'node:assert/strict'
import { test } from 'node:test'
import { ERROR_CODES, ERRORS, type ErrorRow, Fault } from './errors.ts'

/** Codes, statuses and sides are API (DESIGN §6): a change here is a change for users. */
const GOLDEN = `
NO_ROUTE 404 client
METHOD_NOT_ALLOWED 405 client
MISSING_CREDENTIAL 401 client
INVALID_CREDENTIAL 401 client
FORBIDDEN 403 client
RATE_LIMITED 429 client retryable
BAD_REQUEST 400 client
HEAD_TOO_LARGE 431 client
URI_TOO_LONG 414 client
BODY_TOO_LARGE 413 client
REQUEST_TIMEOUT 408 client retryable
AUTH_UNAVAILABLE 503 gateway retryable
CIRCUIT_OPEN 503 upstream retryable destination_unavailable
NO_HEALTHY_TARGET 503 upstream retryable destination_unavailable
OVERLOADED 503 upstream retryable connection_limit_reached
UPSTREAM_CONNECT 502 upstream retryable connection_refused
UPSTREAM_PROTOCOL 502 upstream http_protocol_error
UPSTREAM_TIMEOUT 504 upstream retryable http_response_timeout
BRANCH_FAILED 502 upstream retryable
BRANCH_TIMEOUT 504 upstream retryable
EXPECTATION_FAILED 417 client
LOOP_DETECTED 508 gateway proxy_loop_detected
HTTP_VERSION 505 client
INTERNAL 500 gateway
CLIENT_GONE 499 client
`

test('the error table', () => {
  const lines = ERROR_CODES.map(code => {
    const row: ErrorRow = ERRORS[code]
    const parts = [code, row.status, row.side, row.retryable && 'retryable', row.proxyStatus]
    return parts.filter(part => part !== undefined && part !== false).join(' ')
  })
  assert.equal(lines.join('\n'), GOLDEN.trim())
})

test('every row has a title of its own', () => {
  assert.equal(new Set(ERROR_CODES.map(code => ERRORS[code].title)).size, ERROR_CODES.length)
})

test('a fault knows its row', () => {
  const fault = new Fault('OVERLOADED', 'queue full', [['retry-after', '1']])
  assert.equal(fault.row, ERRORS.OVERLOADED)
  assert.deepEqual([fault.detail, fault.headers], ['queue full', [['retry-after', '1']]])
  assert.equal(fault instanceof Error, false)
})
