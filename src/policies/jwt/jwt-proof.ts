import type { JwtAlgorithm } from '../../spec/spec-auth.ts'
import { type Rejection, reject } from '../way.ts'
import type { JwtKey } from './jwt-key.ts'
import type { JwtKeys } from './jwt-keys.ts'
import { signerOf } from './jwt-signature.ts'
import type { Token } from './jwt-token.ts'

const NO_KEYS = reject('the keys of the issuer could not be fetched', 'unavailable')
const UNKNOWN_KEY = reject("no key of the set has the token's kid")
const NO_FITTING_KEY = reject("no key of the set fits the token's algorithm")
const BAD_SIGNATURE = reject("the token's signature does not match")
const KEY_LEFT = reject('the key of the token has left the set')
/** Waiting for the issuer must not cost without limit, nor take the place of tokens whose keys are here. */
const MOST_WAITING = 256

/** Which key of the set signed a token. */
export interface Prover {
  prove(token: Token, algorithm: JwtAlgorithm): Promise<JwtKey | Rejection>
  /** Tokens that wait for the issuer now. */
  waiting(): number
}

export const jwtProver = (keys: JwtKeys): Prover => {
  let waiting = 0

  const candidates = (kid: string | null, algorithm: JwtAlgorithm): readonly JwtKey[] | Rejection => {
    const ring = keys.ring()
    if (ring === null) return NO_KEYS
    const found = ring.select(kid, algorithm)
    if (found === null) return UNKNOWN_KEY
    return found.length === 0 ? NO_FITTING_KEY : found
  }

  const mayHelp = (found: readonly JwtKey[] | Rejection): boolean =>
    (found === NO_KEYS || found === UNKNOWN_KEY) && waiting < MOST_WAITING

  const fetched = async (token: Token, algorithm: JwtAlgorithm, refresh: () => Promise<void>) => {
    waiting++
    try {
      await refresh()
    } finally {
      waiting--
    }
    return candidates(token.kid, algorithm)
  }

  return {
    waiting: () => waiting,
    prove: async (token, algorithm) => {
      let found = candidates(token.kid, algorithm)
      if (keys.refresh !== null && mayHelp(found)) found = await fetched(token, algorithm, keys.refresh)
      if ('kind' in found) return found
      const key = await signerOf(token.text, algorithm, found)
      if (key === null) return BAD_SIGNATURE
      // The set may have changed while the signature was checked.
      return keys.ring()?.byId.get(key.id) === key ? key : KEY_LEFT
    },
  }
}
