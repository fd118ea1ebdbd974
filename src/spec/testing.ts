import type { GatewaySpec, RouteSpec } from './spec.ts'
import type { ApiKeySpec, JwtSpec, RemoteKeysSpec } from './spec-auth.ts'
import type { RateLimitSpec } from './spec-policies.ts'

/** Of a route that asks nothing of anybody. */
export const OPEN = {
  auth: { need: 'none', ways: [], optional: false },
  access: undefined,
  limits: [],
  cors: undefined,
  ip: undefined,
} as const satisfies Partial<RouteSpec>

/** Of a gateway that knows nobody. */
export const NOBODY = {
  state: { kind: 'memory', keys: 1000 },
  auth: [],
  consumers: [],
} as const satisfies Partial<GatewaySpec>

export const REMOTE: RemoteKeysSpec = {
  url: 'https://id.example.com/jwks.json',
  discover: false,
  allowHttp: false,
  refreshMs: 600_000,
  timeoutMs: 5000,
}

/** The settings of the configuration's defaults. */
export const jwtSpec = (given: Partial<JwtSpec> = {}): JwtSpec => ({
  kind: 'jwt',
  name: 'main',
  from: [{ in: 'header', name: 'authorization', scheme: 'Bearer' }],
  forward: false,
  realm: 'sallyport',
  issuer: undefined,
  audience: [],
  algorithms: ['HS256'],
  keys: { kind: 'secret', secret: '' },
  requireExpiry: true,
  clockSkewMs: 60_000,
  maxLifetimeMs: 0,
  types: [],
  requiredClaims: [],
  rolesClaim: 'roles',
  scopesClaim: undefined,
  consumerClaim: undefined,
  claimHeaders: [],
  resourceMetadata: undefined,
  ...given,
})

export const apiKeySpec = (given: Partial<ApiKeySpec> = {}): ApiKeySpec => ({
  kind: 'apiKey',
  name: 'keys',
  from: [{ in: 'header', name: 'x-api-key', scheme: '' }],
  forward: false,
  realm: 'sallyport',
  ...given,
})

/** 100 a minute by address. */
export const rateLimit = (given: Partial<RateLimitSpec> = {}): RateLimitSpec => ({
  kind: 'rate',
  name: 'default',
  by: [{ kind: 'ip' }],
  dryRun: false,
  rate: { count: 100, perMs: 60_000, burst: 100 },
  tiers: [],
  algorithm: 'gcra',
  cost: { fixed: 1, responseHeader: '' },
  headers: 'ietf',
  onStoreFailure: 'local',
  ...given,
})
