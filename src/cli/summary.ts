import { showAddress } from '../spec/address.ts'
import { describeAccess, describeConsumer, describeRule, describeWay } from '../spec/describe-auth.ts'
import { describeIp, describeLimit } from '../spec/describe-limits.ts'
import { compareRoutes } from '../spec/precedence.ts'
import type { ActionSpec, GatewaySpec, RouteSpec, ServiceSpec } from '../spec/spec.ts'

/**
 * What a configuration comes to: listeners, who may come, services with their targets, routes in the order they are
 * tried, each with what it asks of a request.
 */
export const summarize = (spec: GatewaySpec): string =>
  [
    section('Listeners', listenerRows(spec)),
    ...identitySections(spec),
    section(
      'Services',
      spec.services.map(service => [service.name, describeTargets(service)]),
    ),
    routesSection(spec),
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

const routesSection = (spec: GatewaySpec): string => {
  const routes = spec.routes.toSorted(compareRoutes)
  const [title = '', ...rows] = section('Routes, in the order they are tried', routes.map(routeRow)).split('\n')
  const methods = routes.reduce((most, route) => Math.max(most, describeMethods(route).length), 0)
  const indent = ' '.repeat(methods + 6)
  return [
    title,
    ...rows.flatMap((row, i) => {
      const asks = routes[i] === undefined ? [] : describeAsks(routes[i], spec.auth.length > 0)
      return [row, ...wrap(asks, WIDTH - indent.length).map(line => indent + line)]
    }),
  ].join('\n')
}

const WIDTH = 110

/** Lines of items, none wider than `width` unless an item is. */
const wrap = (items: readonly string[], width: number): string[] => {
  const lines: string[] = []
  for (const item of items) {
    const last = lines.at(-1)
    if (last === undefined || last.length + item.length + 3 > width) lines.push(item)
    else lines[lines.length - 1] = `${last} · ${item}`
  }
  return lines
}

/** What a route asks of a request. That it asks nothing matters where others ask something. */
const describeAsks = (route: RouteSpec, known: boolean): string[] => [
  ...(known ? [describeRule(route.auth)] : []),
  ...(route.access === undefined ? [] : describeAccess(route.access)),
  ...route.limits.map(describeLimit),
  ...(route.ip === undefined ? [] : describeIp(route.ip)),
  ...(route.cors === undefined ? [] : ['CORS']),
]

const section = (title: string, rows: readonly (readonly string[])[]): string =>
  `${title}\n${rows.length === 0 ? '  none\n' : table(rows)}`

/** Columns as wide as their widest cell; the last one is not padded. */
const table = (rows: readonly (readonly string[])[]): string => {
  const widths = (rows[0] ?? []).map((_, i) => rows.reduce((widest, row) => Math.max(widest, row[i]?.length ?? 0), 0))
  return rows
    .map(
      row =>
        `  ${row
          .map((cell, i) => cell.padEnd(widths[i] ?? 0))
          .join('  ')
          .trimEnd()}\n`,
    )
    .join('')
}

const listenerRows = ({ listeners, admin }: GatewaySpec): string[][] => [
  ...listeners.map(listener => [
    listener.name,
    `${listener.tls === undefined ? 'http' : 'https'}://${showAddress(listener)}`,
  ]),
  ...(admin === undefined ? [] : [['admin', `http://${showAddress(admin)}`]]),
]

const describeTargets = ({ endpoints }: ServiceSpec): string => {
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
    `${hosts.join(',')}${match.kind === 'prefix' ? `${match.pattern.replace(/\/+$/, '')}/*` : match.pattern}`,
    ...headers.map(({ name }) => `${name}: ...`),
    ...query.map(({ name }) => `?${name}=...`),
    ...(priority === 0 ? [] : [`priority ${priority}`]),
  ].join(' ')

const describeAction = (action: ActionSpec): string => {
  if (action.kind === 'respond') return `respond ${action.status}`
  if (action.kind === 'redirect') return `redirect ${action.status} ${action.to}`
  const total = action.to.reduce((sum, { weight }) => sum + weight, 0)
  const share = (weight: number): string => `${Math.round((weight / total) * 1000) / 10}%`
  const services = action.to.map(({ service, weight }) =>
    action.to.length > 1 ? `${service} ${share(weight)}` : service,
  )
  const change = action.stripPrefix ? ', prefix stripped' : action.rewrite === undefined ? '' : ` as ${action.rewrite}`
  return services.join(', ') + change
}
