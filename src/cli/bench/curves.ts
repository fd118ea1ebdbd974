import type { Knee } from './knee.ts'
import type { LoadResult } from './load-order.ts'
import type { SearchResult } from './results.ts'

export interface Point {
  /** Requests per second. */
  readonly rate: number
  /** Above 0. */
  readonly ms: number
}

/** Latency against rate. */
export interface Curve {
  readonly way: 'through' | 'direct'
  readonly percentile: 'p50' | 'p99'
  /** By rate. */
  readonly points: readonly Point[]
}

/** What lies in front comes last. */
export const curvesOf = ({ through, direct }: SearchResult): readonly Curve[] =>
  [...(direct === undefined ? [] : curvesOfWay('direct', direct)), ...curvesOfWay('through', through)].filter(
    ({ points }) => points.length > 0,
  )

const curvesOfWay = (way: Curve['way'], { steps }: Knee<LoadResult>): Curve[] =>
  (['p99', 'p50'] as const).map(percentile => ({
    way,
    percentile,
    points: steps
      .map(({ rate, seen }) => ({ rate, ms: seen.latency[percentile] }))
      // A rate of which nothing was answered has no latency.
      .filter(({ ms }) => ms > 0),
  }))

export const curveName = ({ way, percentile }: Curve): string =>
  `${percentile} ${way === 'through' ? 'through the gateway' : 'direct'}`
