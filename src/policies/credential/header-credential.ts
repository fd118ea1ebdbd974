import { HeaderEdits, type HeaderView, nameId } from '../../base/headers.ts'
import type { Exchange } from '../../core/exchange.ts'
import type { Rejection } from '../way.ts'
import { type CredentialPlace, GIVEN_TWICE } from './credential-place.ts'

/**
 * A credential in a header field, behind `scheme` unless that is empty. `alone`: it stands nowhere else, so that one
 * that was found was found here, and is stripped without looking again.
 */
export const headerCredential = (name: string, scheme: string, alone: boolean): CredentialPlace => {
  const id = nameId(name)
  const removal = new HeaderEdits().remove(name)
  const read = scheme === '' ? wholeValue : afterScheme(scheme)
  const find = (x: Exchange): string | Rejection | null => {
    const { headers } = x
    const at = fieldFrom(headers, id, name, 0)
    if (at < 0) return null
    // RFC 9110 §5.3: such a field is no list. Which of two counts would depend on who reads it.
    if (fieldFrom(headers, id, name, at + 1) >= 0) return GIVEN_TWICE
    return read(headers.valueAt(at))
  }
  /**
   * `Authorization: Basic` is the service's business where Bearer tokens are the gateway's. All that a lenient service
   * could take for our scheme is ours.
   */
  const holds = ({ headers }: Exchange): boolean => {
    for (let at = fieldFrom(headers, id, name, 0); at >= 0; at = fieldFrom(headers, id, name, at + 1)) {
      if (scheme === '' || resembles(headers.valueAt(at), scheme)) return true
    }
    return false
  }
  return {
    find,
    strip: x => {
      if (!alone && !holds(x)) return
      x.requestEdits ??= new HeaderEdits()
      x.requestEdits.apply(removal)
    },
  }
}

/** Index of the next field with this name, or -1. Only names that are not interned are looked at as text. */
const fieldFrom = (headers: HeaderView, id: number, name: string, from: number): number => {
  for (let i = from; i < headers.count; i++) {
    if (headers.idAt(i) !== id) continue
    if (id !== 0 || isNamed(headers.nameAt(i), name)) return i
  }
  return -1
}

const isNamed = (written: string, name: string): boolean =>
  written === name || (written.length === name.length && written.toLowerCase() === name)

/** The credential in a field's value, or null. */
type Read = (value: string) => string | null

const wholeValue: Read = value => (value === '' ? null : value)

/** RFC 9110 §11.4: the scheme, compared without case, `1*SP`, the credential. */
const afterScheme = (scheme: string): Read => {
  const exact = `${scheme} `
  const lower = exact.toLowerCase()
  const { length } = exact
  return value => {
    if (!value.startsWith(exact) && value.slice(0, length).toLowerCase() !== lower) return null
    let at = length
    while (value.charCodeAt(at) === SPACE) at++
    return at === value.length ? null : value.slice(at)
  }
}

const SPACE = 0x20

/** The scheme, and then no character that would make it another one. */
const resembles = (value: string, scheme: string): boolean =>
  value.slice(0, scheme.length).toLowerCase() === scheme.toLowerCase() &&
  !/^[\w!#$%&'*+.^`|~-]/.test(value.slice(scheme.length))
