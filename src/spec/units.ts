/**
 * The units of the configuration language (DESIGN §5). Each pattern is exported so that the JSON Schema shows it to
 * editors; each parser returns undefined for what it does not understand or cannot hold.
 */
export const DURATION = /^\d{1,12}(\.\d{1,6})?(ms|s|m|h)$/
export const SIZE = /^\d{1,15}(\.\d{1,6})?(B|KB|MB|GB|KiB|MiB|GiB)$/
export const RATE = /^\d{1,12}\/(\d{1,12}(\.\d{1,6})?)?(ms|s|m|h)$/
export const PERCENT = /^\d{1,3}(\.\d{1,6})?%$/
export const SPAN = /^\d{1,12}(\.\d{1,6})?(ms|s|m|h)\.\.\d{1,12}(\.\d{1,6})?(ms|s|m|h)$/

const MS = new Map([
  ['ms', 1],
  ['s', 1000],
  ['m', 60_000],
  ['h', 3_600_000],
])

const BYTES = new Map([
  ['B', 1],
  ['KB', 1000],
  ['MB', 1000 ** 2],
  ['GB', 1000 ** 3],
  ['KiB', 1024],
  ['MiB', 1024 ** 2],
  ['GiB', 1024 ** 3],
])

/** What a timer can hold (about 24 days); a longer delay would fire at once. */
export const MAX_DURATION_MS = 2 ** 31 - 1

/** In milliseconds, rounded. */
export const parseDuration = (text: string): number | undefined => {
  if (!DURATION.test(text)) return undefined
  const ms = Math.round(inUnits(text, MS))
  return ms <= MAX_DURATION_MS ? ms : undefined
}

/** In bytes, rounded. */
export const parseSize = (text: string): number | undefined => {
  if (!SIZE.test(text)) return undefined
  const bytes = Math.round(inUnits(text, BYTES))
  return Number.isSafeInteger(bytes) ? bytes : undefined
}

export interface Rate {
  readonly count: number
  readonly perMs: number
}

/** `100/s`, `1000/1m`, `5/10s`. */
export const parseRate = (text: string): Rate | undefined => {
  if (!RATE.test(text)) return undefined
  const [count = '', per = ''] = text.split('/')
  const perMs = parseDuration(/^\d/.test(per) ? per : `1${per}`)
  return perMs === undefined || perMs === 0 || Number(count) === 0 ? undefined : { count: Number(count), perMs }
}

/** `20%` is 0.2; above 100 % is not understood. */
export const parsePercent = (text: string): number | undefined => {
  if (!PERCENT.test(text)) return undefined
  const share = Number(text.slice(0, -1)) / 100
  return share <= 1 ? share : undefined
}

/** `125%` is 1.25; only above 100 %. */
export const parseMultiple = (text: string): number | undefined => {
  if (!PERCENT.test(text)) return undefined
  const factor = Number(text.slice(0, -1)) / 100
  return factor > 1 ? factor : undefined
}

export interface Span {
  readonly fromMs: number
  readonly toMs: number
}

/** `25ms..250ms`. */
export const parseSpan = (text: string): Span | undefined => {
  if (!SPAN.test(text)) return undefined
  const [from = '', to = ''] = text.split('..')
  const fromMs = parseDuration(from)
  const toMs = parseDuration(to)
  return fromMs === undefined || toMs === undefined || fromMs > toMs ? undefined : { fromMs, toMs }
}

/** `1500` as `1.5s`, for people. */
export const showDuration = (ms: number): string => {
  if (ms !== 0 && ms % 3_600_000 === 0) return `${ms / 3_600_000}h`
  if (ms !== 0 && ms % 60_000 === 0) return `${ms / 60_000}m`
  return ms >= 1000 ? `${ms / 1000}s` : `${ms}ms`
}

/** `0.125` as `12.5%`, for people. */
export const showPercent = (share: number): string => `${Math.round(share * 1e6) / 1e4}%`

const inUnits = (text: string, units: ReadonlyMap<string, number>): number => {
  const unit = text.replace(/^[\d.]+/, '')
  return Number(text.slice(0, -unit.length)) * (units.get(unit) ?? Number.NaN)
}
