import { ERROR_CODES } from '../base/errors.ts'
import type { Labels } from '../core/ports.ts'
import type { GatewaySpec, ServiceSpec } from '../spec/spec.ts'
import {
  FAILED_OUTCOMES,
  METRICS,
  type MetricName,
  NO_ROUTE_LABEL,
  RELOAD_RESULTS,
  RESTART_REASONS,
  STATUS_CLASSES,
} from './catalogue.ts'
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
  ...spec.services.flatMap(serviceSeries),
  ...spec.routes.flatMap(({ name }) => routeSeries(name)),
]

const processSeries = (workers: number): SeriesKey[] => [
  one('sallyport_requests_in_flight'),
  one('sallyport_access_log_dropped_total'),
  ...each('sallyport_errors_total', 'code', ERROR_CODES),
  ...each('sallyport_reloads_total', 'result', RELOAD_RESULTS),
  ...each('sallyport_worker_restarts_total', 'reason', RESTART_REASONS),
  ...each(
    'sallyport_event_loop_lag_seconds',
    'worker',
    Array.from({ length: workers }, (_, worker) => String(worker)),
  ),
]

const listenerSeries = (listener: string): SeriesKey[] => [
  one('sallyport_connections', { listener }),
  one('sallyport_connections_total', { listener }),
]

const serviceSeries = ({ name: service, endpoints }: ServiceSpec): SeriesKey[] => [
  one('sallyport_upstream_retries_total', { service }),
  ...endpoints.flatMap(({ url }) => targetSeries({ service, target: url })),
]

const targetSeries = (labels: Labels): SeriesKey[] => [
  ...each('sallyport_upstream_requests_total', 'outcome', [...STATUS_CLASSES, ...FAILED_OUTCOMES], labels),
  one('sallyport_upstream_duration_seconds', labels),
  one('sallyport_upstream_in_flight', labels),
  one('sallyport_upstream_connections', labels),
]

const routeSeries = (route: string): SeriesKey[] => {
  const labels = { route }
  return [
    ...each('sallyport_requests_total', 'status', STATUS_CLASSES, labels),
    one('sallyport_request_duration_seconds', labels),
    one('sallyport_request_bytes_total', labels),
    one('sallyport_response_bytes_total', labels),
  ]
}
