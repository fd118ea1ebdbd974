import { parseAuthority } from '../base/authority.ts'
import { ID } from '../base/headers.ts'
import { METHODS } from '../base/methods.ts'
import { BACKSLASH, DOT, ESCAPE, HASH, KINDS, PLAIN, QUERY, REFUSED, SLASH } from '../base/target.ts'
import { CR, LF, SP, TOKEN_LOWER } from './chars.ts'
import {
  type ConnectionOptions,
  isChunked,
  MOST_NAMED,
  mergeConnection,
  parseConnection,
  parseLength,
} from './fields.ts'
import { BAD, BAD_VERSION, DEFAULT_LIMITS, Head, type HeadLimits, MORE, TARGET_TOO_LONG } from './head.ts'

/**
 * The head of one HTTP/1.x request (RFC 9112 §3, §5). `parse(buf, start, end)` returns the offset behind the head, MORE
 * when bytes are missing (parse again from the same start with more of them), or BAD, TOO_LARGE, TARGET_TOO_LONG,
 * BAD_VERSION with `reason` set. On success `method`, `target`, `minor`, the fields and the framing are set:
 * `chunked`, or `contentLength` (-1: no body).
 */
export class RequestHead extends Head {
  method = ''
  /** Raw, as it stood in the request line. */
  target = ''
  /** It is in origin form and normal (see `Target`), as nearly all are: no escape, no empty or dot segment. */
  targetIsNormal = false
  /** Where the query begins in `target`, -1: nowhere. Of a normal one. */
  queryAt = -1
  minor: 0 | 1 = 1
  /** -1 when there is no `Content-Length`. */
  contentLength = -1
  chunked = false
  keepAlive = true
  expectContinue = false
  /** Holds an expectation other than `100-continue` (RFC 9110 §10.1.1). */
  expectsMore = false
  connection: ConnectionOptions | null = null
  /** Which field is `Host`; -1: none. */
  hostField = -1

  parse(buf: Buffer, start: number, end: number, limits: HeadLimits = DEFAULT_LIMITS): number {
    let p = start
    // 1. One empty line before the request line is forgiven (RFC 9112 §2.2).
    if (p < end && buf[p] === CR) {
      if (p + 1 >= end) return MORE
      if (buf[p + 1] !== LF) return this.bad('a carriage return without a line feed')
      p += 2
    }
    const base = p

    // 2. method SP
    while (p < end && TOKEN_LOWER[buf[p]!] !== 0) p++
    if (p - base > 32) return this.bad('the method is too long')
    if (p >= end) return this.more(end - base, limits)
    const methodEnd = p
    if (buf[p] !== SP || p === base) return this.bad('a malformed request line')
    const targetStart = ++p

    // 3. target SP
    let normal = true
    let slash = -1
    let query = -1
    for (; p < end; p++) {
      const kind = KINDS[buf[p]!]!
      if (kind === PLAIN) continue
      if (kind === REFUSED) break
      if (kind === HASH) normal = false
      if (query >= 0) continue
      if (kind === QUERY) query = p
      else if (kind === ESCAPE || kind === BACKSLASH) normal = false
      else if (kind === SLASH || kind === DOT) {
        if (slash === p - 1) normal = false
        if (kind === SLASH) slash = p
      }
    }
    if (p - targetStart > limits.targetBytes) {
      this.reason = 'the request target is too long'
      return TARGET_TOO_LONG
    }
    if (p >= end) return this.more(end - base, limits)
    const targetEnd = p
    if (buf[p] !== SP || p === targetStart) return this.bad('a malformed request target')
    p++

    // 4. HTTP/1.x CRLF
    if (end - p < 10) return isVersionSoFar(buf, p, end) ? this.more(end - base, limits) : this.badVersion(buf, p, end)
    if (!isVersion(buf, p)) return this.badVersion(buf, p, end)
    const minor = buf[p + 7]! - 48
    p += 10

    // 5. Fields.
    const after = this.scanFields(buf, p, end, base, limits)
    if (after <= 0) return after
    this.text = buf.toString('latin1', base, after)
    this.method = methodOf(this.text, methodEnd - base)
    if (this.method === '') return this.bad('an unknown method')
    this.target = this.text.slice(targetStart - base, targetEnd - base)
    this.minor = minor as 0 | 1
    this.targetIsNormal = normal && buf[targetStart] === SOLIDUS
    this.queryAt = query < 0 ? -1 : query - targetStart
    if (buf[targetStart] !== SOLIDUS && !this.isTargetForm()) return this.bad('a malformed request target')
    return this.readFraming() ? after : BAD
  }

