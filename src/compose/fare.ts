import type { BranchFare } from '../core/exchange.ts'
import type { BranchResult } from './branch.ts'
import type { BranchRun } from './branch-run.ts'

/**
 * How a branch fared, in the words of `_meta` and the metrics. Null: it was neither asked nor decided when the answer was.
 * `elapsedMs`: of the aggregate.
 */
export const fareOf = (run: BranchRun, known: BranchResult | null, elapsedMs: number): BranchFare | null => {
  const { plan, request } = run
  const { name } = plan
  const upstream = request?.x.upstream ?? ''
  // One that waits for its fallback has failed already.
  const result = known ?? run.missing
  if (result === null) {
    if (request === null) return null
    return { name, status: 'cancelled', reason: '', ms: elapsedMs, httpStatus: request.status, upstream }
  }
  if (result.kind === 'left out') return { name, status: 'left out', reason: '', ms: 0, httpStatus: 0, upstream }
  const { afterMs: ms, status: httpStatus } = result
  if (result.kind === 'missing') return { name, status: result.reason, reason: '', ms, httpStatus, upstream }
  const { missing } = result
  if (missing === null) return { name, status: 'ok', reason: '', ms, httpStatus, upstream }
  return { name, status: 'fallback', reason: missing.reason, ms, httpStatus, upstream }
}
