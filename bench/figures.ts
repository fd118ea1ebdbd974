import type { Cell } from './rounds.ts'
import { bodyBytes, type Work } from './works.ts'

/** Medians over the rounds of one peer doing one work. `null`: not measured. */
export interface Figure {
  readonly work: string
  readonly peer: string
  readonly rounds: number
  readonly cpuUs: number | null
  readonly userUs: number | null
  readonly systemUs: number | null
  /** CPU seconds per 10^9 bytes of body. */
  readonly cpuPerGb: number | null
  readonly requestsPerSecond: number
  readonly p50Ms: number
  readonly p99Ms: number
  readonly rssMb: number | null
  /** CPU per request against nginx (with as many routes, see `Work.baseline`), the median of the rounds' own ratios; and the least and the most of them. */
  readonly toNginx: Spread | null
  /** The same against Sallyport with nothing to check, count or log. */
  readonly toPlain: Spread | null
  /** Of requests per second. */
  readonly rpsToNginx: number | null
  /** More than none: the figures are void. */
  readonly errors: number
}

export interface Spread {
  readonly median: number
  readonly least: number
  readonly most: number
}

/** `sorted` ascending; nearest rank. */
export const percentile = (sorted: readonly number[], p: number): number =>
  sorted[Math.max(0, Math.ceil((sorted.length * p) / 100) - 1)] ?? Number.NaN

export const median = (numbers: readonly number[]): number => {
  const sorted = [...numbers].sort((a, b) => a - b)
  const middle = sorted.length >> 1
  return sorted.length % 2 === 1 ? sorted[middle]! : (sorted[middle - 1]! + sorted[middle]!) / 2
}

const spread = (numbers: readonly number[]): Spread | null =>
  numbers.length === 0 ? null : { median: median(numbers), least: Math.min(...numbers), most: Math.max(...numbers) }

export const cpuUs = (cell: Cell): number => (cell.userUs + cell.systemUs) / cell.requests

const rps = (cell: Cell): number => cell.requests / cell.seconds

/** Each cell with that of another peer in the same round, and set where there are sets, if that one had no errors. */
const pairs = (work: Work, own: readonly Cell[], name: string, cells: readonly Cell[]): [Cell, Cell][] =>
  own.flatMap(cell => {
    const isBeside = (one: Cell): boolean =>
      one.work === cell.work && one.round === cell.round && (work.sets === null || one.set === cell.set)
    const other = cells.find(one => one.peer === name && isBeside(one))
    return other === undefined || other.errors > 0 ? [] : [[cell, other]]
  })

export const figureOf = (work: Work, peer: string, cells: readonly Cell[]): Figure | null => {
  const own = cells.filter(cell => cell.work === work.name && cell.peer === peer)
  if (own.length === 0) return null
  const proxied = own.every(cell => cell.proxied)
  const ofProxy = (value: (cell: Cell) => number): number | null => (proxied ? median(own.map(value)) : null)
  const against = (name: string, value: (cell: Cell) => number): Spread | null =>
    spread(pairs(work, own, name, cells).map(([one, other]) => value(one) / value(other)))
  return {
    work: work.name,
    peer,
    rounds: new Set(own.map(cell => cell.round)).size,
    cpuUs: ofProxy(cpuUs),
    userUs: ofProxy(cell => cell.userUs / cell.requests),
    systemUs: ofProxy(cell => cell.systemUs / cell.requests),
    cpuPerGb: ofProxy(cell => (cpuUs(cell) * 1e3) / bodyBytes(work)),
    requestsPerSecond: median(own.map(rps)),
    p50Ms: median(own.map(cell => cell.p50Ms)),
    p99Ms: median(own.map(cell => cell.p99Ms)),
    rssMb: ofProxy(cell => cell.rssKb / 1024),
    toNginx: proxied ? against(work.baseline, cpuUs) : null,
    toPlain: proxied ? against('sallyport', cpuUs) : null,
    // Who is asked at once takes it from the others.
    rpsToNginx: work.atOnce ? null : (against(work.baseline, rps)?.median ?? null),
    errors: own.reduce((sum, cell) => sum + cell.errors, 0),
  }
}
