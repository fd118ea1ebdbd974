import { urlLabel } from '../base/url-label.ts'
import type { GatewaySpec } from './spec.ts'
import type { AuthSpec, ConsumerSpec, CredentialPlaceSpec, JwtKeysSpec } from './spec-auth.ts'
import type { AccessSpec, AuthRuleSpec, LabelsRuleSpec } from './spec-policies.ts'
import { listWords } from './suggest.ts'

/** Who may pass, in words. Nothing here shows a secret or the hash of a key. */

/** `main or keys`, `main and keys, or nobody`, `open`. */
export const describeRule = ({ need, ways, optional }: AuthRuleSpec): string => {
  if (need === 'none') return 'open'
  return `${listWords(ways, need === 'all' ? 'and' : 'or')}${optional ? ', optional' : ''}`
}

/** `jwt RS256, ES256 from header authorization (Bearer), keys from https://...`. */
export const describeWay = (way: AuthSpec): string => {
  const places = `in ${listWords(way.from.map(describePlace), 'or')}`
  if (way.kind === 'apiKey') return `API key ${places}`
  return `token (${way.algorithms.join(', ')}) ${places}; ${describeKeys(way.keys)}`
}

const describePlace = (place: CredentialPlaceSpec): string => {
  if (place.in !== 'header') return `${place.in} ${place.name}`
  return `header ${place.name}${place.scheme === '' ? '' : ` (${place.scheme})`}`
}

const describeKeys = (keys: JwtKeysSpec): string => {
  if (keys.kind === 'secret') return 'shared secret'
  if (keys.kind === 'static') return keys.keys.length === 1 ? 'one public key' : `${keys.keys.length} public keys`
  return `keys ${keys.discover ? 'by discovery ' : ''}from ${urlLabel(keys.url)}`
}

export const describeConsumer = ({ keys, roles, scopes, tier }: ConsumerSpec): string => {
  const disabled = keys.filter(key => key.disabled).length
  return [
    `${keys.length} key${keys.length === 1 ? '' : 's'}${disabled === 0 ? '' : ` (${disabled} disabled)`}`,
    ...(roles.length > 0 ? [`roles ${roles.join(', ')}`] : []),
    ...(scopes.length > 0 ? [`scopes ${scopes.join(', ')}`] : []),
    ...(tier === '' ? [] : [`tier ${tier}`]),
  ].join('; ')
}

/** The conditions one by one: `role admin or editor`. */
export const describeAccess = ({ roles, scopes, consumers, claims }: AccessSpec): string[] => [
  ...(roles === undefined ? [] : [`role ${labels(roles)}`]),
  ...(scopes === undefined ? [] : [`scope ${labels(scopes)}`]),
  ...(consumers.length > 0 ? [`consumer ${listWords(consumers, 'or')}`] : []),
  ...claims.map(({ claim, values }) => `claim ${claim} = ${listWords(values.map(String), 'or')}`),
]

const labels = ({ need, values }: LabelsRuleSpec): string => listWords(values, need === 'all' ? 'and' : 'or')

/** What a request needs in order to pass, a line for each thing. */
export const explainAuth = (
  { auth }: Pick<GatewaySpec, 'auth'>,
  rule: AuthRuleSpec,
  access: AccessSpec | undefined,
): string[] => {
  if (rule.need === 'none') return ['anybody']
  const ways = rule.ways.map(name => {
    const way = auth.find(one => one.name === name)
    return way === undefined ? name : `${name}: ${describeWay(way)}`
  })
  return [
    ...(ways.length === 1 ? ways : [`${rule.need === 'all' ? 'all' : 'any'} of`, ...ways.map(line => `  ${line}`)]),
    ...(rule.optional ? ['without a credential a request passes as nobody; with a bad one it is refused'] : []),
    ...(access === undefined ? [] : describeAccess(access).map(condition => `needs ${condition}`)),
  ]
}
