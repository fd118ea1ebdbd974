import assert from 'node:assert/strict'
import { test } from 'node:test'
import fc from 'fast-check'
import { ResponseHead } from '../../http1/response-parser.ts'
import { messagesOf } from './messages-of.ts'

const WIRE = [
  'HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\nhello',
  'HTTP/1.1 204 No Content\r\n\r\n',
  'HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n3\r\nabc\r\n0\r\nx: y\r\n\r\n',
  'HTTP/1.1 404 Not Found\r\nContent-Length: 0\r\n\r\n',
].join('')

const reading = (keep: () => boolean = () => true) => {
  const head = new ResponseHead()
  const statuses: number[] = []
  const messages = messagesOf({
    parse: (buf, start, end) => head.parse(buf, start, end),
    framing: () => {
      if (head.chunked) return { mode: 'chunked', length: -1 }
      if (head.contentLength > 0) return { mode: 'length', length: head.contentLength }
      return head.contentLength === 0 || head.status === 204 ? null : { mode: 'close', length: -1 }
    },
    done: () => {
      statuses.push(head.status)
      return keep()
    },
  })
  return { messages, statuses }
}

test('messages are found wherever the bytes were cut', () => {
  fc.assert(
    fc.property(fc.array(fc.integer({ min: 0, max: WIRE.length }), { maxLength: 12 }), cuts => {
      const { messages, statuses } = reading()
      const places = [0, ...cuts.sort((a, b) => a - b), WIRE.length]
      for (const [i, from] of places.entries()) {
        const piece = WIRE.slice(from, places[i + 1] ?? WIRE.length)
        if (piece !== '') assert.ok(messages.take(Buffer.from(piece)))
      }
      assert.deepEqual(statuses, [200, 204, 200, 404])
    }),
  )
})

test('a body without a length ends with the connection, a cut one does not end', () => {
  const open = reading()
  open.messages.take(Buffer.from('HTTP/1.1 200 OK\r\n\r\nhell'))
  assert.deepEqual(open.statuses, [])
  assert.ok(open.messages.eof())
  assert.deepEqual(open.statuses, [200])
  const cut = reading()
  cut.messages.take(Buffer.from('HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\nhell'))
  assert.ok(!cut.messages.eof())
  assert.deepEqual(cut.statuses, [])
})

test('what is no HTTP is told, and after the last message nothing is read', () => {
  assert.ok(!reading().messages.take(Buffer.from('SSH-2.0-OpenSSH_9.9\r\n')))
  const { messages, statuses } = reading(() => false)
  assert.ok(messages.take(Buffer.from(`${WIRE}garbage`)))
  assert.deepEqual(statuses, [200])
})
