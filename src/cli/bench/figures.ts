import type { Spread } from './spread.ts'

/** `87 µs`, `1.24 ms`, `2.5 s`. */
export const showMs = (ms: number): string => {
  const unit = unitOf(ms)
  return `${digits(ms / unit.ms)} ${unit.name}`
}

export const showUs = (us: number): string => `${digits(us)} µs`

/** `99.4%`; what is not nothing is not shown as 0%, what is not all not as 100%. */
export const showPart = (share: number): string => {
  const percent = share * 100
  if (share > 0 && percent < 0.05) return '<0.1%'
  if (share < 1 && percent > 99.95) return '>99.9%'
  return `${Math.round(percent * 10) / 10}%`
}

/** `9600/s`, `12.5k/s`. */
export const showRate = (rate: number): string =>
  rate < 10_000 ? `${Math.round(rate)}/s` : `${digits(rate / 1000)}k/s`

/** All in the unit of the median: `270 µs (258 to 282)`. */
export const showMsSpread = ({ median, least, most }: Spread): string => {
  if (least === most) return showMs(median)
  const unit = unitOf(median)
  return `${showMs(median)} (${digits(least / unit.ms)} to ${digits(most / unit.ms)})`
}

/** Of numbers of µs. */
export const showUsSpread = ({ median, least, most }: Spread): string =>
  least === most ? showUs(median) : `${showUs(median)} (${digits(least)} to ${digits(most)})`

const UNITS = [
  { name: 's', ms: 1000 },
  { name: 'ms', ms: 1 },
  { name: 'µs', ms: 0.001 },
] as const

const unitOf = (ms: number): (typeof UNITS)[number] =>
  UNITS.find(unit => Math.abs(ms) >= unit.ms * 0.9995) ?? UNITS[UNITS.length - 1]!

/** Three significant digits, none of them a zero behind the point. */
const digits = (value: number): string => {
  const size = Math.abs(value)
  const text = value.toFixed(size >= 99.95 ? 0 : size >= 9.995 ? 1 : 2)
  return text.includes('.') ? text.replace(/\.?0+$/, '') : text
}
