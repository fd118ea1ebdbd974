import type { Labels } from '../core/ports.ts'
import type { MetricKind } from './series-key.ts'

/** What one series says now, summed over all workers, in the units it is counted in. */
export type Sample = ValueSample | HistogramSample

export interface ValueSample {
  readonly kind: Exclude<MetricKind, 'histogram'>
  readonly name: string
  readonly labels: Labels
  readonly value: number
}

export interface HistogramSample {
  readonly kind: 'histogram'
  readonly name: string
  readonly labels: Labels
  readonly sumMs: number
  /** Per bucket of `BOUNDS_MS`, not cumulative; one more for the rest. */
  readonly counts: readonly number[]
}
