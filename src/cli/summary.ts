import { showAddress } from '../spec/address.ts'
import { describeAggregate, describeBranches } from '../spec/describe-aggregate.ts'
import { describeAccess, describeConsumer, describeRule, describeWay } from '../spec/describe-auth.ts'
import { describeClaim } from '../spec/describe-frontend.ts'
import { describeIp, describeLimit } from '../spec/describe-limits.ts'
import { describeRedirect } from '../spec/describe-redirect.ts'
import { describeDiscover, describeService } from '../spec/describe-services.ts'
import { describeShaping } from '../spec/describe-shaping.ts'
import { describeTracing } from '../spec/describe-tracing.ts'
import { compareRoutes } from '../spec/precedence.ts'
import { describePattern } from '../spec/route-name.ts'
import type { ActionSpec, GatewaySpec, RouteSpec, ServiceSpec } from '../spec/spec.ts'
import { showDuration } from '../spec/units.ts'
import { section, withDetails } from './columns.ts'

/**
 * What a configuration comes to: listeners, who may come, services with their targets, routes in the order they are
 * tried, each with what it asks of a request.
 */
export const summarize = (spec: GatewaySpec): string =>
  [
    section('Listeners', listenerRows(spec)),
    ...identitySections(spec),
    ...overloadSection(spec),
    ...tracingSection(spec),
    servicesSection(spec),
    ...routeSections(spec),
  ].join('\n')

/** Absent where nobody can prove anything and limits are counted as usual. */
const identitySections = ({ auth, consumers, state }: GatewaySpec): string[] => [
  ...(state.kind === 'redis'
    ? [
        section('State', [
          ['redis', `${redisHost(state.url)}, prefix ${state.prefix}, answers within ${state.timeoutMs}ms`],
        ]),
      ]
    : []),
  ...(auth.length > 0
    ? [
        section(
          'Ways to prove who one is',
          auth.map(way => [way.name, describeWay(way)]),
        ),
      ]
    : []),
  ...(consumers.length > 0
    ? [
        section(
          'Consumers',
          consumers.map(consumer => [consumer.name, describeConsumer(consumer)]),
        ),
      ]
    : []),
]

/** The rest of the URL may hold a password. */
const redisHost = (url: string): string => new URL(url).host

const overloadSection = ({ shedLagMs }: GatewaySpec): string[] =>
  shedLagMs === 0
    ? []
    : [
        section('Overload', [
          [`new requests are refused while a worker is late by more than ${showDuration(shedLagMs)}`],
        ]),
      ]

const tracingSection = ({ tracing }: GatewaySpec): string[] =>
  tracing === undefined ? [] : [section('Tracing', [[describeTracing(tracing)]])]

const servicesSection = ({ services }: GatewaySpec): string => {
  const names = services.reduce((most, { name }) => Math.max(most, name.length), 0)
  return withDetails(
    section(
      'Services',
      services.map(service => [service.name, describeTargets(service)]),
    ),
    names + 4,
    services.map(describeService),
  )
}

/** Those of each frontend apart: only they are asked for what it claims. */
const routeSections = ({ routes, frontends, auth }: GatewaySpec): string[] => [
  ...frontends.map(frontend =>
    routesSection(
      `Frontend ${frontend.name}: ${describeClaim(frontend)}`,
      routes.filter(route => route.frontend === frontend.name),
      auth.length > 0,
    ),
  ),
  routesSection(
    'Routes, in the order they are tried',
    routes.filter(({ frontend }) => frontend === ''),
    auth.length > 0,
  ),
]

const routesSection = (title: string, given: readonly RouteSpec[], known: boolean): string => {
  const routes = given.toSorted(compareRoutes)
  const methods = routes.reduce((most, route) => Math.max(most, describeMethods(route).length), 0)
  return withDetails(
    section(title, routes.map(routeRow)),
    methods + 6,
    routes.map(route => describeAsks(route, known)),
  )
}

/** What a route asks of a request. That it asks nothing matters where others ask something. */
const describeAsks = (route: RouteSpec, known: boolean): string[] => [
  ...(known ? [describeRule(route.auth)] : []),
  ...(route.access === undefined ? [] : describeAccess(route.access)),
  ...route.limits.map(describeLimit),
  ...(route.ip === undefined ? [] : describeIp(route.ip)),
  ...(route.cors === undefined ? [] : ['CORS']),
  ...describeShaping(route),
  ...(route.action.kind === 'aggregate' ? describeBranches(route.action) : []),
]

const listenerRows = ({ listeners, admin }: GatewaySpec): string[][] => [
  ...listeners.map(listener => [
    listener.name,
    `${listener.tls === undefined ? 'http' : 'https'}://${showAddress(listener)}`,
  ]),
  ...(admin === undefined ? [] : [['admin', `http://${showAddress(admin)}`]]),
]

const describeTargets = ({ endpoints, discover }: ServiceSpec): string => {
  if (discover !== undefined) return describeDiscover(discover)
  const weighted = endpoints.some(({ weight }) => weight !== 1)
  return endpoints.map(({ url, weight }) => (weighted ? `${url} (weight ${weight})` : url)).join(', ')
}

const describeMethods = ({ methods }: RouteSpec): string => methods.join(',') || 'any'

const routeRow = (route: RouteSpec): string[] => [
  describeMethods(route),
  describePredicates(route),
  `→ ${describeAction(route.action)}`,
  route.place ?? '',
]

const describePredicates = ({ hosts, match, headers, query, priority }: RouteSpec): string =>
  [
    `${hosts.join(',')}${describePattern(match)}`,
    ...headers.map(({ name }) => `${name}: ...`),
    ...query.map(({ name }) => `?${name}=...`),
    ...(priority === 0 ? [] : [`priority ${priority}`]),
  ].join(' ')

const describeAction = (action: ActionSpec): string => {
  if (action.kind === 'respond') return `respond ${action.status}`
  if (action.kind === 'redirect') return `redirect ${action.status} ${describeRedirect(action)}`
  if (action.kind === 'aggregate') return `aggregate of ${describeAggregate(action)}`
  if (action.kind === 'handler') return `handler in ${action.typed.module.name}`
  const total = action.to.reduce((sum, { weight }) => sum + weight, 0)
  const share = (weight: number): string => `${Math.round((weight / total) * 1000) / 10}%`
  const services = action.to.map(({ service, weight }) =>
    action.to.length > 1 ? `${service} ${share(weight)}` : service,
  )
  const change = action.stripPrefix ? ', prefix stripped' : action.rewrite === undefined ? '' : ` as ${action.rewrite}`
  return services.join(', ') + change
}
