import type { Labels, Meter } from '../core/ports.ts'
import { STATUS_CLASSES } from './catalogue.ts'
import { routeLabels } from './route-labels.ts'

/** The counters of one route. */
export interface RouteMeter {
  /** One finished request: status sent, milliseconds, body bytes received and sent. */
  record(status: number, ms: number, bytesIn: number, bytesOut: number): void
}

/**
 * Looks its series up on the first request: ten thousand routes have eighty thousand of them, and a reload must not
 * wait for counters of routes that nobody calls.
 */
export const routeMeter = (meter: Meter, route: string, frontend = ''): RouteMeter => {
  let record: RouteMeter['record'] | undefined
  return {
    record(status, ms, bytesIn, bytesOut) {
      record ??= recorder(meter, routeLabels(route, frontend))
      record(status, ms, bytesIn, bytesOut)
    },
  }
}

const recorder = (meter: Meter, labels: Labels): RouteMeter['record'] => {
  const byClass = STATUS_CLASSES.map(status => meter.counter('sallyport_requests_total', { ...labels, status }))
  const duration = meter.histogram('sallyport_request_duration_seconds', labels)
  const received = meter.counter('sallyport_request_bytes_total', labels)
  const sent = meter.counter('sallyport_response_bytes_total', labels)
  return (status, ms, bytesIn, bytesOut) => {
    byClass[classOf(status)]!.add(1)
    duration.observe(ms)
    received.add(bytesIn)
    sent.add(bytesOut)
  }
}

/** Index into `STATUS_CLASSES`; a status outside 100–599 counts as a server error. */
export const classOf = (status: number): number => (status >= 100 && status < 600 ? ((status / 100) | 0) - 1 : 4)
