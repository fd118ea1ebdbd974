import { ERROR_CODES } from '../base/errors.ts'
import { urlLabel } from '../base/url-label.ts'
import { type Labels, MOST_COUNTED_CONSUMERS } from '../core/ports.ts'
import type { EndpointSpec, GatewaySpec, RouteSpec, ServiceSpec } from '../spec/spec.ts'
import type { AuthSpec } from '../spec/spec-auth.ts'
import {
  AUTH_RESULTS,
  BRANCH_OUTCOMES,
  BREAKER_STATES,
  CONSUMER_RESULTS,
  FAILED_OUTCOMES,
  FETCH_RESULTS,
  LIMIT_RESULTS,
  METRICS,
  type MetricName,
  NO_ROUTE_LABEL,
  PROBE_RESULTS,
  RELOAD_RESULTS,
  RESTART_REASONS,
  RETRY_REASONS,
  SPAN_DROP_REASONS,
  STATUS_CLASSES,
  STORE_FAILURES,
  STORE_FALLBACKS,
} from './catalogue.ts'
import { routeLabels } from './route-labels.ts'
import type { SeriesKey } from './series-key.ts'

const one = (name: MetricName, labels: Labels = {}): SeriesKey => ({ name, kind: METRICS[name].kind, labels })

/** `base` with every value of one more label. */
const each = (name: MetricName, label: string, values: readonly string[], base: Labels = {}): SeriesKey[] =>
  values.map(value => one(name, { ...base, [label]: value }))

/**
 * All series a Spec can produce. Routes come last: they are what there can be too many of, and what does not fit is cut
 * at the end.
 */
export const seriesOf = (spec: GatewaySpec): SeriesKey[] => [
  ...processSeries(spec.workers),
  ...spec.listeners.flatMap(({ name }) => listenerSeries(name)),
  ...routeSeries(NO_ROUTE_LABEL),
  ...storeSeries(spec.state),
  ...(spec.tracing === undefined ? [] : TRACING_SERIES),
  ...spec.auth.flatMap(authSeries),
  ...pluginSeries(spec.routes),
  ...spec.services.flatMap(service => serviceSeries(service, spec.routes)),
  ...consumerSeries(spec),
  ...spec.routes.flatMap(({ name, frontend }) => routeSeries(name, frontend)),
  ...spec.routes.flatMap(limitSeries),
  ...spec.routes.flatMap(branchSeries),
]

const processSeries = (workers: number): SeriesKey[] => [
  one('sallyport_requests_in_flight'),
  one('sallyport_access_log_dropped_total'),
  one('sallyport_held_body_bytes'),
  one('sallyport_held_body_refused_total'),
  ...each('sallyport_errors_total', 'code', ERROR_CODES),
  ...each('sallyport_reloads_total', 'result', RELOAD_RESULTS),
  one('sallyport_code_failures_total'),
  ...each('sallyport_worker_restarts_total', 'reason', RESTART_REASONS),
  ...each(
    'sallyport_event_loop_lag_seconds',
    'worker',
    Array.from({ length: workers }, (_, worker) => String(worker)),
  ),
]

const TRACING_SERIES: readonly SeriesKey[] = [
  one('sallyport_spans_exported_total'),
  ...each('sallyport_spans_dropped_total', 'reason', SPAN_DROP_REASONS),
]

/** One that runs on several routes is counted once. */
const pluginSeries = (routes: readonly RouteSpec[]): SeriesKey[] => {
  const parts = new Map<string, Set<string>>()
  for (const plugin of routes.flatMap(({ plugins }) => plugins)) {
    parts.set(plugin.name, new Set([...(parts.get(plugin.name) ?? []), ...plugin.parts]))
  }
  return [...parts].flatMap(([plugin, all]) => each('sallyport_plugin_errors_total', 'part', [...all], { plugin }))
}

const listenerSeries = (listener: string): SeriesKey[] => [
  one('sallyport_connections', { listener }),
  one('sallyport_connections_total', { listener }),
]

