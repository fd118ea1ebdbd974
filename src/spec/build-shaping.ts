import { parseAffinity } from './parse-affinity.ts'
import type { Draft } from './salvage.ts'
import type { FaultOutput, SplitOutput } from './schema/shaping.ts'
import type { FaultSpec, SplitSpec } from './spec-resilience.ts'

/** Where something is wrong it is left out; see `buildPolicies`. */
export const buildFault = (draft: Draft<FaultOutput> | undefined): FaultSpec | undefined => {
  if (draft === undefined) return undefined
  const { delay, abort, header = '' } = draft
  return {
    delay: delay?.for === undefined ? undefined : { ms: delay.for, share: delay.share ?? 0 },
    abort: abort?.status === undefined ? undefined : { status: abort.status, share: abort.share ?? 0 },
    header: header.toLowerCase(),
  }
}

export const buildSplit = ({ sticky, header = '', cookie = '' }: Draft<SplitOutput> = {}): SplitSpec => ({
  sticky: sticky === undefined ? undefined : parseAffinity(sticky),
  header: header.toLowerCase(),
  cookie,
})
