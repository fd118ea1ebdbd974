import type { MetricKind } from './series-key.ts'

export interface MetricRow {
  readonly kind: MetricKind
  readonly labels: readonly string[]
  /** Labels that are left out where there is nothing to say. */
  readonly optional?: readonly string[]
  readonly help: string
  /** What one counted unit is worth in the unit of the name; 1 unless said. Histograms always count milliseconds. */
  readonly scale?: number
}

/**
 * Every metric the gateway exposes: name, labels and help in one place. Names are API (dashboards and alerts are built
 * on them) and follow Prometheus: base units, `_total` for counters.
 */
export const METRICS = {
  sallyport_requests_total: {
    kind: 'counter',
    labels: ['route', 'status'],
    optional: ['frontend'],
    help: 'Requests finished, by route (- when none matched), its frontend and class of the status sent to the client.',
  },
  sallyport_request_duration_seconds: {
    kind: 'histogram',
    labels: ['route'],
    optional: ['frontend'],
    help: 'Time from the first byte of a request to the last byte of its answer.',
  },
  sallyport_request_bytes_total: {
    kind: 'counter',
    labels: ['route'],
    optional: ['frontend'],
    help: 'Bytes of request bodies received from clients.',
  },
  sallyport_response_bytes_total: {
    kind: 'counter',
    labels: ['route'],
    optional: ['frontend'],
    help: 'Bytes of response bodies sent to clients.',
  },
  sallyport_requests_in_flight: { kind: 'gauge', labels: [], help: 'Requests being handled now.' },
  sallyport_upstream_requests_total: {
    kind: 'counter',
    labels: ['service', 'target', 'outcome'],
    help: 'Requests sent to a target, by the class of its answer or by what prevented one.',
  },
  sallyport_upstream_duration_seconds: {
    kind: 'histogram',
    labels: ['service', 'target'],
    help: 'Time a target took, failed tries included.',
  },
  sallyport_upstream_in_flight: {
    kind: 'gauge',
    labels: ['service', 'target'],
    help: 'Requests a target is working on now.',
  },
  sallyport_upstream_connections: {
    kind: 'gauge',
    labels: ['service', 'target'],
    help: 'Open connections to a target, idle ones included.',
  },
  sallyport_upstream_retries_total: {
    kind: 'counter',
    labels: ['service', 'reason'],
    help: 'Requests sent to a service again, by what was wrong with the try before.',
  },
  sallyport_retry_budget_exhausted_total: {
    kind: 'counter',
    labels: ['service'],
    help: 'Retries that the budget did not allow.',
  },
  sallyport_upstream_queued: { kind: 'gauge', labels: ['service'], help: 'Requests that wait for room at a service.' },
  sallyport_breaker_state: {
    kind: 'gauge',
    labels: ['service', 'target'],
    help: 'Circuit breakers: 0 closed, 1 half open, 2 open; an empty target is the service as a whole.',
  },
  sallyport_breaker_changes_total: {
    kind: 'counter',
    labels: ['service', 'target', 'to'],
    help: 'Changes of circuit breakers, by the state they changed to.',
  },
  sallyport_target_healthy: {
    kind: 'gauge',
    labels: ['service', 'target'],
    help: 'Whether a target passes its health checks; 1 until the first ones failed.',
  },
  sallyport_health_probes_total: {
    kind: 'counter',
    labels: ['service', 'target', 'result'],
    help: 'Health checks made.',
  },
  sallyport_target_ejected: {
    kind: 'gauge',
    labels: ['service', 'target'],
    help: 'Whether a target is ejected as an outlier.',
  },
  sallyport_ejections_total: {
    kind: 'counter',
    labels: ['service', 'target'],
    help: 'How often a target was ejected as an outlier.',
  },
  sallyport_panicking_workers: {
    kind: 'gauge',
    labels: ['service'],
    help: 'Workers that ask all targets of a service because most are not well.',
  },
  sallyport_fallbacks_total: {
    kind: 'counter',
    labels: ['service'],
    help: 'Requests answered by the fallback of a service.',
  },
  sallyport_branch_requests_total: {
    kind: 'counter',
    labels: ['route', 'branch', 'outcome'],
    help: 'Branches of aggregates, by what became of them.',
  },
  sallyport_branch_duration_seconds: {
    kind: 'histogram',
    labels: ['route', 'branch'],
    help: 'Time from asking a branch to its data or its failure.',
  },
  sallyport_held_body_bytes: {
    kind: 'gauge',
    labels: [],
    help: 'Bytes of bodies that workers hold, of aggregates and handlers, and of answers whose fields are edited.',
  },
  sallyport_held_body_refused_total: {
    kind: 'counter',
    labels: [],
    help: 'Times that a body found no room since its worker held `overload.bodies` already.',
  },
  sallyport_connections: { kind: 'gauge', labels: ['listener'], help: 'Client connections open now.' },
  sallyport_connections_total: { kind: 'counter', labels: ['listener'], help: 'Client connections accepted.' },
  sallyport_errors_total: {
    kind: 'counter',
    labels: ['code'],
    help: 'Answers the gateway gave by itself, by error code.',
  },
  sallyport_plugin_errors_total: {
    kind: 'counter',
    labels: ['plugin', 'part'],
    help: 'Calls of plugins that threw, gave what is no answer or used up their budget.',
  },
  sallyport_access_log_dropped_total: {
    kind: 'counter',
    labels: [],
    help: 'Access log lines lost because their target was too slow or failed.',
  },
  sallyport_auth_total: {
    kind: 'counter',
    labels: ['way', 'result'],
    help: 'Credentials looked for, by the way of `auth` and what became of it.',
  },
  sallyport_limit_requests_total: {
    kind: 'counter',
    labels: ['route', 'limit', 'result'],
    help: 'Requests that a limit was asked about; dry_refused would have been refused without dryRun.',
  },
  sallyport_consumer_requests_total: {
    kind: 'counter',
    labels: ['consumer', 'result'],
    help: 'Requests of known consumers on routes with limits, by whether the limits let them pass.',
  },
  sallyport_key_set_fetches_total: {
    kind: 'counter',
    labels: ['source', 'result'],
    help: 'Fetches of the key sets of issuers.',
  },
  sallyport_revocations: { kind: 'gauge', labels: [], help: 'Revocations in force: token ids, subjects and keys.' },
  sallyport_limit_keys_evicted_total: {
    kind: 'counter',
    labels: [],
    help: 'Limit keys forgotten before their time for lack of room; more than 0: raise `state.memory.keys`.',
  },
  sallyport_limit_untracked_total: {
    kind: 'counter',
    labels: [],
    help: 'Requests let pass by a limit of requests in flight that had no room for their key.',
  },
  sallyport_store_up: { kind: 'gauge', labels: [], help: 'Workers whose shared store (Redis) answers.' },
  sallyport_store_failures_total: {
    kind: 'counter',
    labels: ['reason'],
    help: 'Asks that the shared store did not answer in time or not at all.',
  },
  sallyport_store_fallbacks_total: {
    kind: 'counter',
    labels: ['decision'],
    help: 'Decisions made without the shared store, by what `onStoreFailure` says.',
  },
  sallyport_reloads_total: { kind: 'counter', labels: ['result'], help: 'Configuration reloads.' },
  sallyport_code_failures_total: {
    kind: 'counter',
    labels: [],
    help: 'Times that a worker could not evaluate the code of a configuration.',
  },
  sallyport_worker_restarts_total: {
    kind: 'counter',
    labels: ['reason'],
    help: 'Workers that were replaced.',
  },
  sallyport_event_loop_lag_seconds: {
    kind: 'gauge',
    labels: ['worker'],
    help: 'Longest time a worker was late for its timer in the last interval.',
    scale: 1e-6,
  },
  sallyport_spans_exported_total: {
    kind: 'counter',
    labels: [],
    help: 'Spans that the collector has taken.',
  },
  sallyport_spans_dropped_total: {
    kind: 'counter',
    labels: ['reason'],
    help: 'Spans lost: too many waited, the collector refused them, or it could not be reached for too long.',
  },
  sallyport_series_dropped: {
    kind: 'gauge',
    labels: [],
    help: 'Series of the running configuration that are not counted because there are too many.',
  },
  sallyport_build_info: { kind: 'gauge', labels: ['version'], help: 'Always 1; the version is in the label.' },
  process_cpu_seconds_total: { kind: 'counter', labels: [], help: 'User and system CPU time spent by the process.' },
  process_resident_memory_bytes: { kind: 'gauge', labels: [], help: 'Resident memory of the process.' },
  process_start_time_seconds: {
    kind: 'gauge',
    labels: [],
    help: 'When the process started, in seconds since the Unix epoch.',
  },
  process_open_fds: { kind: 'gauge', labels: [], help: 'Open file descriptors, sockets included.' },
} as const satisfies Record<string, MetricRow>

