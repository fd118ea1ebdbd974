import { type HeaderEdits, type HeaderView, ID, type KnownName, NAMES, nameId } from '../base/headers.ts'
import { http } from '../base/node.ts'
import { Head } from './head.ts'

/** A set of interned names as a table, one byte a name. */
export const nameSet = (...names: readonly KnownName[]): Uint8Array => {
  const set = new Uint8Array(NAMES.length)
  for (const name of names) set[ID[name]] = 1
  return set
}

/** Fields that end at this hop (RFC 9110 §7.6.1), in either direction. */
export const HOP_BY_HOP = [
  'connection',
  'keep-alive',
  'proxy-connection',
  'te',
  'transfer-encoding',
  'upgrade',
  'http2-settings',
] as const satisfies readonly KnownName[]

/** Decides on a field that is not interned, by position; true: not passed on. */
export type DropField = (head: HeaderView, i: number) => boolean

/**
 * The field lines of a parsed head, without those in `drop`, those the sender named in `Connection`, and those `edits`
 * removes; then the lines `edits` adds. Each line ends with CRLF; the empty line is not included.
 *
 * Where the head is canonical, runs of lines are copied as they stand: they are byte for byte what writing them from
 * the parsed form would give.
 */
export const fieldLines = (
  head: HeaderView,
  drop: Uint8Array,
  named: readonly string[],
  edits: HeaderEdits | null,
  dropField: DropField | null,
): string => {
  if (head instanceof Head && head.canonical) return runs(head, drop, named, edits, dropField) + (edits?.lines ?? '')
  let out = ''
  for (let i = 0; i < head.count; i++) {
    if (isDropped(head, i, drop, named, edits, dropField)) continue
    out += `${head.nameAt(i)}: ${head.valueAt(i)}\r\n`
  }
  return out + (edits?.lines ?? '')
}

const runs = (
  head: Head,
  drop: Uint8Array,
  named: readonly string[],
  edits: HeaderEdits | null,
  dropField: DropField | null,
): string => {
  let out = ''
  let runStart = -1
  for (let i = 0; i < head.count; i++) {
    if (isDropped(head, i, drop, named, edits, dropField)) {
      if (runStart >= 0) out += head.text.slice(runStart, head.lineStart(i))
      runStart = -1
    } else if (runStart < 0) runStart = head.lineStart(i)
  }
  return runStart < 0 ? out : out + head.text.slice(runStart, head.linesEnd)
}

const isDropped = (
  head: HeaderView,
  i: number,
  drop: Uint8Array,
  named: readonly string[],
  edits: HeaderEdits | null,
  dropField: DropField | null,
): boolean => {
  const id = head.idAt(i)
  if (drop[id] === 1) return true
  if (id === 0 && dropField?.(head, i)) return true
  if (edits?.removesField(head, i)) return true
  return named.length > 0 && named.includes(head.nameAt(i).toLowerCase())
}

const STATUS_LINES = new Map<number, string>()
for (let status = 100; status < 600; status++) {
  STATUS_LINES.set(status, `HTTP/1.1 ${status} ${http.STATUS_CODES[status] ?? ''}\r\n`)
}

export const statusLine = (status: number): string => STATUS_LINES.get(status) ?? `HTTP/1.1 ${status} \r\n`

/** Fields that must not come after a body, where nobody checks them again (RFC 9110 §6.5.1). */
const NOT_IN_TRAILERS = nameSet(
  ...HOP_BY_HOP,
  'host',
  'content-length',
  'trailer',
  'expect',
  'forwarded',
  'x-forwarded-for',
  'x-forwarded-proto',
  'x-forwarded-host',
  'x-forwarded-port',
  'x-real-ip',
  'x-request-id',
  'x-consumer',
  'via',
  'date',
  'content-type',
  'cookie',
  'set-cookie',
  'authorization',
  'x-api-key',
  'proxy-authorization',
  'proxy-authenticate',
  'cache-control',
  'location',
  'vary',
)