  /** Value of `Host`; undefined when there is none. */
  get host(): string | undefined {
    return this.hostField < 0 ? undefined : this.valueAt(this.hostField)
  }

  /** Absolute, authority or asterisk form (RFC 9112 §3.2.2–3.2.4). */
  private isTargetForm(): boolean {
    const { method, target } = this
    if (method === 'CONNECT') return /^(?:[A-Za-z0-9._~-]+|\[[0-9A-Fa-f:.]+\]):\d{1,5}$/.test(target)
    if (target === '*') return method === 'OPTIONS'
    const authority = /^https?:\/\/([^/?#]+)(?:[/?]|$)/i.exec(target)?.[1]
    return authority !== undefined && parseAuthority(authority) !== undefined
  }

  /** A well-formed version that is not ours is 505, anything else 400. */
  private badVersion(buf: Buffer, p: number, end: number): number {
    this.reason = 'not HTTP/1.0 or HTTP/1.1'
    return end - p >= 10 && isVersionSoFar(buf, p, p + 10) ? BAD_VERSION : BAD
  }

  /** Who sent both lengths, or one twice, may be trying to make two parsers disagree: refused (RFC 9112 §6.3). */
  private readFraming(): boolean {
    this.contentLength = -1
    this.chunked = false
    this.keepAlive = this.minor === 1
    this.expectContinue = false
    this.expectsMore = false
    this.connection = null
    this.hostField = -1
    let transferEncoding = -1
    let hosts = 0
    for (let i = 0; i < this.count; i++) {
      const id = this.idAt(i)
      if (id === 0 || id > ID.expect) continue
      if (id === ID.host) {
        hosts++
        this.hostField = i
      } else if (id === ID.connection) {
        this.connection = mergeConnection(this.connection, parseConnection(this.valueAt(i)))
        if (this.connection.others.length > MOST_NAMED) return this.no('Connection names too many fields')
      } else if (id === ID['content-length']) {
        if (this.contentLength !== -1) return this.no('more than one Content-Length')
        this.contentLength = parseLength(this.valueAt(i))
        if (this.contentLength === -1) return this.no('a malformed Content-Length')
      } else if (id === ID['transfer-encoding']) {
        if (transferEncoding >= 0) return this.no('more than one Transfer-Encoding')
        transferEncoding = i
      } else if (id === ID.expect) {
        if (this.valueAt(i).toLowerCase() === '100-continue') this.expectContinue = this.minor === 1
        else this.expectsMore = true
      }
    }
    if (hosts > 1) return this.no('more than one Host')
    if (this.minor === 1 && (hosts === 0 || this.isValue(this.hostField, ''))) return this.no('no Host')
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

const SOLIDUS = 47
const VERSION = Buffer.from('HTTP/1.', 'latin1')
const VERSION_LINE = 'HTTP/1.1\r\n'

/** `HTTP/1.0` or `HTTP/1.1` and CRLF. */
const isVersion = (buf: Buffer, p: number): boolean => {
  for (let i = 0; i < 7; i++) if (buf[p + i] !== VERSION[i]) return false
  const minor = buf[p + 7]
  return (minor === 48 || minor === 49) && buf[p + 8] === CR && buf[p + 9] === LF
}

/** Whether any version's line may begin like this: the answer must not depend on where the bytes were cut. */
const isVersionSoFar = (buf: Buffer, p: number, end: number): boolean => {
  const text = buf.toString('latin1', p, end)
  return /^HTTP\/\d\.\d\r\n$/.test(text + VERSION_LINE.slice(text.length))
}

const methodOf = (text: string, length: number): string => {
  if (length === 3 && text.startsWith('GET')) return 'GET'
  if (length === 4 && text.startsWith('POST')) return 'POST'
  const method = text.slice(0, length)
  return METHODS.has(method) ? method : ''
}
