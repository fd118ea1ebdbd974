import type { Labels } from '../core/ports.ts'
import { BOUNDS_MS } from './buckets.ts'
import { metricRow } from './catalogue.ts'
import type { HistogramSample, Sample } from './sample.ts'

/** Prometheus text format 0.0.4: the one place where what is counted becomes what Prometheus expects: seconds, cumulative buckets, grouped names. */
export const exposition = (samples: readonly Sample[]): string => {
  let text = ''
  for (const [name, family] of Map.groupBy(samples, sample => sample.name)) text += familyText(name, family)
  return text
}

const familyText = (name: string, family: readonly Sample[]): string => {
  const row = metricRow(name)
  let text = row ? `# HELP ${name} ${escapeHelp(row.help)}\n` : ''
  text += `# TYPE ${name} ${family[0]!.kind}\n`
  for (const sample of family) {
    text +=
      sample.kind === 'histogram'
        ? histogramText(sample)
        : `${name}${braces(labelText(sample.labels))} ${number(sample.value * (row?.scale ?? 1))}\n`
  }
  return text
}

const BUCKET_LABELS = [...BOUNDS_MS.map(ms => String(ms / 1000)), '+Inf'].map(bound => `le="${bound}"`)

const histogramText = ({ name, labels, counts, sumMs }: HistogramSample): string => {
  const own = labelText(labels)
  const before = own === '' ? '' : `${own},`
  let text = ''
  let total = 0
  counts.forEach((count, bucket) => {
    total += count
    text += `${name}_bucket{${before}${BUCKET_LABELS[bucket]}} ${number(total)}\n`
  })
  return `${text}${name}_sum${braces(own)} ${number(sumMs / 1000)}\n${name}_count${braces(own)} ${number(total)}\n`
}

/** The registry hands out the same label objects on every read, so their text is made once. */
const labelTexts = new WeakMap<Labels, string>()

const labelText = (labels: Labels): string => {
  let text = labelTexts.get(labels)
  if (text === undefined) {
    text = Object.entries(labels)
      .map(([label, value]) => `${label}="${escapeLabel(value)}"`)
      .join(',')
    labelTexts.set(labels, text)
  }
  return text
}

const braces = (labels: string): string => (labels === '' ? '' : `{${labels}}`)

/** Rounded to what a double can promise, so that 0.1 + 0.2 does not show. */
const number = (value: number): string =>
  Number.isInteger(value) ? String(value) : String(Number(value.toPrecision(12)))

const escapeHelp = (text: string): string => text.replaceAll('\\', '\\\\').replaceAll('\n', '\\n')

const escapeLabel = (text: string): string => (/[\\"\n]/.test(text) ? escapeHelp(text).replaceAll('"', '\\"') : text)
