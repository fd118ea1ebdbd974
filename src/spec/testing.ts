import type { GatewaySpec, RouteSpec } from './spec.ts'

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
