import assert from 'node:assert/strict'
import { test } from 'node:test'
import type { InjectRequest } from './api.ts'
import { writeRequest } from './inject-request.ts'

/** As JavaScript would, which nobody checks. */
const write = (request: unknown): string => writeRequest(request as InjectRequest).head.toString('latin1')

test('a client address is one: it is written into a header of the request to the service', () => {
  for (const address of ['192.0.2.7', '2001:db8::1', '::ffff:192.0.2.7', 'fe80::1%eth0'])
    assert.equal(writeRequest({ path: '/', clientAddress: address }).clientAddress, address)
  for (const address of ['192.0.2.7\r\nx-role: admin', 'fe80::1%a\r\nx-role: admin', 'unknown', '', ' ::1', 5, null])
    assert.throws(() => write({ path: '/', clientAddress: address }), { name: 'TypeError', message: /clientAddress/ })
})

test('headers: an object, Headers, a map or pairs are the same', () => {
  const all = [
    { authorization: 'Bearer 1' },
    new Headers({ authorization: 'Bearer 1' }),
    new Map([['authorization', 'Bearer 1']]),
    [['authorization', 'Bearer 1']],
  ]
  for (const headers of all)
    assert.equal(write({ path: '/', headers }), 'GET / HTTP/1.1\r\nhost: localhost\r\nauthorization: Bearer 1\r\n\r\n')
})

test('what is no value of a header is not sent as its name', () => {
  for (const value of [null, [null], [undefined], {}, true])
    assert.throws(() => write({ path: '/', headers: { 'x-a': value } }), {
      message: /"x-a" is neither text nor number/,
    })
  assert.match(write({ path: '/', headers: { 'x-a': 5, 'x-b': ['1', '2'] } }), /x-a: 5\r\nx-b: 1\r\nx-b: 2\r\n/)
})

test('a body is text or bytes; wider numbers would lose their upper halves', () => {
  const bytes = new Uint8Array([1, 2, 3])
  const { body } = writeRequest({ path: '/', body: bytes })
  bytes[0] = 9
  assert.deepEqual(body, Buffer.from([1, 2, 3]))
  for (const wrong of [new Uint16Array([300]), { a: 1 }, new ReadableStream(), null, 7, [1]])
    assert.throws(() => write({ path: '/', body: wrong }), { name: 'TypeError', message: /"body" is a string or/ })
})

test('what is no request, and no signal, is said before anything begins', () => {
  for (const request of [undefined, null, 5]) assert.throws(() => write(request), { message: /a request is a path/ })
  for (const signal of [{}, 'now']) assert.throws(() => write({ path: '/', signal }), { message: /no AbortSignal/ })
  for (const method of ['GET / HTTP/1.1\r\nx: y', '', 'a b'])
    assert.throws(() => write({ path: '/', method }), { name: 'TypeError' })
})
