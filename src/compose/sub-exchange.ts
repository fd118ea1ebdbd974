import { bytesSource } from '../base/bytes-source.ts'
import { HeaderEdits } from '../base/headers.ts'
import { clientHeader } from '../core/client-header.ts'
import { Exchange } from '../core/exchange.ts'
import { SentHeaders } from './sent-headers.ts'

/** What goes to every branch (DESIGN §6): nothing of the client's but trace, language and what was asked for by name. */
const ALWAYS_PASSED = ['traceparent', 'tracestate', 'accept-language'] as const
/** Not passed on as they came, but what is written in their place goes on from them: without `Via` no loop is seen. */
const CONTINUED = ['via'] as const
const CONTINUED_FROM_TRUSTED = ['via', 'x-forwarded-for', 'x-forwarded-proto', 'x-forwarded-host'] as const

/** Ours to say, or said already. */
const NEVER_PASSED: ReadonlySet<string> = new Set([
  ...ALWAYS_PASSED,
  ...CONTINUED_FROM_TRUSTED,
  'accept',
  'accept-encoding',
  'content-type',
  'content-length',
  'content-encoding',
])

/** Those of `names` (lower case) that can go to every branch besides. */
export const passable = (names: readonly string[]): readonly string[] => names.filter(name => !NEVER_PASSED.has(name))

/** What is the same in the requests of all branches. */
export interface Common {
  readonly headers: SentHeaders
  /** Tells the services who the client is; null: nobody knows. */
  readonly edits: HeaderEdits | null
}

/** `passed`: from `passable`. */
export const commonOf = (x: Exchange, passed: readonly string[]): Common => {
  const headers = new SentHeaders(['accept', 'accept-encoding'], ['application/json', 'gzip'])
  for (const name of ALWAYS_PASSED) pass(x, name, headers)
  for (const name of x.peerTrusted ? CONTINUED_FROM_TRUSTED : CONTINUED) pass(x, name, headers)
  for (const name of passed) pass(x, name, headers)
  return { headers, edits: identityEdits(x) }
}

const pass = (x: Exchange, name: string, to: SentHeaders): void => {
  for (const value of clientHeader(x, name)) to.add(name, value)
}

const identityEdits = ({ identity }: Exchange): HeaderEdits | null => {
  if (identity === null || identity.headers === null) return null
  return new HeaderEdits().apply(identity.headers)
}

/** What one branch asks for. */
export interface Asked {
  readonly path: string
  /** With its `?`, or empty. */
  readonly query: string
  /** Names in lower case, values clean; null: none of its own. */
  readonly headers: readonly (readonly [name: string, value: string])[] | null
  /** JSON text; null: none. */
  readonly body: string | null
}

/** The request of one branch: one of its own, on behalf of the same client. `deadlineAt`: ms of the worker's clock. */
export const subExchange = (
  parent: Exchange,
  method: string,
  asked: Asked,
  common: Common,
  deadlineAt: number,
): Exchange => {
  const x = new Exchange()
  x.method = method
  x.path = asked.path
  x.query = asked.query
  x.target = asked.path + asked.query
  x.scheme = parent.scheme
  x.host = parent.host
  x.authority = parent.authority
  x.httpVersion = parent.httpVersion
  x.peerAddress = parent.peerAddress
  x.clientAddress = parent.clientAddress
  x.peerTrusted = parent.peerTrusted
  x.listener = parent.listener
  x.requestId = parent.requestId
  x.route = parent.route
  x.params = parent.params
  x.paramNames = parent.paramNames
  x.identity = parent.identity
  x.startedAt = parent.startedAt
  x.deadlineAt = deadlineAt
  x.headers = common.headers
  x.requestEdits = asked.headers === null ? common.edits : editsOf(parent, asked.headers)
  if (asked.body !== null) setBody(x, asked.body, common.headers)
  return x
}

/** What the configuration says by name counts more than who it was proved to be. */
const editsOf = (parent: Exchange, headers: NonNullable<Asked['headers']>): HeaderEdits => {
  const edits = identityEdits(parent) ?? new HeaderEdits()
  for (const [name] of headers) edits.remove(name)
  for (const [name, value] of headers) edits.appendClean(name, value)
  return edits
}

const setBody = (x: Exchange, text: string, common: SentHeaders): void => {
  const bytes = Buffer.from(text, 'utf8')
  x.body = bytesSource(bytes)
  x.headers = common.copy().add('content-type', 'application/json').add('content-length', String(bytes.length))
}
