import type { Policy } from '../core/policy.ts'
import type { Meter } from '../core/ports.ts'
import { accessPolicy } from '../policies/auth/access.ts'
import { authPolicy } from '../policies/auth/auth-gate.ts'
import { corsPolicy } from '../policies/cors/cors.ts'
import { ipPolicy } from '../policies/ip-rules.ts'
import { isByIdentity, type LimitWorld, limitsAfter, limitsBefore } from '../policies/limits/limit-policies.ts'
import type { Way } from '../policies/way.ts'
import type { RouteSpec } from '../spec/spec.ts'

/** What the policies of one route are made with. */
export interface RouteParts {
  readonly meter: Meter
  /** Those the route names, in its order. */
  readonly ways: readonly Way[]
  readonly limits: LimitWorld
}

export interface Builtin {
  readonly name: string
  /** Whether the route asks for it; where it does not, it is absent. */
  applies(route: RouteSpec): boolean
  /** Makes one policy of a route it applies to. */
  make(route: RouteSpec, parts: RouteParts): Policy | undefined
}

/**
 * Every built-in policy in the order it runs (DESIGN §2): gates from the client inwards, then wraps from the outside
 * in. This list is the order; `sallyport explain` prints what a route has of it.
 */
export const BUILTINS: readonly Builtin[] = [
  {
    name: 'CORS',
    applies: route => typeof route.cors === 'object',
    make: ({ cors, methods }) => (typeof cors === 'object' ? corsPolicy(cors, methods) : undefined),
  },
  {
    name: 'ip rules',
    applies: route => route.ip !== undefined,
    make: ({ ip }) => ip && ipPolicy(ip),
  },
  {
    name: 'limits',
    applies: route => route.limits.some(limit => !isByIdentity(limit)),
    make: (route, { limits }) => limitsBefore(route, limits),
  },
  {
    name: 'authentication',
    applies: route => route.auth.need !== 'none',
    make: ({ auth, cors }, { ways, meter }) => authPolicy(auth, ways, meter, cors === 'pass'),
  },
  {
    name: 'access',
    applies: route => route.access !== undefined,
    make: ({ access, cors }, { ways }) => access && accessPolicy(access, ways, cors === 'pass'),
  },
  {
    name: 'limits by identity',
    applies: route => route.limits.some(isByIdentity),
    make: (route, { limits }) => limitsAfter(route, limits),
  },
]

/** The policies of a route in the order of the table. */
export const policiesOf = (route: RouteSpec, parts: RouteParts): Policy[] =>
  BUILTINS.filter(builtin => builtin.applies(route)).flatMap(builtin => builtin.make(route, parts) ?? [])

/** The names of what runs for a route, origin last. */
export const chainOf = (route: RouteSpec): string[] => [
  ...BUILTINS.filter(builtin => builtin.applies(route)).map(builtin => builtin.name),
  originName(route),
]

const originName = (route: RouteSpec): string => {
  const { action } = route
  if (action.kind === 'forward') return `forward to ${action.to.map(({ service }) => service).join(', ')}`
  return action.kind === 'respond' ? `respond ${action.status}` : `redirect ${action.status}`
}
