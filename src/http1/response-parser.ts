import { ID } from '../base/headers.ts'
import { CR, LF, SP, VALUE_STOP } from './chars.ts'
import {
  type ConnectionOptions,
  isChunked,
  MOST_NAMED,
  mergeConnection,
  parseConnection,
  parseLength,
} from './fields.ts'
import { BAD, DEFAULT_LIMITS, Head, type HeadLimits, MORE } from './head.ts'

const PREFIX = Buffer.from('HTTP/1.', 'latin1')

/**
 * The head of one HTTP/1.x response, parsed by the same rules as a request: upstreams are strangers too. `parse`
 * returns the offset behind the head, MORE, BAD or TOO_LARGE with `reason` set.
 */
export class ResponseHead extends Head {
  status = 0
  minor: 0 | 1 = 1
  contentLength = -1
  chunked = false
  /** Whether the connection may carry another request. */
  keepAlive = true
  connection: ConnectionOptions | null = null
  /** Seconds from `Keep-Alive: timeout=N`, or -1. */
  keepAliveSeconds = -1
  /** Somebody holds on to the fields: the next message needs another head. */
  kept = false

  keep(): void {
    this.kept = true
  }

  parse(buf: Buffer, start: number, end: number, limits: HeadLimits = DEFAULT_LIMITS): number {
    // 1. HTTP/1.x SP 3DIGIT
    const have = end - start
    for (let i = 0; i < 7 && i < have; i++)
      if (buf[start + i] !== PREFIX[i]) return this.bad('not an HTTP/1 status line')
    if (have < 13) return MORE
    const minor = buf[start + 7]! - 48
    if (minor !== 0 && minor !== 1) return this.bad('an HTTP version other than 1.0 and 1.1')
    if (buf[start + 8] !== SP) return this.bad('a malformed status line')
    const status = digits3(buf, start + 9)
    if (status < 100 || status > 599) return this.bad('a status outside 100 to 599')

    // 2. SP reason CRLF; the space is often left out when there is no reason.
    let p = start + 12
    if (buf[p] !== SP && buf[p] !== CR) return this.bad('a malformed status line')
    while (p < end && VALUE_STOP[buf[p]!] === 0) p++
    if (p + 1 >= end) return p < end && buf[p] !== CR ? this.bad('a malformed status line') : this.more(have, limits)
    if (buf[p] !== CR || buf[p + 1] !== LF) return this.bad('a malformed status line')

    // 3. Fields.
    const after = this.scanFields(buf, p + 2, end, start, limits)
    if (after <= 0) return after
    this.text = buf.toString('latin1', start, after)
    this.status = status
    this.minor = minor
    return this.readFraming() ? after : BAD
  }

  private readFraming(): boolean {
    this.contentLength = -1
    this.chunked = false
    this.keepAlive = this.minor === 1
    this.connection = null
    this.keepAliveSeconds = -1
    let transferEncoding = -1
    for (let i = 0; i < this.count; i++) {
      const id = this.idAt(i)
      if (id === 0 || id > ID['keep-alive']) continue
      if (id === ID.connection) {
        this.connection = mergeConnection(this.connection, parseConnection(this.valueAt(i)))
        if (this.connection.others.length > MOST_NAMED) return this.no('Connection names too many fields')
      } else if (id === ID['content-length']) {
        if (this.contentLength !== -1) return this.no('more than one Content-Length')
        this.contentLength = parseLength(this.valueAt(i))
        if (this.contentLength === -1) return this.no('a malformed Content-Length')
      } else if (id === ID['transfer-encoding']) {
        if (transferEncoding >= 0) return this.no('more than one Transfer-Encoding')
        transferEncoding = i
      } else if (id === ID['keep-alive']) {
        const seconds = /(?:^|[,;\s])timeout=(\d{1,9})/i.exec(this.valueAt(i))
        if (seconds !== null) this.keepAliveSeconds = Number(seconds[1])
      }
    }
    if (transferEncoding >= 0) {
      if (this.contentLength !== -1) return this.no('both Content-Length and Transfer-Encoding')
      if (this.minor === 0) return this.no('Transfer-Encoding in HTTP/1.0')
      if (!isChunked(this.valueAt(transferEncoding), this.rawAfterName(transferEncoding))) {
        return this.no('a transfer coding other than chunked')
      }
      this.chunked = true
    }
    if (this.connection !== null) {
      if (this.connection.close) this.keepAlive = false
      else if (this.minor === 0) this.keepAlive = this.connection.keepAlive
    }
    return true
  }

  private no(reason: string): boolean {
    this.reason = reason
    return false
  }
}

const digits3 = (buf: Buffer, p: number): number => {
  const a = buf[p]! - 48
  const b = buf[p + 1]! - 48
  const c = buf[p + 2]! - 48
  if (a < 0 || a > 9 || b < 0 || b > 9 || c < 0 || c > 9) return -1
  return a * 100 + b * 10 + c
}
