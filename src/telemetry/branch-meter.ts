import type { Counter, Histogram, Meter } from '../core/ports.ts'
import { BRANCH_OUTCOMES, type BranchOutcome } from './catalogue.ts'

export type BranchMeter = (branch: string, outcome: BranchOutcome, ms: number) => void

interface Counted {
  readonly outcomes: ReadonlyMap<BranchOutcome, Counter>
  readonly duration: Histogram
}

/** Counts how the branches of one route fared. */
export const branchMeter = (meter: Meter, route: string, branches: readonly string[]): BranchMeter => {
  const counted = new Map(branches.map((branch): [string, Counted] => [branch, countersOf(meter, { route, branch })]))
  return (branch, outcome, ms) => {
    const { outcomes, duration } = counted.get(branch)!
    outcomes.get(outcome)!.add(1)
    // What was never asked took no time.
    if (ms > 0) duration.observe(ms)
  }
}

const countersOf = (meter: Meter, labels: { readonly route: string; readonly branch: string }): Counted => ({
  outcomes: new Map(
    BRANCH_OUTCOMES.map(outcome => [outcome, meter.counter('sallyport_branch_requests_total', { ...labels, outcome })]),
  ),
  duration: meter.histogram('sallyport_branch_duration_seconds', labels),
})
