import { HeaderEdits } from '../../base/headers.ts'
import type { Json } from '../../base/json.ts'
import { claimAt } from '../../core/claim-at.ts'
import type { Claims, Identity } from '../../core/identity.ts'
import type { ConsumerSpec, JwtSpec } from '../../spec/spec-auth.ts'
import { fieldValue } from '../field-value.ts'

/** Bytes; a header longer than this is not sent: half a list says something else than the whole. */
const LONGEST_HEADER = 4096

/** Who a token with these claims speaks for. */
export const compileIdentity = (spec: JwtSpec, consumers: readonly ConsumerSpec[]): ((claims: Claims) => Identity) => {
  const known = new Map(consumers.map(consumer => [consumer.name, consumer]))
  return claims => {
    const named = textAt(claims, spec.consumerClaim)
    const consumer = named === undefined ? undefined : known.get(named)
    return {
      headers: headersOf(spec, claims, consumer),
      way: spec.name,
      consumer: consumer?.name ?? '',
      subject: textAt(claims, 'sub') ?? '',
      keyId: '',
      roles: new Set([...wordsOf(claimAt(claims, spec.rolesClaim)), ...(consumer?.roles ?? [])]),
      scopes: new Set([...wordsOf(scopesOf(spec, claims)), ...(consumer?.scopes ?? [])]),
      tier: consumer?.tier ?? '',
      claims,
    }
  }
}

const textAt = (claims: Claims, path: string | undefined): string | undefined => {
  const value = path === undefined ? undefined : claimAt(claims, path)
  return typeof value === 'string' ? value : undefined
}

/** `scope` is of RFC 8693 §4.2, `scp` what Entra ID and Okta write. */
const scopesOf = (spec: JwtSpec, claims: Claims): Json | undefined =>
  spec.scopesClaim === undefined
    ? (claimAt(claims, 'scope') ?? claimAt(claims, 'scp'))
    : claimAt(claims, spec.scopesClaim)

/** A text is words between spaces; a list has one in each of its texts, spaces and all, and nothing else in it counts. */
const wordsOf = (value: Json | undefined): string[] => {
  if (typeof value === 'string') return value.split(' ').filter(word => word !== '')
  return Array.isArray(value) ? value.filter(word => typeof word === 'string' && word !== '') : []
}

const headersOf = (spec: JwtSpec, claims: Claims, consumer: ConsumerSpec | undefined): Identity['headers'] => {
  let headers: HeaderEdits | null = null
  const add = (name: string, value: string): void => {
    headers ??= new HeaderEdits()
    headers.appendClean(name, value)
  }
  if (consumer !== undefined) add('x-consumer', consumer.name)
  for (const { claim, header } of spec.claimHeaders) {
    const text = printed(claimAt(claims, claim))
    if (text === undefined) continue
    const value = fieldValue(text)
    if (value.length <= LONGEST_HEADER) add(header, value)
  }
  return headers
}

/** A list has commas between its items and in none of them, or one could pass for two. */
const printed = (value: Json | undefined): string | undefined => {
  if (value === undefined || value === null) return undefined
  return Array.isArray(value) ? value.map(item => plain(item).replaceAll(',', '%2C')).join(',') : plain(value)
}

const plain = (value: Json): string => (typeof value === 'string' ? value : JSON.stringify(value))
