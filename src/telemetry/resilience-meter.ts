import type { Meter } from '../core/ports.ts'
import { BREAKER_STATES, type BreakerState, RETRY_REASONS, type RetryReason } from './catalogue.ts'

/** Counts what a breaker does. `target`: empty for the breaker of the service as a whole. */
export const breakerMeter = (meter: Meter, service: string, target: string): ((to: BreakerState) => void) => {
  const counters = new Map(
    BREAKER_STATES.map(to => [to, meter.counter('sallyport_breaker_changes_total', { service, target, to })]),
  )
  return to => counters.get(to)!.add(1)
}

export const panicMeter = (meter: Meter, service: string): ((panicking: boolean) => void) => {
  const workers = meter.gauge('sallyport_panicking_workers', { service })
  return panicking => workers.add(panicking ? 1 : -1)
}

export interface RetryMeter {
  onRetry(reason: RetryReason): void
  /** A retry that the budget did not allow. */
  onBudgetExhausted(): void
}

export const retryMeter = (meter: Meter, service: string): RetryMeter => {
  const retries = new Map(
    RETRY_REASONS.map(reason => [reason, meter.counter('sallyport_upstream_retries_total', { service, reason })]),
  )
  const exhausted = meter.counter('sallyport_retry_budget_exhausted_total', { service })
  return { onRetry: reason => retries.get(reason)!.add(1), onBudgetExhausted: () => exhausted.add(1) }
}

export const fallbackMeter = (meter: Meter, service: string): (() => void) => {
  const fallbacks = meter.counter('sallyport_fallbacks_total', { service })
  return () => fallbacks.add(1)
}
