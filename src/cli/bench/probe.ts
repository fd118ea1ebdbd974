import { CommandError } from '../exit.ts'
import type { Direct } from './ends.ts'
import type { Lab } from './lab.ts'
import type { Endpoint, LoadResult } from './load-order.ts'

/** A few requests, slowly. */
const RATE = 20
const DURATION_MS = 300

/** Rejects with one sentence when nobody answers. */
export const probe = async (lab: Lab, through: Endpoint, direct: Direct | undefined): Promise<void> => {
  const ask = async (endpoint: Endpoint): Promise<LoadResult> =>
    (await lab.run({ endpoint, rate: RATE, durationMs: DURATION_MS, seed: 1 })).load
  if (direct !== undefined && (await ask(direct.endpoint)).answers === 0) {
    throw new CommandError(
      `service ${direct.service} at ${direct.url} does not answer; start it, or measure with stub services (--stub)`,
    )
  }
  if ((await ask(through)).answers > 0) return
  throw new CommandError(`the gateway at ${through.host}:${through.port} does not answer`)
}
