import type { GatewaySpec, RouteSpec } from '../../spec/spec.ts'
import { showMs, showPart } from './figures.ts'
import type { FixedResult } from './results.ts'

export interface WarningInput {
  readonly route: RouteSpec
  readonly spec: GatewaySpec
  readonly fixed: FixedResult
  readonly stub: boolean
  readonly keepLimits: boolean
  /** Of a gateway that was running: nothing was changed. */
  readonly running: boolean
}

/** A generator this late says more of itself than of a gateway, at a rate that is meant to be modest. */
const LATE_MS = 2

/** What a reader must know before the figures. */
export const warningsOf = (input: WarningInput): readonly string[] => [
  ...refusals(input),
  ...limits(input),
  ...redis(input),
  ...lateness(input),
]

const refusals = ({ fixed }: WarningInput): string[] => {
  const { errors, refusedWith } = fixed.through
  if (errors === 0) return []
  const share = `${showPart(errors)} of the requests were not answered with 2xx or 3xx`
  if (refusedWith === 401 || refusedWith === 403) {
    return [`${share} (${refusedWith}): these are figures of refusals; give a credential with -H`]
  }
  return [
    refusedWith === undefined
      ? `${share}: no whole answer came`
      : `${share} (such as ${refusedWith}): these are figures of errors`,
  ]
}

const limits = ({ route, keepLimits, running }: WarningInput): string[] => {
  if (route.limits.length === 0 || running) return []
  return keepLimits ? [] : ['limits were raised, so that they count and refuse nothing (--keep-limits: as they are)']
}

const redis = ({ spec, stub }: WarningInput): string[] => {
  if (spec.state.kind !== 'redis') return []
  return [
    stub ? 'Redis was left out: limits counted in memory' : 'limits were counted in the Redis of the configuration',
  ]
}

const lateness = ({ fixed }: WarningInput): string[] => {
  const late = Math.max(fixed.through.lateness, fixed.direct?.lateness ?? 0)
  if (late <= LATE_MS) return []
  return [
    `the load generator was late by ${showMs(late)} at p99: the machine is busy, and p99 says so rather than the gateway`,
  ]
}
