import type { Source } from '../base/body.ts'
import { type HeaderView, ID } from '../base/headers.ts'
import type { Exchange } from '../core/exchange.ts'
import type { Reply } from '../core/reply.ts'
import type { Framing } from '../http1/message-writer.ts'
import { ResponseHead } from '../http1/response-parser.ts'
import { fieldLines, HOP_BY_HOP, nameSet, statusLine } from '../http1/serialize.ts'

const DROP = nameSet(...HOP_BY_HOP, 'x-request-id')
const DROP_LENGTH = nameSet(...HOP_BY_HOP, 'x-request-id', 'content-length')
const NOBODY: readonly string[] = []

/** How a reply goes to one HTTP/1.x client. */
export interface Framed {
  head: string
  framing: Framing
  length: number
  keepAlive: boolean
}

const isSource = (body: Reply['body']): body is Source => body !== null && 'pipe' in body

/**
 * The response head and how its body is framed (RFC 9112 §6.3, RFC 9110 §6.4.1). `out` is filled and returned; the
 * caller owns it, so that no object is made per response.
 */
export const frameReply = (x: Exchange, reply: Reply, dateLine: string, keepAlive: boolean, out: Framed): Framed => {
  const { headers, status } = reply
  let drop = DROP
  let framingLine = ''
  out.framing = 'none'
  out.length = 0
  const { body } = reply
  if (status === 204 || status < 200) drop = DROP_LENGTH
  else if (x.method === 'HEAD' || status === 304) {
    if (body !== null && !isSource(body)) {
      drop = DROP_LENGTH
      framingLine = `Content-Length: ${body.length}\r\n`
    }
  } else if (body === null) {
    if (!hasLength(headers, 0)) {
      drop = DROP_LENGTH
      framingLine = 'Content-Length: 0\r\n'
    }
  } else if (body.length >= 0) {
    out.framing = 'length'
    out.length = body.length
    if (!hasLength(headers, body.length)) {
      drop = DROP_LENGTH
      framingLine = `Content-Length: ${body.length}\r\n`
    }
  } else {
    drop = DROP_LENGTH
    if (x.httpVersion === '1.0') {
      out.framing = 'close'
      keepAlive = false
    } else {
      out.framing = 'chunked'
      framingLine = 'Transfer-Encoding: chunked\r\n'
    }
  }
  out.keepAlive = keepAlive
  out.head =
    statusLine(status) +
    fieldLines(headers, drop, namedIn(headers), reply.edits, null) +
    framingLine +
    (hasDate(reply) ? 'X-Request-Id: ' : dateLine + 'X-Request-Id: ') +
    x.requestId +
    connectionLine(x, keepAlive)
  return out
}

/** The head that answers an accepted upgrade. */
export const upgradeHead = (x: Exchange, reply: Reply): string =>
  statusLine(101) +
  fieldLines(reply.headers, DROP_LENGTH, NOBODY, reply.edits, null) +
  `X-Request-Id: ${x.requestId}\r\nConnection: Upgrade\r\nUpgrade: ${x.upgrade}\r\n\r\n`

/** The head of a 103 and its like, whole (RFC 9110 §15.2). */
export const informationalHead = (status: number, headers: HeaderView): string =>
  `${statusLine(status)}${fieldLines(headers, DROP_LENGTH, namedIn(headers), null, null)}\r\n`

const namedIn = (headers: HeaderView): readonly string[] =>
  headers instanceof ResponseHead && headers.connection !== null ? headers.connection.others : NOBODY

const hasLength = (headers: Reply['headers'], length: number): boolean =>
  headers instanceof ResponseHead && headers.contentLength === length

const hasDate = (reply: Reply): boolean => {
  const { headers } = reply
  for (let i = 0; i < headers.count; i++) if (headers.idAt(i) === ID.date) return true
  return false
}

/** From the end of the line before it to the end of the head. */
const connectionLine = (x: Exchange, keepAlive: boolean): string => {
  if (!keepAlive) return '\r\nConnection: close\r\n\r\n'
  return x.httpVersion === '1.0' ? '\r\nConnection: keep-alive\r\n\r\n' : '\r\n\r\n'
}
