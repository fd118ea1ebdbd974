import { availableParallelism } from 'node:os'
import type { Generator } from './generator.ts'
import type { Endpoint, LoadResult } from './load-order.ts'
import { busyShare, machineTime } from './machine.ts'

/** Whose CPU time is read around a run. Resolves to ms so far, undefined where it cannot be told. */
export type CpuMeter = () => Promise<number | undefined>

export interface Measured {
  readonly load: LoadResult
  /** CPU time spent while it ran, ms. */
  readonly gatewayMs: number | undefined
  readonly serviceMs: number | undefined
  /** Share of all cores, 0 to 1. */
  readonly machineBusy: number
  /** Wall time that the CPU times belong to. */
  readonly wallMs: number
}

export interface Run {
  readonly endpoint: Endpoint
  readonly rate: number
  readonly durationMs: number
  readonly seed: number
  /** Undefined for a run without the gateway. */
  readonly gateway?: CpuMeter | undefined
}

export interface LabOptions {
  readonly generator: Generator
  readonly service: CpuMeter
  readonly connections: number
  /** For all runs together. */
  readonly mostRequests: number
  readonly signal: AbortSignal
}

/** Runs the generator and looks at the clocks around it. */
export interface Lab {
  run(run: Run): Promise<Measured>
}

export const CORES = availableParallelism()

/** Before each run, of its own load: connections are new, and caches cold. */
const LEAD_IN_MS = 200

export const createLab = ({ generator, service, connections, mostRequests, signal }: LabOptions): Lab => {
  let left = mostRequests
  return {
    run: async ({ endpoint, rate, durationMs, seed, gateway = nobody }) => {
      signal.throwIfAborted()
      if (left <= 0) throw new Error(`the bench has sent the ${mostRequests} requests it may send; see --max-requests`)
      const wallBefore = performance.now()
      const machineBefore = machineTime()
      const [gatewayBefore, serviceBefore] = await Promise.all([gateway(), service()])
      const order = { endpoint, rate, durationMs, leadInMs: LEAD_IN_MS, connections, mostRequests: left, seed }
      const load = await abortable(generator.run(order), signal)
      const [gatewayAfter, serviceAfter] = await Promise.all([gateway(), service()])
      left -= load.arrivals
      return {
        load,
        gatewayMs: difference(gatewayBefore, gatewayAfter),
        serviceMs: difference(serviceBefore, serviceAfter),
        machineBusy: busyShare(machineBefore, machineTime()),
        wallMs: performance.now() - wallBefore,
      }
    },
  }
}

const nobody: CpuMeter = async () => undefined

const difference = (before: number | undefined, after: number | undefined): number | undefined =>
  before === undefined || after === undefined ? undefined : after - before

const abortable = <T>(work: Promise<T>, signal: AbortSignal): Promise<T> =>
  new Promise((resolve, reject) => {
    const onAbort = (): void => reject(signal.reason)
    signal.addEventListener('abort', onAbort, { once: true })
    work.then(resolve, reject).finally(() => signal.removeEventListener('abort', onAbort))
  })
