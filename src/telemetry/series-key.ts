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

/** The same object when nothing is too long, which is nearly always. */
export const boundedLabels = (labels: Labels): Labels => {
  for (const name in labels) if (labels[name]!.length > LABEL_LENGTH) return cutLabels(labels)
  return labels
}

const cutLabels = (labels: Labels): Labels =>
  Object.fromEntries(Object.entries(labels).map(([name, value]) => [name, cutLabel(value)]))

/** A cut value ends in a hash of the whole, so that two long names stay two series. */
const cutLabel = (value: string): string => {
  if (value.length <= LABEL_LENGTH) return value
  const { a } = hash(value, START)
  return `${value.slice(0, LABEL_LENGTH - 9)}~${(a >>> 0).toString(16).padStart(8, '0')}`
}

/**
 * Identifies a series by two independent 32-bit hashes, without building or keeping its text. Among the 100,000 series
 * a gateway may have, two are confused once in four billion gateways; series come from the configuration, so nobody
 * can aim at that.
 */
export interface Fingerprint {
  readonly a: number
  readonly b: number
}

/** The same for any order of labels: their hashes are added up. */
export const fingerprint = (name: string, labels: Labels = {}): Fingerprint => {
  let { a, b } = hash(name, START)
  for (const label in labels) {
    const pair = hash(labels[label]!, hash(label, START))
    a = (a + pair.a) | 0
    b = (b + pair.b) | 0
  }
  return { a, b }
}

const START: Fingerprint = { a: 0x2f0b4a27, b: 0x41c6ce57 }

/** FNV-1a and a multiply-shift beside it, each with a finish that spreads the last characters over all bits. */
const hash = (text: string, start: Fingerprint): Fingerprint => {
  let { a, b } = start
  for (let i = 0; i < text.length; i++) {
    const unit = text.charCodeAt(i)
    a = Math.imul(a ^ unit, 0x01000193)
    b = Math.imul(b ^ unit, 0x5bd1e995)
    b ^= b >>> 15
  }
  return { a: spread(a ^ text.length), b: spread(b) }
}

const spread = (bits: number): number => {
  const half = Math.imul(bits ^ (bits >>> 16), 0x85ebca6b)
  return half ^ (half >>> 13)
}
