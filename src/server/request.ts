import { type Authority, parseAuthority } from '../base/authority.ts'
import { bareAddress } from '../base/bare-address.ts'
import { Fault } from '../base/errors.ts'
import { isWellFormedId } from '../base/ids.ts'
import { REFUSED_METHODS } from '../base/methods.ts'
import { Target } from '../base/target.ts'
import { type Exchange, forwardedLines } from '../core/exchange.ts'
import type { RequestHead } from '../http1/request-parser.ts'
import type { Plan } from '../runtime/plan.ts'
import type { ListenerSpec } from '../spec/spec.ts'

/** What is known of a connection's peer; kept from request to request. */
export interface Peer {
  address: string
  /** It is a trusted proxy, by the Plan in `judgedBy`. */
  trusted: boolean
  judgedBy: Plan | null
  scheme: 'http' | 'https'
  /** The last `Host` seen on this connection: nearly always the next one too. */
  authority: Authority
  /** What is told of it and that authority upstream. */
  forwarded: string
}

const EMPTY: Authority = { text: '', host: '' }
const target = new Target()

export const newPeer = (socketAddress: string, scheme: 'http' | 'https'): Peer => {
  const address = bareAddress(socketAddress)
  const forwarded = forwardedLines(address, scheme, EMPTY.text)
  return { address, trusted: false, judgedBy: null, scheme, authority: EMPTY, forwarded }
}

/** A reload may trust other proxies: what the last Plan said is asked again. */
export const judge = (peer: Peer, plan: Plan): void => {
  if (peer.judgedBy === plan) return
  peer.judgedBy = plan
  peer.trusted = plan.isTrusted(peer.address)
}

/** Fills `x` from a parsed head. Returns why the request is refused, or null. */
export const readRequest = (x: Exchange, head: RequestHead, peer: Peer, plan: Plan): Fault | null => {
  x.method = head.method
  x.target = head.target
  x.headers = head
  x.httpVersion = head.minor === 1 ? '1.1' : '1.0'
  x.scheme = peer.scheme
  x.peerAddress = peer.address
  x.peerTrusted = peer.trusted
  x.clientAddress = peer.trusted ? clientAddress(head, peer.address, plan) : peer.address
  if (peer.trusted) {
    const id = head.get('x-request-id')
    if (id !== undefined && isWellFormedId(id)) x.requestId = id
  }
  if (REFUSED_METHODS.has(head.method)) {
    return new Fault('METHOD_NOT_ALLOWED', `${head.method} is not supported`, [['allow', '']])
  }
  if (head.expectsMore) return new Fault('EXPECTATION_FAILED', 'the only expectation supported is 100-continue')
  return readTarget(x, head, peer, plan)
}

/** `length`: of the body, as announced; -1: it is not known yet. */
export const tooLarge = (length: number, limits: ListenerSpec['limits']): Fault | null =>
  limits.bodyBytes > 0 && length > limits.bodyBytes
    ? new Fault('BODY_TOO_LARGE', 'the body is larger than the limit')
    : null

/** The protocol that a request without a body asks to switch to, of those that are passed on; empty: none. */
export const upgradeOf = (head: RequestHead): Exchange['upgrade'] =>
  head.connection?.upgrade &&
  head.method === 'GET' &&
  head.minor === 1 &&
  head.get('upgrade')?.toLowerCase() === 'websocket'
    ? 'websocket'
    : ''

const readTarget = (x: Exchange, head: RequestHead, peer: Peer, plan: Plan): Fault | null => {
  if (head.targetIsNormal) {
    target.setNormal(head.target, head.queryAt)
    x.path = target.path
    x.query = target.query
    return readHost(x, head, peer)
  }
  let raw = head.target
  let host = head.host ?? ''
  if (raw.charCodeAt(0) !== 0x2f) {
    if (raw === '*') {
      x.path = '*'
      return readHost(x, head, peer)
    }
    // Absolute form; its authority overrides `Host` (RFC 9112 §3.2.2), which must be well formed all the same.
    const parts = /^https?:\/\/([^/?#]+)(.*)$/i.exec(raw)!
    if (parseAuthority(host) === undefined) return new Fault('BAD_REQUEST', 'a malformed Host')
    host = parts[1]!
    raw = parts[2]!
    if (raw === '' || raw.startsWith('?')) raw = `/${raw}`
  }
  if (!target.set(raw, plan.slashes)) return new Fault('BAD_REQUEST', target.reason)
  x.path = target.path
  x.query = target.query
  return readAuthority(x, host, peer)
}

const readHost = (x: Exchange, head: RequestHead, peer: Peer): Fault | null => {
  const { hostField } = head
  const { text } = peer.authority
  const same = hostField < 0 ? text === '' : head.isValue(hostField, text)
  if (!same) return readAuthority(x, head.host ?? '', peer)
  toldBy(peer, x)
  return null
}

const readAuthority = (x: Exchange, host: string, peer: Peer): Fault | null => {
  if (host !== peer.authority.text) {
    const authority = parseAuthority(ownCopy(host))
    if (authority === undefined) return new Fault('BAD_REQUEST', 'a malformed Host')
    peer.authority = authority
    peer.forwarded = forwardedLines(peer.address, peer.scheme, authority.text)
  }
  toldBy(peer, x)
  return null
}

const toldBy = ({ authority, forwarded }: Peer, x: Exchange): void => {
  x.authority = authority.text
  x.host = authority.host
  x.forwarded = forwarded
}

/** A slice would keep all of its head for as long as the connection lives. */
const ownCopy = (text: string): string => Buffer.from(text, 'latin1').toString('latin1')

/** The nearest address that no trusted proxy vouches for, read from the right (RFC 7239 §7.4's advice, for XFF). */
const clientAddress = (head: RequestHead, peer: string, plan: Plan): string => {
  const hops = head.all('x-forwarded-for').join(',').split(',')
  let client = peer
  for (let i = hops.length - 1; i >= 0; i--) {
    const hop = bareAddress(hops[i]!.trim())
    if (hop === '' || hop.length > 64) break
    client = hop
    if (!plan.isTrusted(hop)) break
  }
  return client
}
