import type { Json } from '../base/json.ts'
import type { Claims } from './identity.ts'

/** Dots beyond this are taken for part of the last name. */
const MOST_DOTS = 16

/**
 * The claim at a path, or undefined. Dots lead into objects (`org.id`), and may as well be part of a name: at each step
 * the longest name that is there counts (`https://example.com/roles`, `resource_access.my.client.roles`), without a way
 * back. Only members the token itself has are seen, so `constructor` is a name like any other; lists are not entered.
 */
export const claimAt = (claims: Claims, path: string): Json | undefined => {
  let at: Json = claims
  let rest = path
  for (let steps = 0; steps <= MOST_DOTS; steps++) {
    if (!isObject(at)) return undefined
    if (Object.hasOwn(at, rest)) return at[rest]
    const name = longestName(at, rest)
    if (name === undefined) return undefined
    at = at[name] ?? null
    rest = rest.slice(name.length + 1)
  }
  return undefined
}

const longestName = (claims: Claims, path: string): string | undefined => {
  let dot = path.lastIndexOf('.')
  for (let tried = 0; dot > 0 && tried < MOST_DOTS; tried++) {
    const name = path.slice(0, dot)
    if (Object.hasOwn(claims, name)) return name
    dot = path.lastIndexOf('.', dot - 1)
  }
  return undefined
}

const isObject = (value: Json): value is Claims => typeof value === 'object' && value !== null && !Array.isArray(value)
