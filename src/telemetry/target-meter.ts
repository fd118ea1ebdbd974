import type { Gauge, Meter } from '../core/ports.ts'
import { FAILED_OUTCOMES, type FailedOutcome, STATUS_CLASSES } from './catalogue.ts'
import { NO_METER } from './meter.ts'
import { classOf } from './route-meter.ts'

/** The counters of one target, looked up once at load. Every try is one `record` or one `fail`. */
export interface TargetMeter {
  readonly inFlight: Gauge
  readonly connections: Gauge
  /** Whether the series of the target, all of them, are kept for whoever has this. */
  readonly isHeld: boolean
  /** The target answered. */
  record(status: number, ms: number): void
  /** It did not. The time counts too: a target that times out must not look fast. */
  fail(outcome: FailedOutcome, ms: number): void
  /** Once, when nothing is under way: the series may be another target's from now on. Returns one that counts nothing. */
  letGo(): TargetMeter
}

export const targetMeter = (meter: Meter, service: string, target: string): TargetMeter => {
  const release = meter.hold === undefined ? () => {} : meter.hold(service, target)
  if (release === null) return UNCOUNTED
  const labels = { service, target }
  const requests = (outcome: string) => meter.counter('sallyport_upstream_requests_total', { ...labels, outcome })
  const answered = STATUS_CLASSES.map(requests)
  const failed = new Map(FAILED_OUTCOMES.map(outcome => [outcome, requests(outcome)]))
  const duration = meter.histogram('sallyport_upstream_duration_seconds', labels)
  return {
    inFlight: meter.gauge('sallyport_upstream_in_flight', labels),
    connections: meter.gauge('sallyport_upstream_connections', labels),
    isHeld: true,
    record(status, ms) {
      answered[classOf(status)]!.add(1)
      duration.observe(ms)
    },
    fail(outcome, ms) {
      failed.get(outcome)!.add(1)
      duration.observe(ms)
    },
    letGo() {
      release()
      return UNCOUNTED
    },
  }
}

const NO_GAUGE = NO_METER.gauge('')

const UNCOUNTED: TargetMeter = {
  inFlight: NO_GAUGE,
  connections: NO_GAUGE,
  isHeld: false,
  record() {},
  fail() {},
  letGo: () => UNCOUNTED,
}
