import type { Meter } from '../core/ports.ts'

/**
 * Shows how late a worker's timer was, in milliseconds; call it once per interval with the longest lag seen. Counted in
 * whole microseconds, because gauges are integers.
 */
export const lagMeter = (meter: Meter, worker: number): ((lagMs: number) => void) => {
  const gauge = meter.gauge('sallyport_event_loop_lag_seconds', { worker: String(worker) })
  let shown = 0
  return lagMs => {
    const micros = Math.min(2 ** 31 - 1, Math.max(0, Math.round(lagMs * 1000)))
    gauge.add(micros - shown)
    shown = micros
  }
}
