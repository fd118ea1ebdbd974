import { ERROR_CODES, type ErrorCode } from '../base/errors.ts'
import type { Meter } from '../core/ports.ts'

/** Counts the answers the gateway gave by itself. */
export const errorMeter = (meter: Meter): ((code: ErrorCode) => void) => {
  const counters = new Map(ERROR_CODES.map(code => [code, meter.counter('sallyport_errors_total', { code })]))
  return code => counters.get(code)!.add(1)
}
