import type { BranchData, BranchMissing, MissingReason } from './branch.ts'
import type { BranchPlan } from './branch-plan.ts'
import type { SubRequest } from './sub-request.ts'

/** What a branch makes of its request, once that is over. `afterMs`: of the aggregate. */
export const judge = (plan: BranchPlan, request: SubRequest, afterMs: number): BranchData | BranchMissing => {
  const { status, text, fault, reason } = request
  const missing = (why: MissingReason): BranchMissing => ({ kind: 'missing', reason: why, status, afterMs, fault })
  // Another branch may have wanted an answer that this one does not.
  if (status !== 0 && !plan.expects(status)) return missing('status')
  if (reason !== null) return missing(reason)
  if (text === null || text.text === null) return missing('invalid')
  if (text.size > plan.maxBytes) return missing('oversize')
  const edited = plan.edit === null ? null : plan.edit(text.json())
  if (edited === undefined) return missing('invalid')
  const data: BranchData = {
    kind: 'ok',
    text: plan.edit === null ? text.text : null,
    json: plan.edit === null ? () => text.json() : () => edited,
    status,
    afterMs,
    missing: null,
  }
  return fits(plan, data) ? data : missing('invalid')
}

/** The data of a fallback, in place of that of a branch that has none; the branch's failure where it does not fit. */
export const standIn = (
  plan: BranchPlan,
  data: Pick<BranchData, 'text' | 'json'>,
  missing: BranchMissing,
): BranchData | BranchMissing => {
  if (!fits(plan, data)) return missing
  const { status, afterMs } = missing
  return { kind: 'ok', text: data.text, json: () => data.json(), status, afterMs, missing }
}

const fits = ({ accepts }: BranchPlan, data: Pick<BranchData, 'text' | 'json'>): boolean =>
  accepts === null || accepts(data)
