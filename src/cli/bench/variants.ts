import type { GatewaySpec, RouteSpec, ServiceSpec } from '../../spec/spec.ts'
import { servicesOf } from './route-services.ts'

/** The configuration without one of the policies of a route. */
export interface Variant {
  /** What is left out, as `explain` calls it. */
  readonly name: string
  readonly spec: GatewaySpec
}

interface Removal {
  readonly name: string
  /** Whether the route has it at all. */
  applies(route: RouteSpec, spec: GatewaySpec): boolean
  without(route: RouteSpec, spec: GatewaySpec): GatewaySpec
}

const onRoute = (name: string, applies: (route: RouteSpec) => boolean, change: Partial<RouteSpec>): Removal => ({
  name,
  applies,
  without: (route, spec) => withRoute(spec, { ...route, ...change }),
})

const onServices = (
  name: string,
  applies: (service: ServiceSpec) => boolean,
  change: Partial<ServiceSpec>,
): Removal => ({
  name,
  applies: (route, spec) => servicesOf(route, spec).some(applies),
  without: (route, spec) => {
    const used = servicesOf(route, spec)
    return { ...spec, services: spec.services.map(each => (used.includes(each) ? { ...each, ...change } : each)) }
  },
})

const onGateway = (name: string, applies: (spec: GatewaySpec) => boolean, change: Partial<GatewaySpec>): Removal => ({
  name,
  applies: (_route, spec) => applies(spec),
  without: (_route, spec) => ({ ...spec, ...change }),
})

/** Access rules go with authentication: without it there is nobody they could be about. */
const REMOVALS: readonly Removal[] = [
  onGateway('load shedding', ({ shedLagMs }) => shedLagMs > 0, { shedLagMs: 0 }),
  onGateway('tracing', ({ tracing }) => tracing !== undefined, { tracing: undefined }),
  onRoute('CORS', ({ cors }) => cors !== undefined, { cors: undefined }),
  onRoute('ip rules', ({ ip }) => ip !== undefined, { ip: undefined }),
  onRoute('limits', ({ limits }) => limits.length > 0, { limits: [] }),
  onRoute('authentication', ({ auth }) => auth.need !== 'none', {
    auth: { need: 'none', ways: [], optional: false },
    access: undefined,
  }),
  onRoute('access', ({ access }) => access !== undefined, { access: undefined }),
  onRoute('fault', ({ fault }) => fault !== undefined, { fault: undefined }),
  onRoute('plugins', ({ plugins }) => plugins.length > 0, { plugins: [] }),
  onRoute('fields', ({ fields }) => fields !== undefined, { fields: undefined }),
  onServices('fallback', ({ fallback }) => fallback !== undefined, { fallback: undefined }),
  {
    name: 'retry',
    applies: (route, spec) =>
      route.action.kind === 'forward' &&
      servicesOf(route, spec).some(({ retry }) => (route.retry ?? retry ?? 'none') !== 'none'),
    without: (route, spec) => withRoute(spec, { ...route, retry: 'none' }),
  },
  onServices('breaker', ({ breaker }) => breaker !== undefined, { breaker: undefined }),
  onServices('target breaker', ({ targetBreaker }) => targetBreaker !== undefined, { targetBreaker: undefined }),
  onServices('outliers', ({ outliers }) => outliers !== undefined, { outliers: undefined }),
  onGateway('access log', ({ accessLog }) => accessLog !== undefined, { accessLog: undefined }),
]

/** One for each policy that the route has, in the order they run; where there are several, one without any. */
export const variantsOf = (spec: GatewaySpec, name: string): readonly Variant[] => {
  const find = (within: GatewaySpec): RouteSpec | undefined => within.routes.find(route => route.name === name)
  const route = find(spec)
  if (route === undefined) return []
  const removals = REMOVALS.filter(removal => removal.applies(route, spec))
  const single = removals.map(removal => ({ name: removal.name, spec: removal.without(route, spec) }))
  if (single.length < 2) return single
  const none = removals.reduce((rest, removal) => removal.without(find(rest) ?? route, rest), spec)
  return [...single, { name: ALL, spec: none }]
}

export const ALL = 'all of these'

const withRoute = (spec: GatewaySpec, changed: RouteSpec): GatewaySpec => ({
  ...spec,
  routes: spec.routes.map(route => (route.name === changed.name ? changed : route)),
})