const serviceSeries = (spec: ServiceSpec, routes: readonly RouteSpec[]): SeriesKey[] => {
  const { name: service, breaker, retry, panic, fallback, endpoints } = spec
  const retried = retry !== undefined || routes.some(route => typeof route.retry === 'object')
  return [
    ...(retried ? each('sallyport_upstream_retries_total', 'reason', RETRY_REASONS, { service }) : []),
    ...(retried ? [one('sallyport_retry_budget_exhausted_total', { service })] : []),
    ...(breaker === undefined ? [] : breakerSeries(service, '')),
    ...(panic === 0 ? [] : [one('sallyport_panicking_workers', { service })]),
    ...(fallback === undefined ? [] : [one('sallyport_fallbacks_total', { service })]),
    ...endpoints.flatMap(endpoint => targetSeries(spec, endpoint)),
  ]
}

const breakerSeries = (service: string, target: string): SeriesKey[] =>
  each('sallyport_breaker_changes_total', 'to', BREAKER_STATES, { service, target })

const storeSeries = (state: GatewaySpec['state']): SeriesKey[] =>
  state.kind === 'memory'
    ? []
    : [
        one('sallyport_store_up'),
        ...each('sallyport_store_failures_total', 'reason', STORE_FAILURES),
        ...each('sallyport_store_fallbacks_total', 'decision', STORE_FALLBACKS),
      ]

const authSeries = (way: AuthSpec): SeriesKey[] => [
  ...each('sallyport_auth_total', 'result', AUTH_RESULTS, { way: way.name }),
  ...(way.kind === 'jwt' && way.keys.kind === 'remote'
    ? each('sallyport_key_set_fetches_total', 'result', FETCH_RESULTS, { source: urlLabel(way.keys.url) })
    : []),
]

const consumerSeries = ({ consumers, routes }: GatewaySpec): SeriesKey[] => {
  if (routes.every(({ limits }) => limits.length === 0)) return []
  return consumers
    .slice(0, MOST_COUNTED_CONSUMERS)
    .flatMap(({ name }) => each('sallyport_consumer_requests_total', 'result', CONSUMER_RESULTS, { consumer: name }))
}

const limitSeries = ({ name: route, limits }: RouteSpec): SeriesKey[] =>
  limits.flatMap(({ name: limit }) => each('sallyport_limit_requests_total', 'result', LIMIT_RESULTS, { route, limit }))

/** Of one target; the main thread asks for them too when discovery finds one. */
export const targetSeries = (
  { name: service, health, targetBreaker }: ServiceSpec,
  { url }: EndpointSpec,
): SeriesKey[] => {
  const labels = { service, target: url }
  return [
    ...callSeries(labels),
    ...(health === undefined ? [] : each('sallyport_health_probes_total', 'result', PROBE_RESULTS, labels)),
    ...(targetBreaker === undefined ? [] : breakerSeries(service, url)),
  ]
}

const callSeries = (labels: Labels): SeriesKey[] => [
  ...each('sallyport_upstream_requests_total', 'outcome', [...STATUS_CLASSES, ...FAILED_OUTCOMES], labels),
  one('sallyport_upstream_duration_seconds', labels),
  one('sallyport_upstream_in_flight', labels),
  one('sallyport_upstream_connections', labels),
]

const branchSeries = ({ name: route, action }: RouteSpec): SeriesKey[] => {
  if (action.kind !== 'aggregate') return []
  return action.branches.flatMap(({ name: branch }) => [
    ...each('sallyport_branch_requests_total', 'outcome', BRANCH_OUTCOMES, { route, branch }),
    one('sallyport_branch_duration_seconds', { route, branch }),
  ])
}

const routeSeries = (route: string, frontend = ''): SeriesKey[] => {
  const labels = routeLabels(route, frontend)
  return [
    ...each('sallyport_requests_total', 'status', STATUS_CLASSES, labels),
    one('sallyport_request_duration_seconds', labels),
    one('sallyport_request_bytes_total', labels),
    one('sallyport_response_bytes_total', labels),
  ]
}