export type MetricName = keyof typeof METRICS

const rows = new Map<string, MetricRow>(Object.entries(METRICS))

/** Undefined for a metric of a plugin. */
export const metricRow = (name: string): MetricRow | undefined => rows.get(name)

/** The `route` of requests that matched none. */
export const NO_ROUTE_LABEL = '-'

export const STATUS_CLASSES = ['1xx', '2xx', '3xx', '4xx', '5xx'] as const

/** What became of one try at a target: the class of its answer, or why there was none. */
export const FAILED_OUTCOMES = ['connect', 'protocol', 'timeout', 'cancelled'] as const
export type FailedOutcome = (typeof FAILED_OUTCOMES)[number]

export const AUTH_RESULTS = ['ok', 'missing', 'invalid', 'unavailable'] as const
export const LIMIT_RESULTS = ['allowed', 'refused', 'dry_refused'] as const
export const CONSUMER_RESULTS = ['allowed', 'refused'] as const
export const FETCH_RESULTS = ['ok', 'failed'] as const
export const STORE_FAILURES = ['timeout', 'error'] as const
export const STORE_FALLBACKS = ['local', 'allow', 'deny'] as const

export const BREAKER_STATES = ['closed', 'half-open', 'open'] as const
export type BreakerState = (typeof BREAKER_STATES)[number]
/** As in `retry.on`, where a status is `status`. */
export const SPAN_DROP_REASONS = ['full', 'refused', 'unreachable'] as const
export const RETRY_REASONS = ['connect', 'reset', 'timeout', 'status'] as const
export type RetryReason = (typeof RETRY_REASONS)[number]
/** As in `Sallyport-Partial` (DESIGN §6), and what is no failure of the branch. */
export const BRANCH_OUTCOMES = [
  'ok',
  'left out',
  'cancelled',
  'timeout',
  'status',
  'connect',
  'invalid',
  'oversize',
  'skipped',
] as const
export type BranchOutcome = (typeof BRANCH_OUTCOMES)[number]
export const PROBE_RESULTS = ['ok', 'failed'] as const

export const RELOAD_RESULTS = ['ok', 'failed'] as const
export const RESTART_REASONS = ['exit', 'stalled'] as const
