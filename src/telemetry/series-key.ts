import type { Labels } from '../core/ports.ts'

export type MetricKind = 'counter' | 'gauge' | 'histogram'

/** One time series: a metric name and one value for each of its labels. */
export interface SeriesKey {
  readonly name: string
  readonly kind: MetricKind
  readonly labels: Labels
}

/** Longer label values are cut: every one of them is repeated on each line of each scrape. */
export const LABEL_LENGTH = 120

/** Two independent 32-bit hashes; together they tell series apart without keeping the text. */
export interface Fingerprint {
  readonly a: number
  readonly b: number
}

export const fingerprint = (text: string): Fingerprint => {
  let a = 0x811c9dc5
  let b = 0x41c6ce57
  for (let i = 0; i < text.length; i++) {
    const unit = text.charCodeAt(i)
    a = Math.imul(a ^ unit, 0x01000193)
    b = Math.imul(b ^ unit, 0x5bd1e995) ^ (b >>> 15)
  }
  return { a: a | 0, b: b | 0 }
}

/** A cut value ends in a hash of the whole, so that two long names do not become one series. */
export const boundedLabel = (value: string): string =>
  value.length <= LABEL_LENGTH
    ? value
    : `${value.slice(0, LABEL_LENGTH - 9)}~${(fingerprint(value).a >>> 0).toString(16).padStart(8, '0')}`

export const boundedLabels = (labels: Labels): Labels =>
  Object.fromEntries(Object.entries(labels).map(([name, value]) => [name, boundedLabel(value)]))

/** The same text for the same series, in whatever order its labels were written. */
export const seriesId = (name: string, labels: Labels = {}): string => {
  const names = Object.keys(labels)
  if (names.length > 1) names.sort()
  let id = name
  for (const label of names) id += `\u0000${label}\u0001${boundedLabel(labels[label]!)}`
  return id
}
