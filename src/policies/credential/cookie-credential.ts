import { HeaderEdits, ID } from '../../base/headers.ts'
import type { Exchange } from '../../core/exchange.ts'
import type { Rejection } from '../way.ts'
import { type CredentialPlace, GIVEN_TWICE } from './credential-place.ts'

/**
 * A credential in a cookie. Cookies end at every `;`, quoted or not, as RFC 6265 §5.2 has it; a value in quotes counts
 * without them.
 */
export const cookieCredential = (name: string): CredentialPlace => ({
  find: x => find(x, name),
  strip: x => {
    const edited = x.requestEdits?.get('cookie')
    const fields = edited === undefined ? cookieFields(x) : [edited]
    if (!fields.some(field => field.includes(name))) return
    const kept = fields.map(field => without(field, name)).filter(field => field !== '')
    x.requestEdits ??= new HeaderEdits()
    if (kept.length === 0) x.requestEdits.remove('cookie')
    else x.requestEdits.set('cookie', kept.join('; '))
  },
})

const find = (x: Exchange, name: string): string | Rejection | null => {
  let found: string | null = null
  const { headers } = x
  for (let i = 0; i < headers.count; i++) {
    if (headers.idAt(i) !== ID.cookie) continue
    const field = headers.valueAt(i)
    if (!field.includes(name)) continue
    for (const pair of field.split(';')) {
      if (nameIn(pair) !== name) continue
      if (found !== null) return GIVEN_TWICE
      found = pair
    }
  }
  return found === null ? null : valueIn(found)
}

/** More than one field is against RFC 6265 §5.4, but HTTP/2 splits them (RFC 9113 §8.2.3). */
const cookieFields = (x: Exchange): string[] => {
  const fields: string[] = []
  for (let i = 0; i < x.headers.count; i++) if (x.headers.idAt(i) === ID.cookie) fields.push(x.headers.valueAt(i))
  return fields
}

const nameIn = (pair: string): string => {
  const equals = pair.indexOf('=')
  return equals < 0 ? '' : trim(pair.slice(0, equals))
}

const valueIn = (pair: string): string | null => {
  const value = trim(pair.slice(pair.indexOf('=') + 1))
  const plain = /^"[^"]*"$/.test(value) ? value.slice(1, -1) : value
  return plain === '' ? null : plain
}

const without = (field: string, name: string): string =>
  trim(
    field
      .split(';')
      .filter(pair => nameIn(pair) !== name)
      .join(';'),
  )

/** Not `String.trim`: that takes a byte 0xA0 away as well, which no server does. */
const trim = (text: string): string => {
  let from = 0
  let to = text.length
  while (from < to && isSpace(text.charCodeAt(from))) from++
  while (to > from && isSpace(text.charCodeAt(to - 1))) to--
  return text.slice(from, to)
}

const isSpace = (code: number): boolean => code === 0x20 || code === 0x09
