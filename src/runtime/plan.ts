import type { Chain } from '../core/flow.ts'
import type { Router } from '../routing/router.ts'
import type { GatewaySpec, RouteSpec } from '../spec/spec.ts'

/** A route, ready to run. */
export interface RoutePlan {
  readonly spec: RouteSpec
  /** Names of the pattern's parameters, in its order. */
  readonly params: readonly string[]
  readonly chain: Chain
}

/** A whole configuration, compiled and frozen. A request reads the live Plan once and keeps it to its end. */
export interface Plan {
  readonly spec: GatewaySpec
  readonly router: Router<RoutePlan>
  readonly slashes: GatewaySpec['slashes']
  readonly isTrusted: (address: string) => boolean
  /** Some route has a CORS policy. */
  readonly answersPreflights: boolean
  /** What runs around answers that belong to no route. */
  readonly unrouted: Chain
  /** Lets go of the State it holds. */
  release(): void
}
