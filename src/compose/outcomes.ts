import type { AggregatePlan, BranchOutcome } from './aggregate-plan.ts'
import type { BranchMissing, BranchResult } from './branch.ts'
import type { BranchRun } from './branch-run.ts'
import { standIn } from './judge.ts'

export interface OutcomesOwner {
  /** A required branch has no data, and never will. */
  failed(run: BranchRun, missing: BranchMissing): void
}

/** What became of the branches of one request, fallbacks included. */
export class Outcomes {
  /** In the order of writing; null: not known yet. */
  readonly results: (BranchResult | null)[]
  /** Without a result. */
  left: number
  /** A result came that others may wait for. */
  changed = false
  private readonly plan: AggregatePlan
  private readonly owner: OutcomesOwner

  constructor(plan: AggregatePlan, owner: OutcomesOwner) {
    this.plan = plan
    this.owner = owner
    this.results = plan.branches.map(() => null)
    this.left = this.results.length
  }

  isOpen(run: BranchRun): boolean {
    return this.results[run.plan.index] === null
  }

  settle(run: BranchRun, result: BranchResult): void {
    run.stop()
    this.results[run.plan.index] = result
    this.left--
    this.changed = true
    if (result.kind === 'missing' && run.plan.required) this.owner.failed(run, result)
  }

  /** It has no data of its own. */
  fail(run: BranchRun, missing: BranchMissing): void {
    this.count(run, missing.reason)
    run.stop()
    run.missing = missing
    this.fallBack(run, missing)
  }

  /** Its fallback stands in for it, as soon as that is known. */
  fallBack(run: BranchRun, missing: BranchMissing): void {
    const { fallback } = run.plan
    if (fallback === null) return this.settle(run, missing)
    if (fallback.kind === 'value') return this.settle(run, standIn(run.plan, fallback, missing))
    const other = this.results[fallback.index]
    if (other === null || other === undefined) return
    this.settle(run, other.kind === 'ok' ? standIn(run.plan, other, missing) : missing)
  }

  count(run: BranchRun, outcome: BranchOutcome): void {
    const { world } = this.plan
    run.trace?.end(outcome, run.request?.status ?? 0)
    world.onBranch(run.plan.name, outcome, run.request === null ? 0 : world.clock.now() - run.startedAt)
  }
}
