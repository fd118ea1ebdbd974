import { hash } from 'node:crypto'
import { type HeaderView, nameId } from '../../base/headers.ts'
import { claimAt } from '../../core/claim-at.ts'
import type { Exchange } from '../../core/exchange.ts'
import type { LimitKeySpec } from '../../spec/spec-policies.ts'
import { addressKey } from './limit-address.ts'

/** A key in two parts, which tell keys apart as well joined as they do one by one. */
export interface MarkedKey {
  /** What `key` is; only the configuration decides what there is. */
  mark: string
  key: string
}

/** Says in `into` whose requests are counted together with this one. */
export type LimitKey = (x: Exchange, into: MarkedKey) => void

/**
 * Compiles `by`. `params`: names of the pattern's parameters, in order.
 *
 * Each part is marked with a letter for what it is, so that the address that stands in for something missing is never
 * taken for a value, and of several each has its length before it: no two combinations give the same key.
 */
export const compileLimitKey = (by: readonly LimitKeySpec[], params: readonly string[]): LimitKey => {
  const parts = by.map(part => keyPart(part, params))
  const [only] = parts
  if (only !== undefined && parts.length === 1) return only
  return (x, into) => {
    let key = ''
    for (const part of parts) {
      const text = keyText(part, x)
      key += `${text.length}:${text}`
    }
    into.mark = ''
    into.key = key
  }
}

/** The key as one text. */
export const keyText = (key: LimitKey, x: Exchange): string => {
  const marked = { mark: '', key: '' }
  key(x, marked)
  return marked.mark + marked.key
}

/** What is only known once somebody has proved who they are. */
export const needsIdentity = ({ kind }: LimitKeySpec): boolean =>
  kind === 'consumer' || kind === 'key' || kind === 'claim'

const keyPart = (by: LimitKeySpec, params: readonly string[]): LimitKey => {
  switch (by.kind) {
    case 'consumer':
      return byConsumer()
    case 'key':
      return ofKey
    case 'ip':
      return ofAddress
    case 'route':
      return (_, into) => put(into, 'r', '')
    case 'claim':
      return (x, into) => ofClaim(x, by.name, into)
    case 'header':
      return byHeader(by.name)
    case 'param': {
      const index = params.indexOf(by.name)
      return (x, into) => putOr(into, MARKS.param, x.params[index], x)
    }
  }
}

const ofAddress: LimitKey = (x, into) => putBounded(into, MARKS.address, addressKey(x.clientAddress))

const ofKey: LimitKey = (x, into) => {
  const { identity } = x
  if (identity === null || identity.keyId === '') ofAddress(x, into)
  else put(into, 'k:', identity.keyId)
}

const byHeader = (name: string): LimitKey => {
  const id = nameId(name)
  return (x, into) => putOr(into, MARKS.header, id === 0 ? x.headers.get(name) : firstOf(id, x.headers), x)
}

/** The first value of an interned name. */
const firstOf = (id: number, headers: HeaderView): string | undefined => {
  for (let i = 0; i < headers.count; i++) if (headers.idAt(i) === id) return headers.valueAt(i)
  return undefined
}

const byConsumer = (): LimitKey => {
  // Of the subject before: nearly always of the same way.
  let way = ''
  let marks = subjectMarks(way)
  return (x, into) => {
    const { identity } = x
    if (identity === null) return ofAddress(x, into)
    if (identity.consumer !== '') return putBounded(into, MARKS.consumer, identity.consumer)
    if (identity.subject === '') return ofAddress(x, into)
    if (identity.way !== way) {
      way = identity.way
      marks = subjectMarks(way)
    }
    putBounded(into, marks, identity.subject)
  }
}

const ofClaim = (x: Exchange, path: string, into: MarkedKey): void => {
  const claims = x.identity?.claims
  const value = claims ? claimAt(claims, path) : undefined
  if (value === undefined || value === null) ofAddress(x, into)
  // The text "1" and the number 1 are two values.
  else if (typeof value === 'string') putBounded(into, MARKS.text, value)
  else putBounded(into, MARKS.json, JSON.stringify(value))
}

const MAX_TEXT = 256

/** What kind of value it is, and of one that is too long. */
interface Marks {
  readonly short: string
  readonly long: string
  /** Before the value, and counted and hashed with it. */
  readonly prefix: string
}

const marksOf = (letter: string, prefix = ''): Marks => ({
  short: `${letter}:${prefix}`,
  long: `${letter}#`,
  prefix,
})

/** The same `sub` of another issuer is somebody else. */
const subjectMarks = (way: string): Marks => marksOf('s', `${way.length}:${way}`)

const MARKS = {
  address: marksOf('a'),
  consumer: marksOf('c'),
  text: marksOf('t'),
  json: marksOf('j'),
  header: marksOf('h'),
  param: marksOf('p'),
} as const

const putOr = (into: MarkedKey, marks: Marks, value: string | undefined, x: Exchange): void =>
  value === undefined ? ofAddress(x, into) : putBounded(into, marks, value)

/** A stranger decides how long a value is, but not how long a key. */
const putBounded = (into: MarkedKey, { short, long, prefix }: Marks, value: string): void =>
  prefix.length + value.length <= MAX_TEXT
    ? put(into, short, value)
    : put(into, long, hash('sha256', prefix + value, 'base64url'))

const put = (into: MarkedKey, mark: string, key: string): void => {
  into.mark = mark
  into.key = key
}
