import type { LimitRule } from '../../core/limits.ts'

const KINDS = { gcra: 1, 'fixed-window': 2, 'sliding-window': 3 } as const

/** Half of what a double holds exactly, so that what is used and what is asked for can be added. */
const EXACT = 2 ** 52

/** A rule as the script (redis-limit-script.ts) takes it. */
export interface LimitNumbers {
  readonly before: readonly [kind: string, limit: string, per: string, rate: string]
  readonly tick: string
}

/**
 * Microseconds as long as limit × period is exact in them, else milliseconds, which is enough for 1.7 million requests a
 * month; beyond that results are off by a fraction of a request.
 */
export const limitNumbers = ({ algorithm, count, burst, perMs }: LimitRule): LimitNumbers => {
  const gcra = algorithm === 'gcra'
  const limit = gcra ? burst : count
  const tickUs = limit * perMs * 1_000 <= EXACT ? 1 : 1_000
  const per = (perMs * 1_000) / tickUs
  return {
    before: [String(KINDS[algorithm]), String(limit), String(per), String(gcra ? count : 1)],
    tick: String(tickUs),
  }
}

/** More can be neither asked for nor given back at once. */
const MOST = 2 ** 31

/** Not a number costs nothing. Fractions are the script's business. */
export const costText = (cost: number): string => String(Math.min(MOST, Math.max(-MOST, cost)) || 0)
