import type { WrkRequest } from './ends.ts'
import type { CpuMeter } from './lab.ts'
import type { FullSpeedResult, FullSpeedWay } from './results.ts'
import { spreadOf } from './spread.ts'
import { type FullSpeed, wrk } from './wrk.ts'

export interface FullSpeedOptions {
  readonly through: WrkRequest
  readonly direct: WrkRequest | undefined
  readonly gateway: CpuMeter
  readonly rounds: number
  readonly durationMs: number
  readonly connections: number
  readonly folder: string
  readonly signal: AbortSignal
  readonly onRound: (round: number) => void
}

/** As many requests as each way answers, by wrk, in turns. */
export const fullSpeed = async (options: FullSpeedOptions): Promise<FullSpeedResult> => {
  const { through, direct, gateway, rounds, onRound } = options
  const throughs: FullSpeed[] = []
  const directs: FullSpeed[] = []
  const cpuUs: number[] = []
  for (let round = 0; round < rounds; round++) {
    onRound(round)
    if (direct !== undefined) directs.push(await wrk({ ...options, request: direct }))
    const before = await gateway()
    const seen = await wrk({ ...options, request: through })
    const after = await gateway()
    throughs.push(seen)
    if (before !== undefined && after !== undefined) cpuUs.push(((after - before) * 1000) / Math.max(1, seen.requests))
  }
  return {
    connections: options.connections,
    through: wayOf(throughs),
    direct: directs.length === 0 ? undefined : wayOf(directs),
    cpuUs: cpuUs.length === 0 ? undefined : spreadOf(cpuUs),
  }
}

const wayOf = (runs: readonly FullSpeed[]): FullSpeedWay => ({
  perSecond: spreadOf(runs.map(({ requests, seconds }) => requests / seconds)),
  p50: spreadOf(runs.map(({ p50 }) => p50)),
  p99: spreadOf(runs.map(({ p99 }) => p99)),
  errors: runs.reduce((sum, { errors }) => sum + errors, 0),
})
