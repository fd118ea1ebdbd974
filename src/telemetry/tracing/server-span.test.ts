import assert from 'node:assert/strict'
import { test } from 'node:test'
import { Fault } from '../../base/errors.ts'
import { Exchange } from '../../core/exchange.ts'
import { Reply } from '../../core/reply.ts'
import { serverSpan } from './server-span.ts'
import { spanJson } from './span-json.ts'
import { readSpan, type WrittenSpan } from './testing.ts'

const written = (given: Partial<Exchange>, status: number, template = '/a'): WrittenSpan => {
  const x = Object.assign(new Exchange(), { method: 'GET', path: '/a', ...given })
  const body = serverSpan(x, new Reply(status), { name: 'r', template })
  const common = { traceId: '1'.repeat(32), spanId: '2'.repeat(16), parentId: '', isParentRemote: false, state: '' }
  return readSpan(JSON.parse(spanJson({ ...common, flags: 1, startMs: 1, endMs: 2, ...body })))
}

/** Whether it is an error, and the attributes that say why. */
for (const [what, fault, status, isError, type, code] of [
  ['fine', null, 200, false, undefined, undefined],
  ['what a client did wrong', null, 404, false, undefined, undefined],
  ['refused by the gateway', new Fault('RATE_LIMITED'), 429, false, undefined, 'RATE_LIMITED'],
  ['a service that fails', null, 503, true, '503', undefined],
  ['a service that is not there', new Fault('UPSTREAM_CONNECT'), 502, true, 'UPSTREAM_CONNECT', 'UPSTREAM_CONNECT'],
  ['broken off after its head', new Fault('UPSTREAM_PROTOCOL'), 200, true, 'UPSTREAM_PROTOCOL', 'UPSTREAM_PROTOCOL'],
  ['left by the client', new Fault('CLIENT_GONE'), 0, true, 'CLIENT_GONE', 'CLIENT_GONE'],
] as const) {
  test(`${what}: ${isError ? 'an error' : 'no error'}`, () => {
    const span = written({ fault }, status)
    const { attributes } = span
    assert.deepEqual(
      [span.isError, attributes['error.type'], attributes['sallyport.error.code']],
      [isError, type, code],
    )
    assert.equal(attributes['http.response.status_code'], status === 0 ? undefined : status)
  })
}

test('methods that are not known share a name; a head that was not understood has none', () => {
  for (const [method, template, name, known, original] of [
    ['PATCH', '/a', 'PATCH /a', 'PATCH', undefined],
    ['PROPFIND', '/a', 'HTTP /a', '_OTHER', 'PROPFIND'],
    ['PROPFIND', '', 'HTTP', '_OTHER', 'PROPFIND'],
    ['', '', 'HTTP', '_OTHER', undefined],
  ] as const) {
    const span = written({ method }, 200, template)
    const { attributes } = span
    assert.deepEqual(
      [span.name, attributes['http.request.method'], attributes['http.request.method_original']],
      [name, known, original],
    )
  }
})

test('the port is the one the client named', () => {
  for (const [authority, port] of [
    ['h', undefined],
    ['h:81', 81],
    ['[::1]', undefined],
    ['[::1]:81', 81],
  ] as const) {
    assert.equal(written({ authority }, 200).attributes['server.port'], port)
  }
})
