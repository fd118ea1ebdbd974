import { Fault } from '../base/errors.ts'
import type { TracedBranch } from '../core/trace.ts'
import type { BranchData, BranchMissing, BranchResult, MissingReason } from './branch.ts'
import type { BranchPlan } from './branch-plan.ts'
import type { Inputs } from './references.ts'
import type { Asked } from './sub-exchange.ts'
import type { SubRequest } from './sub-request.ts'

/**
 * Whether a branch can be asked: what for; undefined, not yet; null, it is left out; else why it cannot, with the fault
 * of what it would have asked for.
 */
export type Readiness = Asked | undefined | null | MissingReason | Fault

/** One branch of one request, on its way to a result. */
export class BranchRun {
  readonly plan: BranchPlan
  readonly trace: TracedBranch | null
  /** Under way or over; may be that of others too. Null: nothing was asked. */
  request: SubRequest | null = null
  /** When it was asked, ms of the worker's clock. */
  startedAt = 0
  stopTimer: (() => void) | null = null
  /** Its own time is over. */
  late = false
  /** What its schema makes of its answer; null: that was not asked. */
  checked: BranchData | BranchMissing | 'pending' | null = null
  /** It failed, and waits for the branch that stands in for it. */
  missing: BranchMissing | null = null
  /** What the request alone decides was decided. */
  private admitted = false

  constructor(plan: BranchPlan, trace: TracedBranch | null) {
    this.plan = plan
    this.trace = trace
  }

  /** `isLate`: nothing starts any more. */
  readiness(from: Inputs, isLate: boolean): Readiness {
    const { early, inputs, late, needs, ask } = this.plan
    const { results } = from
    try {
      if (!this.admitted && early !== null && !early(from)) return null
      this.admitted = true
      // At once: a required branch that can have no data must not wait for more.
      if (hasKind(results, inputs, 'missing')) return 'skipped'
      for (const input of inputs) if (results[input] === null) return undefined
      if ((late !== null && !late(from)) || hasKind(results, needs, 'left out')) return null
      return isLate ? 'timeout' : ask(from)
    } catch (error) {
      if (error instanceof Fault) return error
      throw error
    }
  }

  stop(): void {
    this.stopTimer?.()
    this.stopTimer = null
  }
}

const hasKind = (results: Inputs['results'], indexes: readonly number[], kind: BranchResult['kind']): boolean => {
  for (const index of indexes) if (results[index]?.kind === kind) return true
  return false
}
