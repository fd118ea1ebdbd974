import type { HealthSpec } from '../../spec/spec-resilience.ts'

/** What is thought of a target after so many probes. */
export interface Tally {
  /** Until proven otherwise. */
  readonly healthy: boolean
  /** Probes in a row that speak against that. */
  readonly against: number
}

export const UNTRIED: Tally = { healthy: true, against: 0 }

type Thresholds = Pick<HealthSpec, 'healthyAfter' | 'unhealthyAfter'>

export const afterProbe = ({ healthy, against }: Tally, ok: boolean, spec: Thresholds): Tally => {
  if (ok === healthy) return { healthy, against: 0 }
  const bound = healthy ? spec.unhealthyAfter : spec.healthyAfter
  return against + 1 >= bound ? { healthy: !healthy, against: 0 } : { healthy, against: against + 1 }
}