export const trailerLines = (trailers: HeaderView, dropField: DropField): string =>
  fieldLines(trailers, NOT_IN_TRAILERS, [], null, dropField)

/**
 * `X-Consumer` and `X-Claim-*` tell upstreams who the caller is; only the gateway may say it. And because many servers
 * cannot tell `_` from `-`, nor some (lighttpd, for CGI) any sign from another, a name with such signs whose other
 * spelling decides on framing, forwarding or identity is not passed on either.
 */
export const isIdentityField: DropField = (head, i) => {
  const name = head instanceof Head ? suspect(head, i) : head.nameAt(i)
  if (name === '') return false
  const folded = fold(name)
  if (OWN_IDENTITY.test(folded)) return true
  return folded !== name.toLowerCase() && GATEWAYS_OWN[nameId(folded)] === 1
}

/**
 * The same, and `names` besides (lower case), in any spelling that a server could take for them. Of `credentials`, every
 * spelling but their own: no way looks at those.
 */
export const identityFields = (names: readonly string[], credentials: readonly string[] = []): DropField => {
  const identities = new Set(names.map(fold).filter(name => !OWN_IDENTITY.test(name)))
  const aliased = new Set(credentials.map(fold).filter(name => name.includes('-')))
  if (identities.size + aliased.size === 0) return isIdentityField
  const own = new Set(credentials)
  // Folding takes time and leaves the length as it is: most fields have another one.
  const lengths = new Set([...identities, ...aliased].map(name => name.length))
  const isOneOf = (name: string): boolean => {
    const folded = fold(name)
    return identities.has(folded) || (aliased.has(folded) && !own.has(name.toLowerCase()))
  }
  return (head, i) => isIdentityField(head, i) || (lengths.has(nameLength(head, i)) && isOneOf(head.nameAt(i)))
}

/**
 * Fields that are none of `own` (lower case), though a server could take them for one of `names`. Null: there is no
 * other spelling of any of them.
 */
export const otherSpellings = (names: readonly string[], own: readonly string[]): DropField | null => {
  const folded = new Set(names.map(fold).filter(name => name.includes('-')))
  if (folded.size === 0) return null
  const known = new Set(own)
  // Most fields have no sign in their names, and can be meant for a name only if that has one.
  const plain = names.every(name => fold(name) === name)
  return (head, i) => {
    if (head.idAt(i) !== 0 || (plain && head instanceof Head && !head.nameHasSign(i))) return false
    const name = head.nameAt(i).toLowerCase()
    return !known.has(name) && folded.has(fold(name))
  }
}

const nameLength = (head: HeaderView, i: number): number =>
  head instanceof Head ? head.nameLength(i) : head.nameAt(i).length

const fold = (name: string): string => name.toLowerCase().replace(/[^a-z0-9-]/g, '-')
const OWN_IDENTITY = /^x-(?:consumer(?:-|$)|claim-)/

/** Names only a gateway or a message's framing may use. */
const GATEWAYS_OWN = nameSet(
  ...HOP_BY_HOP,
  'host',
  'content-length',
  'trailer',
  'expect',
  'forwarded',
  'x-forwarded-for',
  'x-forwarded-proto',
  'x-forwarded-host',
  'x-forwarded-port',
  'x-forwarded-server',
  'x-real-ip',
  'x-request-id',
  'x-consumer',
  'via',
  'proxy-authorization',
)

/** Of a name in lower case: no policy may send it upstream. */
export const isGatewaysOwn = (name: string): boolean => GATEWAYS_OWN[nameId(name)] === 1

/** The name when it starts with `x-cla` or `x-con`, or holds a sign but `-`; else empty, without making a string. */
const suspect = (head: Head, i: number): string => {
  if (head.nameCode(i, 0) === 120 && head.nameCode(i, 2) === 99) {
    const fifth = head.nameCode(i, 4)
    if (fifth === 97 || fifth === 110) return head.nameAt(i)
  }
  return head.nameHasSign(i) ? head.nameAt(i) : ''
}
