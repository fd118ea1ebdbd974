import { hash } from 'node:crypto'
import { hostname } from 'node:os'
import { ID } from '../base/headers.ts'
import { type Exchange, forwardedLines } from '../core/exchange.ts'
import { RequestHead } from '../http1/request-parser.ts'
import { type DropField, fieldLines, HOP_BY_HOP, nameSet } from '../http1/serialize.ts'

/** Never passed on as the client sent them: they end here, or the gateway writes its own. */
const ALWAYS_DROPPED = [
  ...HOP_BY_HOP,
  'host',
  'expect',
  'proxy-authorization',
  'forwarded',
  'x-forwarded-for',
  'x-forwarded-proto',
  'x-forwarded-host',
  'x-request-id',
  'x-consumer',
] as const

const DROP_FROM_TRUSTED = nameSet(...ALWAYS_DROPPED)
const DROP_FROM_STRANGER = nameSet(...ALWAYS_DROPPED, 'x-forwarded-port', 'x-forwarded-server', 'x-real-ip')

const NOBODY: readonly string[] = []

/** The same, and the field `name` (lower case, not interned) besides: the gateway writes its own. */
export const dropping =
  (name: string, dropField: DropField): DropField =>
  (head, i) =>
    dropField(head, i) || head.nameAt(i).toLowerCase() === name

/** Tells this instance from another with the same pseudonym: a chain of two gateways is no loop. */
export const instanceId = hash('sha256', `${hostname()} ${process.pid}`).slice(0, 8)

/** The whole request head for one target (RFC 9112 §3; RFC 9110 §7.6). `path` holds the query. */
export const requestHead = (x: Exchange, path: string, hostLine: string, via: string, dropField: DropField): string => {
  const head = x.headers
  const named = head instanceof RequestHead && head.connection !== null ? head.connection.others : NOBODY
  const drop = x.peerTrusted ? DROP_FROM_TRUSTED : DROP_FROM_STRANGER
  // Not a template: that would ask each part what it is as a string.
  return (
    x.method +
    ' ' +
    path +
    ' HTTP/1.1\r\n' +
    hostLine +
    fieldLines(head, drop, named, x.requestEdits, dropField) +
    (x.peerTrusted ? forwardedByTrusted(x) : x.forwarded || forwardedLines(x.peerAddress, x.scheme, x.authority)) +
    'X-Request-Id: ' +
    x.requestId +
    (via === '' ? '\r\n' : x.httpVersion === '1.1' ? '\r\nVia: 1.1 ' + via : `\r\nVia: ${x.httpVersion} ${via}`) +
    framingLines(x) +
    '\r\n'
  )
}

const forwardedByTrusted = (x: Exchange): string => {
  const before = x.headers.all('x-forwarded-for').join(', ')
  const chain = before === '' ? x.peerAddress : `${before}, ${x.peerAddress}`
  const scheme = x.headers.get('x-forwarded-proto') ?? x.scheme
  return forwardedLines(chain, scheme, x.headers.get('x-forwarded-host') ?? x.authority)
}

/** A body of known length keeps the client's `Content-Length` line. */
const framingLines = (x: Exchange): string => {
  if (x.upgrade !== '') return `Connection: Upgrade\r\nUpgrade: ${x.upgrade}\r\n`
  return x.body !== null && x.body.length < 0 ? 'Transfer-Encoding: chunked\r\n' : ''
}

/** What follows the version in our `Via` line, or empty. The comment names the instance, so that only our very own message coming back is a loop. */
export const viaOf = (pseudonym: string): string => `${pseudonym} (${instanceId})\r\n`

export const isLoop = (x: Exchange): boolean => {
  const { headers } = x
  for (let i = 0; i < headers.count; i++) {
    if (headers.idAt(i) === ID.via && headers.valueAt(i).includes(`(${instanceId})`)) return true
  }
  return false
}
