import type { BodyRoom } from '../compose/body-room.ts'
import { fieldsPolicy } from '../compose/fields/fields-policy.ts'
import type { Policy } from '../core/policy.ts'
import type { Meter } from '../core/ports.ts'
import type { DropField } from '../http1/serialize.ts'
import { accessPolicy } from '../policies/auth/access.ts'
import { authPolicy } from '../policies/auth/auth-gate.ts'
import { corsPolicy } from '../policies/cors/cors.ts'
import { type FaultWorld, faultPolicy } from '../policies/fault/fault-policy.ts'
import { requestHeadersPolicy } from '../policies/header-edits/request-headers.ts'
import { responseHeadersPolicy } from '../policies/header-edits/response-headers.ts'
import { ipPolicy } from '../policies/ip-rules.ts'
import { isByIdentity, type LimitWorld, limitsAfter, limitsBefore } from '../policies/limits/limit-policies.ts'
import { type PluginWorld, pluginPolicies } from '../policies/plugin/plugin-policy.ts'
import { shedPolicy } from '../policies/shed/shed-policy.ts'
import type { Way } from '../policies/way.ts'
import { describePattern } from '../spec/route-name.ts'
import type { GatewaySpec, RouteSpec, ServiceSpec } from '../spec/spec.ts'
import { type TracingWorld, tracingPolicy } from '../telemetry/tracing/tracing-policy.ts'
import { headerEditsOf } from './header-edits-of.ts'

/** What the policies of one route are made with. */
export interface RouteParts {
  readonly meter: Meter
  /** Those the route names, in its order. */
  readonly ways: readonly Way[]
  readonly limits: LimitWorld
  readonly world: FaultWorld
  /** Fields that only the gateway may send. */
  readonly dropField: DropField
  /** For bodies that answers are made of. */
  readonly room: BodyRoom
  /** Whether this worker cannot keep up; asked only where load is shed. */
  readonly isLate: () => boolean
  /** Null where nothing is traced. */
  readonly tracing: TracingWorld | null
  readonly plugins: PluginWorld
}

/** What of the whole configuration decides about policies of all routes. */
export type Overall = Pick<GatewaySpec, 'shedLagMs' | 'tracing'>

export interface Builtin {
  readonly name: string
  /** Whether the route asks for it; where it does not, it is absent. */
  applies(route: RouteSpec, gateway: Overall): boolean
  /** Makes the policy of a route it applies to, or several that run one after the other. */
  make(route: RouteSpec, parts: RouteParts): Policy | readonly Policy[] | undefined
  /** What `explain` prints, where that is not the name. */
  shown?(route: RouteSpec): readonly string[]
}

/**
 * Every built-in policy in the order it runs (DESIGN §2): gates from the client inwards, then wraps from the outside
 * in. This list is the order; `sallyport explain` prints what a route has of it.
 */
export const BUILTINS: readonly Builtin[] = [
  {
    // It has no gate. Shapes run in this order, too: what others write into answers goes over what is written here.
    name: 'response headers',
    applies: route => route.responseHeaders.length > 0,
    make: ({ responseHeaders }, { dropField }) => responseHeadersPolicy(headerEditsOf(responseHeaders, dropField)),
  },
  {
    name: 'tracing',
    applies: (_route, { tracing }) => tracing !== undefined,
    make: ({ name, match }, { tracing }) =>
      tracing === null ? undefined : tracingPolicy(tracing, { name, template: describePattern(match) }),
  },
  {
    name: 'load shedding',
    applies: (_route, { shedLagMs }) => shedLagMs > 0,
    make: (_route, { isLate }) => shedPolicy(isLate),
  },
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
  {
    name: 'fault',
    applies: route => route.fault !== undefined,
    make: ({ fault }, { world }) => fault && faultPolicy(fault, world),
  },
  {
    name: 'request headers',
    applies: route => route.requestHeaders.length > 0,
    make: ({ requestHeaders }, { dropField }) => requestHeadersPolicy(headerEditsOf(requestHeaders, dropField)),
  },
  // Fields need answers that they can read: what they ask services for is the last word.
  {
    name: 'plugins',
    applies: route => route.plugins.length > 0,
    make: ({ name, plugins }, parts) => pluginPolicies(plugins, name, parts.plugins),
    shown: ({ plugins }) => plugins.map(({ name, parts }) => `plugin ${name}: ${parts.join(', ')}`),
  },
  {
    name: 'fields',
    applies: route => route.fields !== undefined,
    make: ({ fields }, { room }) => fields && fieldsPolicy(fields, room),
  },
]

/** The policies of a route in the order of the table. */
export const policiesOf = (route: RouteSpec, gateway: Overall, parts: RouteParts): Policy[] =>
  BUILTINS.filter(builtin => builtin.applies(route, gateway)).flatMap(builtin => builtin.make(route, parts) ?? [])

/** The names of what runs for a route, origin last. */
export const chainOf = (route: RouteSpec, gateway: Overall & Pick<GatewaySpec, 'services'>): string[] => [
  ...BUILTINS.filter(builtin => builtin.applies(route, gateway)).flatMap(({ name, shown }) => shown?.(route) ?? name),
  ...callNames(route, gateway.services),
  originName(route),
]

/** What stands around the calls of a route's services, where one of them has it; see `originOf`. */
const callNames = (route: RouteSpec, all: readonly ServiceSpec[]): string[] => {
  const { action } = route
  if (action.kind !== 'forward') return []
  const services = all.filter(({ name }) => action.to.some(({ service }) => service === name))
  const retried = (service: ServiceSpec): boolean => (route.retry ?? service.retry ?? 'none') !== 'none'
  return [
    ...(services.some(({ fallback }) => fallback !== undefined) ? ['fallback'] : []),
    ...(services.some(retried) ? ['retry'] : []),
    ...(services.some(({ breaker }) => breaker !== undefined) ? ['breaker'] : []),
    ...(services.some(({ targetBreaker }) => targetBreaker !== undefined) ? ['target breaker'] : []),
  ]
}

const originName = (route: RouteSpec): string => {
  const { action } = route
  if (action.kind === 'forward') return `forward to ${action.to.map(({ service }) => service).join(', ')}`
  if (action.kind === 'aggregate') return `aggregate ${action.branches.map(({ name }) => name).join(', ')}`
  if (action.kind === 'handler') return 'handler'
  return action.kind === 'respond' ? `respond ${action.status}` : `redirect ${action.status}`
}
