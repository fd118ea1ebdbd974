import { hash } from 'node:crypto'
import { claimAt } from '../../core/claim-at.ts'
import type { Exchange } from '../../core/exchange.ts'
import type { LimitKeySpec } from '../../spec/spec-policies.ts'
import { addressKey } from './limit-address.ts'

/** Whose requests are counted together with this one. */
export type LimitKey = (x: Exchange) => string

/**
 * Compiles `by`. `params`: names of the pattern's parameters, in order.
 *
 * Each part starts with a letter for what it is, so that the address that stands in for something missing is never
 * taken for a value, and of several each has its length before it: no two combinations give the same key.
 */
export const compileLimitKey = (by: readonly LimitKeySpec[], params: readonly string[]): LimitKey => {
  const parts = by.map(part => keyPart(part, params))
  const [only] = parts
  if (only !== undefined && parts.length === 1) return only
  return x => {
    let key = ''
    for (const part of parts) {
      const text = part(x)
      key += `${text.length}:${text}`
    }
    return key
  }
}

/** What is only known once somebody has proved who they are. */
export const needsIdentity = ({ kind }: LimitKeySpec): boolean =>
  kind === 'consumer' || kind === 'key' || kind === 'claim'

const keyPart = (by: LimitKeySpec, params: readonly string[]): LimitKey => {
  switch (by.kind) {
    case 'consumer':
      return ofConsumer
    case 'key':
      return x => (x.identity === null || x.identity.keyId === '' ? ofAddress(x) : `k:${x.identity.keyId}`)
    case 'ip':
      return ofAddress
    case 'route':
      return () => 'r'
    case 'claim':
      return x => ofClaim(x, by.name)
    case 'header':
      return x => marked('h', x.headers.get(by.name), x)
    case 'param': {
      const index = params.indexOf(by.name)
      return x => marked('p', x.params[index], x)
    }
  }
}

const ofAddress: LimitKey = x => bounded('a', addressKey(x.clientAddress))

const ofConsumer: LimitKey = x => {
  const { identity } = x
  if (identity === null) return ofAddress(x)
  if (identity.consumer !== '') return bounded('c', identity.consumer)
  if (identity.subject === '') return ofAddress(x)
  // The same `sub` of another issuer is somebody else.
  return bounded('s', `${identity.way.length}:${identity.way}${identity.subject}`)
}

const ofClaim = (x: Exchange, path: string): string => {
  const claims = x.identity?.claims
  const value = claims ? claimAt(claims, path) : undefined
  if (value === undefined || value === null) return ofAddress(x)
  // The text "1" and the number 1 are two values.
  return typeof value === 'string' ? bounded('t', value) : bounded('j', JSON.stringify(value))
}

const marked = (mark: string, value: string | undefined, x: Exchange): string =>
  value === undefined ? ofAddress(x) : bounded(mark, value)

const MAX_TEXT = 256

/** A stranger decides how long a value is, but not how long a key. */
const bounded = (mark: string, value: string): string =>
  value.length <= MAX_TEXT ? `${mark}:${value}` : `${mark}#${hash('sha256', value, 'base64url')}`
