import { decodeForm } from '../../base/percent.ts'
import type { Exchange } from '../../core/exchange.ts'
import type { Rejection } from '../way.ts'
import { BESIDE_SEMICOLON, type CredentialPlace, GIVEN_TWICE } from './credential-place.ts'

/**
 * A credential in a query parameter, whose name may be percent-encoded. Parts end at `&`. Some servers let them end at
 * `;` too: a credential that these would see elsewhere, or see another of, is refused. A raw `+` is a space, as forms
 * write it; who has one in a credential writes `%2B`.
 */
export const queryCredential = (name: string): CredentialPlace => ({
  find: x => (x.query === '' ? null : findIn(x.query, name)),
  strip: (x: Exchange) => {
    if (x.query !== '') x.query = without(x.query, name)
  },
})

const findIn = (query: string, name: string): string | Rejection | null => {
  const is = comparer(query, name)
  let found: string | null = null
  for (const part of partsOf(query)) {
    const mine = is(part)
    if (part.includes(';') && (mine || part.split(';').some(is))) return BESIDE_SEMICOLON
    if (!mine) continue
    if (found !== null) return GIVEN_TWICE
    found = part
  }
  const value = found === null ? '' : found.slice(nameIn(found).length + 1)
  return value === '' ? null : bytesOf(value)
}

/** Whether a part has that name. Escapes are decoded only in queries that have any, and none makes a name longer. */
const comparer = (query: string, name: string): ((part: string) => boolean) => {
  if (/[%+]/.test(query)) return part => part.length >= name.length && decodeForm(nameIn(part)) === name
  return part => part.startsWith(name) && nameIn(part) === name
}

const nameIn = (part: string): string => {
  const equals = part.indexOf('=')
  return equals < 0 ? part : part.slice(0, equals)
}

const partsOf = (query: string): string[] => query.slice(1).split('&')

/** What escapes stand for is UTF-8; raw bytes are one character each already. */
const bytesOf = (value: string): string => {
  const decoded = decodeForm(value)
  return value.includes('%') ? Buffer.from(decoded, 'utf8').toString('latin1') : decoded
}

/** Every part with that name goes, and where `;` might separate, what stands there under that name. */
const without = (query: string, name: string): string => {
  const is = comparer(query, name)
  const parts = partsOf(query)
  const kept = parts.flatMap(part => {
    if (is(part)) return []
    if (!part.includes(';')) return part
    const pieces = part.split(';').filter(piece => !is(piece))
    return pieces.length === 0 ? [] : pieces.join(';')
  })
  return kept.length === 0 ? '' : `?${kept.join('&')}`
}
