import type { EndpointSpec, ForwardSpec, GatewaySpec, RouteSpec, ServiceSpec } from './spec.ts'
import type { AggregateSpec, BranchSpec } from './spec-aggregate.ts'
import type { ApiKeySpec, JwtSpec, RemoteKeysSpec } from './spec-auth.ts'
import type { RateLimitSpec } from './spec-policies.ts'
import type { BreakerSpec, RetrySpec } from './spec-resilience.ts'

/** Of a route that asks nothing of anybody. */
export const OPEN = {
  auth: { need: 'none', ways: [], optional: false },
  access: undefined,
  limits: [],
  cors: undefined,
  ip: undefined,
  retry: undefined,
  fault: undefined,
  frontend: '',
  listeners: [],
  fields: undefined,
  plugins: [],
  requestHeaders: [],
  responseHeaders: [],
} as const satisfies Partial<RouteSpec>

/** Of a service that takes its targets in turn and knows nothing of their health. */
export const ROBUST_OFF = {
  discover: undefined,
  balance: { kind: 'round-robin' },
  slowStartMs: 0,
  panic: 0,
  health: undefined,
  outliers: undefined,
  breaker: undefined,
  targetBreaker: undefined,
  retry: undefined,
  fallback: undefined,
  deadlineHeader: '',
} as const satisfies Partial<ServiceSpec>

/** `where`: host and port. */
export const endpointSpec = (where: string, given: Partial<EndpointSpec> = {}): EndpointSpec => {
  const [host = '', port = '80'] = where.split(':')
  return {
    url: `${given.tls ? 'https' : 'http'}://${where}`,
    tls: false,
    host,
    port: Number(port),
    authority: where,
    basePath: '',
    weight: 1,
    priority: 0,
    address: '',
    ...given,
  }
}

export const TIMEOUTS: ServiceSpec['timeouts'] = {
  connectMs: 1000,
  tlsMs: 1000,
  headMs: 1000,
  idleMs: 1000,
  totalMs: 0,
}

export const UNLIMITED: ServiceSpec['connections'] = {
  max: 0,
  maxTotal: 0,
  open: 0,
  queue: 0,
  waitMs: 1000,
  idleMs: 1000,
}

export const serviceSpec = (name: string, given: Partial<ServiceSpec> = {}): ServiceSpec => ({
  name,
  endpoints: [],
  host: 'target',
  via: true,
  timeouts: TIMEOUTS,
  connections: UNLIMITED,
  ...ROBUST_OFF,
  ...given,
})

/** One retry, at once. */
export const retrySpec = (given: Partial<RetrySpec> = {}): RetrySpec => ({
  attempts: 2,
  on: ['connect', 503],
  perTryMs: 0,
  backoffMs: { least: 0, most: 0 },
  budget: 0,
  minRetries: 0,
  maxBodyBytes: 0,
  anyMethod: false,
  maxRetryAfterMs: 0,
  ...given,
})

const BREAKER: BreakerSpec = {
  failureRate: 0.5,
  slowRate: 0,
  slowMs: 0,
  consecutiveFailures: 0,
  minRequests: 20,
  windowMs: 10_000,
  openMs: 5000,
  halfOpenRequests: 3,
  rampMs: 0,
}

/** Everything to one service. */
export const forwardTo = (service: string, given: Partial<ForwardSpec> = {}): ForwardSpec => ({
  kind: 'forward',
  to: [{ service, weight: 1 }],
  split: { sticky: undefined, header: '', cookie: '' },
  stripPrefix: false,
  rewrite: undefined,
  host: '',
  ...given,
})

/** GET / of a service called like it. */
export const branchSpec = (name: string, given: Partial<BranchSpec> = {}): BranchSpec => ({
  name,
  service: name,
  method: 'GET',
  path: ['/'],
  query: [],
  headers: [],
  body: undefined,
  required: false,
  timeoutMs: 0,
  retry: undefined,
  fallback: undefined,
  when: [],
  expect: [[200, 299]],
  maxBytes: 1_048_576,
  edits: [],
  ...given,
})

/** The settings of the configuration's defaults. */
export const aggregateSpec = (branches: readonly BranchSpec[], given: Partial<AggregateSpec> = {}): AggregateSpec => ({
  kind: 'aggregate',
  deadlineMs: 500,
  branches,
  shape: { kind: 'object' },
  meta: false,
  whenEmpty: 'error',
  maxBytes: 4_194_304,
  passHeaders: [],
  headers: [],
  takeHeaders: [],
  typed: undefined,
  ...given,
})

/** Of a gateway that knows nobody. */
export const NOBODY = {
  tracing: undefined,
  shedLagMs: 0,
  bodyRoom: 64 * 1024 * 1024,
  state: { kind: 'memory', keys: 1000 },
  auth: [],
  consumers: [],
  frontends: [],
  unroutedHeaders: [],
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

/** Of a service that has everything that helps it survive, with the configuration's defaults. */
export const ROBUST_ON = {
  ...ROBUST_OFF,
  connections: { ...UNLIMITED, max: 100, queue: 10 },
  panic: 0.5,
  health: {
    probe: { kind: 'tcp' },
    port: 0,
    intervalMs: 5000,
    jitter: 0.1,
    timeoutMs: 1000,
    healthyAfter: 2,
    unhealthyAfter: 3,
  },
  outliers: {
    consecutiveErrors: 5,
    consecutiveLocalErrors: 0,
    failureRate: 0,
    deviation: 0,
    minRequests: 100,
    minTargets: 3,
    intervalMs: 10_000,
    ejectMs: 30_000,
    maxEjectMs: 300_000,
    maxEjected: 0.5,
    dryRun: false,
  },
  breaker: BREAKER,
  targetBreaker: BREAKER,
  retry: retrySpec(),
  fallback: { on: ['open'], answer: { kind: 'respond', status: 200, headers: [], body: '' } },
} as const satisfies Partial<ServiceSpec>
