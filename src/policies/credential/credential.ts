import type { CredentialPlaceSpec } from '../../spec/spec-auth.ts'
import { cookieCredential } from './cookie-credential.ts'
import type { CredentialPlace } from './credential-place.ts'
import { headerCredential } from './header-credential.ts'
import { queryCredential } from './query-credential.ts'

/**
 * The first place that holds something counts. What the others hold is taken out all the same: it was meant for the
 * gateway, whoever it belongs to.
 */
export const compileCredential = (places: readonly CredentialPlaceSpec[]): CredentialPlace => {
  const all = places.map(place => compilePlace(place, places.length === 1))
  const [only] = all
  if (only !== undefined && all.length === 1) return only
  return {
    find: x => {
      for (const place of all) {
        const found = place.find(x)
        if (found !== null) return found
      }
      return null
    },
    strip: x => {
      for (const place of all) place.strip(x)
    },
  }
}

/** `alone`: the credential stands nowhere else, and is stripped only after it was found. */
export const compilePlace = (place: CredentialPlaceSpec, alone: boolean): CredentialPlace => {
  if (place.in === 'query') return queryCredential(place.name)
  if (place.in === 'cookie') return cookieCredential(place.name)
  return headerCredential(place.name, place.scheme, alone)
}
