import type { BranchFare } from '../core/exchange.ts'
import type { AccessEntry } from '../core/serving.ts'

/** How finished requests become lines. */
export interface LineFormat {
  write(entry: AccessEntry): void
  /** At the end of the line that was written last, how the branches of an aggregate fared. */
  writeBranches(branches: readonly BranchFare[]): void
}

/** Fields that the gateway does not bound itself: a client must not choose how long a line gets. */
export const LONGEST_TARGET = 8192
export const LONGEST_FIELD = 1024
/** Of a branch: as long as whoever wrote the configuration likes. */
export const LONGEST_NAME = 128

export const cut = (text: string, longest: number): string =>
  text.length <= longest ? text : `${text.slice(0, longest)}...`

/** Not finite: 0. */
export const whole = (n: number): number => (Number.isFinite(n) ? n : 0)

/** To the microsecond; 0 where they were not measured. */
export const microsOf = (ms: number): number => (ms > 0 && ms < 1e9 ? Math.round(ms * 1000) : 0)
