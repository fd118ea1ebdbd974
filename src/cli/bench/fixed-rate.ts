import type { CpuMeter, Lab, Measured } from './lab.ts'
import type { Endpoint } from './load-order.ts'
import type { FixedResult, WayFigures } from './results.ts'
import { differences, spreadOf } from './spread.ts'
import { errorShare } from './tally.ts'

export interface FixedOptions {
  readonly lab: Lab
  readonly through: Endpoint
  readonly direct: Endpoint | { readonly none: string }
  readonly gateway: CpuMeter
  /** Why the CPU time of the gateway is not known. */
  readonly noCpu: string | undefined
  readonly rate: number
  readonly rounds: number
  readonly durationMs: number
  readonly onRound: (round: number) => void
}

/**
 * Latency with and without the gateway at one rate, in turns, so that what a shared machine does to one round it does
 * to both. Both get the same arrivals.
 */
export const measureFixed = async (options: FixedOptions): Promise<FixedResult> => {
  const { lab, through, direct, gateway, noCpu, rate, rounds, durationMs, onRound } = options
  const throughs: Measured[] = []
  const directs: Measured[] = []
  for (let round = 0; round < rounds; round++) {
    onRound(round)
    const seed = round + 1
    const goThrough = async () => throughs.push(await lab.run({ endpoint: through, rate, durationMs, seed, gateway }))
    const goDirect = async () =>
      'none' in direct || directs.push(await lab.run({ endpoint: direct, rate, durationMs, seed }))
    // Who goes first takes turns, too.
    for (const go of round % 2 === 0 ? [goDirect, goThrough] : [goThrough, goDirect]) await go()
  }
  const overhead = (percentile: 'p50' | 'p99') =>
    spreadOf(differences(latencies(throughs, percentile), latencies(directs, percentile)))
  return {
    through: wayOf(throughs),
    direct: 'none' in direct ? undefined : wayOf(directs),
    noDirect: 'none' in direct ? direct.none : undefined,
    overhead: 'none' in direct ? undefined : { p50: overhead('p50'), p99: overhead('p99') },
    cpuUs: noCpu === undefined ? spreadOf(throughs.map(cpuUsOf)) : { none: noCpu },
  }
}

/** CPU time of the gateway, µs per request that was sent. */
export const cpuUsOf = ({ gatewayMs = 0, load }: Measured): number => (gatewayMs * 1000) / Math.max(1, load.arrivals)

const latencies = (runs: readonly Measured[], percentile: 'p50' | 'p90' | 'p99'): readonly number[] =>
  runs.map(({ load }) => load.latency[percentile])

const wayOf = (runs: readonly Measured[]): WayFigures => {
  const requests = runs.reduce((sum, { load }) => sum + load.arrivals, 0)
  const errors = runs.reduce((sum, { load }) => sum + errorShare(load) * load.arrivals, 0)
  return {
    p50: spreadOf(latencies(runs, 'p50')),
    p90: spreadOf(latencies(runs, 'p90')),
    p99: spreadOf(latencies(runs, 'p99')),
    errors: requests === 0 ? 0 : errors / requests,
    requests,
    byClass: runs.reduce((sum, { load }) => addClasses(sum, load.byClass), {}),
    refusedWith: runs.find(({ load }) => load.refusedWith !== undefined)?.load.refusedWith,
    lateness: Math.max(...runs.map(({ load }) => load.lateness.p99)),
  }
}

const addClasses = (
  sum: Readonly<Record<string, number>>,
  more: Readonly<Record<string, number>>,
): Readonly<Record<string, number>> => {
  const keys = new Set([...Object.keys(sum), ...Object.keys(more)])
  return Object.fromEntries([...keys].sort().map(key => [key, (sum[key] ?? 0) + (more[key] ?? 0)]))
}
