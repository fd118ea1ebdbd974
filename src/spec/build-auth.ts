import { claimHeaders } from './claim-headers.ts'
import { credentialPlaces, headerPlace } from './credential-places.ts'
import { secretBytes } from './hmac-secret.ts'
import { fitsAlgorithm, keysIn } from './jwk.ts'
import { parseMoment } from './moment.ts'
import { PLACEHOLDER } from './schema/consumers.ts'
import type { CheckedConfig } from './schema.ts'
import type {
  ApiKeySpec,
  AuthSpec,
  ConsumerKeySpec,
  ConsumerSpec,
  CredentialPlaceSpec,
  JwtKeysSpec,
  JwtSpec,
} from './spec-auth.ts'

type Way = CheckedConfig['auth'][string]
type Jwt = NonNullable<Way['jwt']>
type ApiKey = NonNullable<Way['apiKey']>
type Consumer = CheckedConfig['consumers'][string]

export const buildAuth = (auth: CheckedConfig['auth']): AuthSpec[] =>
  Object.entries(auth).flatMap(([name, { jwt, apiKey }]): AuthSpec[] => {
    if (jwt !== undefined) return [buildJwt(name, jwt)]
    return apiKey === undefined ? [] : [buildApiKey(name, apiKey)]
  })

const buildJwt = (name: string, jwt: Jwt): JwtSpec => ({
  kind: 'jwt',
  name,
  from: credentialPlaces(jwt.from),
  forward: jwt.forward,
  realm: jwt.realm,
  issuer: jwt.issuer,
  audience: jwt.audience ?? [],
  algorithms: [...new Set(jwt.algorithms)],
  keys: buildKeys(jwt),
  requireExpiry: jwt.requireExpiry,
  clockSkewMs: jwt.clockSkew,
  maxLifetimeMs: jwt.maxLifetime ?? 0,
  // RFC 7515 §4.1.9: `application/` may be left out.
  types: jwt.types?.map(type => type.toLowerCase().replace(/^application\//, '')) ?? [],
  requiredClaims: jwt.requiredClaims ?? [],
  rolesClaim: jwt.rolesClaim,
  scopesClaim: jwt.scopesClaim,
  consumerClaim: jwt.consumerClaim,
  claimHeaders: claimHeaders(jwt.claimHeaders).flatMap(({ claim, header }) =>
    header === undefined ? [] : [{ claim, header }],
  ),
  resourceMetadata: jwt.resourceMetadata,
})

const buildKeys = ({ secret, secretEncoding, keys, algorithms, ...remote }: Jwt): JwtKeysSpec => {
  if (secret !== undefined) {
    const bytes = secretBytes(secret, secretEncoding)
    if (bytes === undefined) throw new Error('unchecked secret')
    return { kind: 'secret', secret: bytes.toString('base64url') }
  }
  if (keys !== undefined) {
    const all = (Array.isArray(keys) ? keys : [keys]).flatMap(entry => keysIn(entry) ?? [])
    return { kind: 'static', keys: all.filter(jwk => algorithms.some(algorithm => fitsAlgorithm(jwk, algorithm))) }
  }
  return {
    kind: 'remote',
    url: remote.jwks ?? remote.issuer ?? '',
    discover: remote.jwks === undefined,
    allowHttp: remote.allowHttp,
    refreshMs: remote.refresh,
    timeoutMs: remote.timeout,
  }
}

const buildApiKey = (name: string, { header, scheme, query, cookie, forward, realm }: ApiKey): ApiKeySpec => {
  const from: CredentialPlaceSpec[] = []
  if (header !== undefined) from.push(headerPlace(header, scheme))
  if (cookie !== undefined) from.push({ in: 'cookie', name: cookie })
  if (query !== undefined) from.push({ in: 'query', name: query })
  return { kind: 'apiKey', name, from, forward, realm }
}

export const buildConsumers = (consumers: CheckedConfig['consumers']): ConsumerSpec[] =>
  Object.entries(consumers).map(([name, { keys, roles, scopes, tier }]) => ({
    name,
    keys: keys.flatMap(buildKey),
    roles,
    scopes,
    tier: tier ?? '',
  }))

const buildKey = (key: Consumer['keys'][number]): ConsumerKeySpec[] => {
  const { hash, expires, disabled } = typeof key === 'string' ? { hash: key, expires: undefined, disabled: false } : key
  if (hash === PLACEHOLDER) return []
  const expiresAt = expires === undefined ? 0 : (parseMoment(expires) ?? 0)
  return [{ hash: hash.slice('sha256:'.length).toLowerCase(), expiresAt, disabled }]
}
