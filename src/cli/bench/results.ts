import type { Knee } from './knee.ts'
import type { LoadResult } from './load-order.ts'
import type { Spread } from './spread.ts'
import type { Verdict } from './verdict.ts'

/** One way to the service: with the gateway, or without it. Times in ms. */
export interface WayFigures {
  readonly p50: Spread
  readonly p90: Spread
  readonly p99: Spread
  /** Share of all requests of all rounds. */
  readonly errors: number
  readonly requests: number
  /** By the first digit of the status. */
  readonly byClass: Readonly<Record<string, number>>
  /** A status that was neither 2xx nor 3xx, where there was one. */
  readonly refusedWith: number | undefined
  /** How late the generator was: 99th percentile, the worst of the rounds. */
  readonly lateness: number
}

/** At the fixed rate. */
export interface FixedResult {
  readonly through: WayFigures
  readonly direct: WayFigures | undefined
  /** Why there is none. */
  readonly noDirect: string | undefined
  readonly overhead: { readonly p50: Spread; readonly p99: Spread } | undefined
  /** CPU time of the gateway, µs per request, or why it is not known. */
  readonly cpuUs: Spread | { readonly none: string }
}

/** What leaving a policy out saves. */
export interface PolicyCost {
  readonly name: string
  /** CPU µs per request, round by round. */
  readonly saves: Spread
  /** All of at least five rounds agree on the sign. */
  readonly clear: boolean
  /** What makes it hard to compare. */
  readonly note: string | undefined
}

export interface SearchResult {
  readonly through: Knee<LoadResult>
  readonly direct: Knee<LoadResult> | undefined
  /** Undefined when it did not bend. */
  readonly verdict: Verdict | undefined
}

/** By a generator in a closed loop: at full speed. Times in ms. */
export interface FullSpeedWay {
  readonly perSecond: Spread
  readonly p50: Spread
  readonly p99: Spread
  readonly errors: number
}

export interface FullSpeedResult {
  readonly connections: number
  readonly through: FullSpeedWay
  readonly direct: FullSpeedWay | undefined
  /** Of the gateway, µs per request; undefined: not known. */
  readonly cpuUs: Spread | undefined
}

export interface RouteResult {
  /** `GET /api/orders/42, route orders`. */
  readonly title: string
  readonly route: string
  readonly direct: string | undefined
  readonly fixed: FixedResult
  /** Undefined: not asked for. */
  readonly policies: readonly PolicyCost[] | { readonly none: string } | undefined
  readonly search: SearchResult | undefined
  /** In place of the search, with `--generator wrk`. */
  readonly fullSpeed: FullSpeedResult | undefined
  /** What a reader must know before the figures. */
  readonly warnings: readonly string[]
}

export interface BenchResult {
  readonly node: string
  readonly platform: string
  readonly cores: number
  readonly workers: number
  readonly stub: boolean
  readonly rate: number
  readonly rounds: number
  readonly durationMs: number
  readonly routes: readonly RouteResult[]
  /** One sentence for each that was not kept. */
  readonly broken: readonly string[]
}
