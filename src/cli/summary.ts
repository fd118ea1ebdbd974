import { showAddress } from '../spec/address.ts'
import { compareRoutes } from '../spec/precedence.ts'
import type { ActionSpec, GatewaySpec, RouteSpec, ServiceSpec } from '../spec/spec.ts'

/** What a configuration comes to: listeners, services with their targets, routes in the order they are tried. */
export const summarize = (spec: GatewaySpec): string =>
  [
    section('Listeners', listenerRows(spec)),
    section(
      'Services',
      spec.services.map(service => [service.name, describeTargets(service)]),
    ),
    section('Routes, in the order they are tried', spec.routes.toSorted(compareRoutes).map(routeRow)),
  ].join('\n')

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

const routeRow = (route: RouteSpec): string[] => [
  route.methods.join(',') || 'any',
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
