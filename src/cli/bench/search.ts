import { setTimeout as sleep } from 'node:timers/promises'
import { type Base, bendOf } from './bend.ts'
import { findKnee, type Knee, type Step } from './knee.ts'
import { CORES, type CpuMeter, type Lab, type Measured } from './lab.ts'
import type { Endpoint, LoadResult } from './load-order.ts'
import type { SearchResult } from './results.ts'
import { errorShare } from './tally.ts'
import { type Verdict, verdictOf } from './verdict.ts'

export interface SearchOptions {
  readonly lab: Lab
  readonly through: Endpoint
  readonly direct: Endpoint | undefined
  readonly gateway: CpuMeter
  readonly workers: number
  readonly start: number
  readonly most: number
  readonly durationMs: number
  readonly base: { readonly through: Base; readonly direct: Base }
  readonly signal: AbortSignal
  readonly onStep: (step: Step<Measured>, way: 'through' | 'direct') => void
}

/** The gap around the bend that is near enough: on a shared machine the bend itself moves by more. */
const WITHIN = 0.1
const MOST_STEPS = 24
/** How far above the gateway's bend the way without it is looked at: beyond, it is out of the question. */
const DIRECT_REACH = 2

/** Raises the rate until it bends, with and without the gateway, and says who was the bottleneck. */
export const search = async (options: SearchOptions): Promise<SearchResult> => {
  const { lab, through, direct, gateway, workers, start, most, durationMs, base, signal, onStep } = options
  const look = (way: 'through' | 'direct', endpoint: Endpoint, from: number, to: number) =>
    findKnee<Measured>({
      start: from,
      most: to,
      within: WITHIN,
      mostSteps: MOST_STEPS,
      measure: async rate => {
        const meter = way === 'through' ? gateway : undefined
        const seen = await lab.run({ endpoint, rate, durationMs, seed: 1, gateway: meter })
        const step = { rate, bends: bendOf(seen.load, base[way]), seen }
        onStep(step, way)
        if (step.bends !== undefined) await recovered({ lab, endpoint, rate: start, errors: base[way].errors, signal })
        return step
      },
    })
  const with_ = await look('through', through, start, most)
  const reach = Math.min(most, (with_.bentAt?.rate ?? with_.held) * DIRECT_REACH)
  const without = direct && (await look('direct', direct, start, reach))
  return {
    through: loads(with_),
    direct: without && loads(without),
    verdict: with_.bentAt && judge(with_.bentAt, without, workers),
  }
}

/** Between looks whether it answers again. */
const PAUSE_MS = 1000
const MOST_LOOKS = 10
const LOOK_MS = 250

/** After too much, breakers are open and queues full: what comes next would be measured against these. */
const recovered = async ({
  lab,
  endpoint,
  rate,
  errors,
  signal,
}: {
  readonly lab: Lab
  readonly endpoint: Endpoint
  readonly rate: number
  /** Share that is normal. */
  readonly errors: number
  readonly signal: AbortSignal
}): Promise<void> => {
  for (let look = 0; look < MOST_LOOKS; look++) {
    const { load } = await lab.run({ endpoint, rate: Math.min(rate, MODEST), durationMs: LOOK_MS, seed: 2 })
    if (errorShare(load) <= errors) return
    await sleep(PAUSE_MS, undefined, { signal })
  }
}

const MODEST = 200

const judge = (
  { rate, bends = '', seen }: Step<Measured>,
  direct: Knee<Measured> | undefined,
  workers: number,
): Verdict => {
  const { load, gatewayMs, serviceMs, machineBusy } = seen
  const cores = (ms: number): number => ms / load.elapsedMs
  return verdictOf({
    rate,
    bends,
    workers,
    gatewayCpu: gatewayMs === undefined ? undefined : cores(gatewayMs) / workers,
    serviceCpu: serviceMs === undefined ? undefined : cores(serviceMs),
    generatorCpu: cores(load.generatorCpuMs),
    generatorLateMs: load.lateness.p99,
    machineBusy,
    cores: CORES,
    peak: load.peak,
    connections: load.connections,
    direct: direct && { held: direct.held, bentAt: direct.bentAt?.rate },
  })
}

const loads = ({ held, bentAt, steps }: Knee<Measured>): Knee<LoadResult> => {
  const load = ({ rate, bends, seen }: Step<Measured>): Step<LoadResult> => ({ rate, bends, seen: seen.load })
  return { held, bentAt: bentAt && load(bentAt), steps: steps.map(load) }
}
