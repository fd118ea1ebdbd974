import type { Gauge, Meter } from '../core/ports.ts'
import { FAILED_OUTCOMES, type FailedOutcome, STATUS_CLASSES } from './catalogue.ts'
import { classOf } from './route-meter.ts'

/** The counters of one target, looked up once at load. Every try is one `record` or one `fail`. */
export interface TargetMeter {
  readonly inFlight: Gauge
  readonly connections: Gauge
  /** The target answered. */
  record(status: number, ms: number): void
  /** It did not. The time counts too: a target that times out must not look fast. */
  fail(outcome: FailedOutcome, ms: number): void
}

export const targetMeter = (meter: Meter, service: string, target: string): TargetMeter => {
  const labels = { service, target }
  const requests = (outcome: string) => meter.counter('sallyport_upstream_requests_total', { ...labels, outcome })
  const answered = STATUS_CLASSES.map(requests)
  const failed = new Map(FAILED_OUTCOMES.map(outcome => [outcome, requests(outcome)]))
  const duration = meter.histogram('sallyport_upstream_duration_seconds', labels)
  return {
    inFlight: meter.gauge('sallyport_upstream_in_flight', labels),
    connections: meter.gauge('sallyport_upstream_connections', labels),
    record(status, ms) {
      answered[classOf(status)]!.add(1)
      duration.observe(ms)
    },
    fail(outcome, ms) {
      failed.get(outcome)!.add(1)
      duration.observe(ms)
    },
  }
}
