import type { Draft } from './salvage.ts'
import type { CredentialPlaceSpec } from './spec-auth.ts'

/** As it may be written in `from`. */
type Written = Draft<string | { header: string; scheme: string }>

export const credentialPlaces = (from: Written | readonly (Written | undefined)[] | undefined): CredentialPlaceSpec[] =>
  (isList(from) ? from : [from]).flatMap(place => (place === undefined ? [] : placeOf(place)))

const isList = <T>(value: T | readonly T[]): value is readonly T[] => Array.isArray(value)

const placeOf = (place: Written): CredentialPlaceSpec | [] => {
  if (typeof place !== 'string') return headerPlace(place.header ?? '', place.scheme)
  const colon = place.indexOf(':')
  const name = place.slice(colon + 1)
  if (place.startsWith('header:')) return headerPlace(name)
  return { in: place.startsWith('cookie:') ? 'cookie' : 'query', name }
}

/** RFC 6750 §2.1 has the scheme before a token in `Authorization`; other headers hold nothing else. */
export const headerPlace = (header: string, scheme?: string): CredentialPlaceSpec => {
  const name = header.toLowerCase()
  return { in: 'header', name, scheme: scheme ?? (name === 'authorization' ? 'Bearer' : '') }
}
