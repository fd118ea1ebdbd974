import type { AffinitySpec } from '../spec/spec-resilience.ts'
import { claimAt } from './claim-at.ts'
import { cookieOf } from './cookie.ts'
import type { Exchange } from './exchange.ts'

/**
 * The text of a request that decides where it goes: the same text, the same place. Empty where the request does not
 * have it; whoever asks then chooses in another way, so that all those requests do not meet in one place.
 */
export type Affinity = (x: Exchange) => string

export const affinityOf = (by: AffinitySpec): Affinity => {
  switch (by.kind) {
    case 'ip':
      return x => x.clientAddress
    case 'consumer':
      return ofConsumer
    case 'header':
      return x => x.headers.get(by.name) ?? ''
    case 'cookie':
      return x => cookieOf(x.headers, by.name)
    case 'claim':
      return x => ofClaim(x, by.name)
    case 'param':
      // Looked up each time: routes share services, and each names its parameters as it likes.
      return x => x.params[x.paramNames.indexOf(by.name)] ?? ''
  }
}

const ofConsumer: Affinity = ({ identity }) => {
  if (identity === null) return ''
  return identity.consumer !== '' ? identity.consumer : identity.subject
}

const ofClaim = (x: Exchange, path: string): string => {
  const claims = x.identity?.claims
  const value = claims ? claimAt(claims, path) : undefined
  if (value === undefined || value === null) return ''
  return typeof value === 'string' ? value : JSON.stringify(value)
}
