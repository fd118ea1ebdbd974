import type { Exchange } from '../../core/exchange.ts'
import type { CredentialPlaceSpec } from '../../spec/spec-auth.ts'
import { compilePlace } from '../credential/credential.ts'
import type { CredentialPlace } from '../credential/credential-place.ts'
import type { Way } from '../way.ts'

/** `accepted`: by way, whether it accepted; shorter when those behind were not asked, empty for nobody. */
export type StripCredentials = (x: Exchange, accepted: readonly boolean[]) => void

/**
 * Takes credentials out of a request that was accepted: all that the ways of the route would take, but for those that a
 * way proved and passes on. A forged token beside a good API key, or in a cookie beside a good header, must not reach a
 * service that believes the gateway has looked at it. Null: there is nothing to take out, ever.
 *
 * One way that must accept needs no such care: it takes out its own.
 */
export const compileStrip = (ways: readonly Way[], optional: boolean): StripCredentials | null => {
  const [only] = ways
  if (only === undefined) return null
  if (optional || ways.length > 1 || (only.strip === null && only.from.length > 1)) return stripUnproved(ways)
  return only.strip
}

interface Place extends CredentialPlace {
  /** Tells fields, parameters and cookies apart, not schemes: there is one `Authorization`. */
  readonly where: string
}

/** Takes out all but what was proved and is passed on. */
export const stripUnproved = (ways: readonly Way[]): StripCredentials => {
  const byWay = ways.map(({ from, strip }) => ({ forwards: strip === null, places: from.map(placeOf) }))
  const all = unique(ways.flatMap(({ from }) => from)).map(placeOf)
  return (x, accepted) => {
    const kept: string[] = []
    for (let i = 0; i < accepted.length; i++) {
      const { forwards, places } = byWay[i]!
      if (!forwards || accepted[i] !== true) continue
      const proved = places.find(place => place.find(x) !== null)
      if (proved !== undefined) kept.push(proved.where)
    }
    for (const place of all) if (!kept.includes(place.where)) place.strip(x)
  }
}

const placeOf = (spec: CredentialPlaceSpec): Place => {
  const { find, strip } = compilePlace(spec, false)
  return { where: `${spec.in} ${spec.name}`, find, strip }
}

const unique = (places: readonly CredentialPlaceSpec[]): readonly CredentialPlaceSpec[] => [
  ...new Map(places.map(place => [JSON.stringify(place), place])).values(),
]
