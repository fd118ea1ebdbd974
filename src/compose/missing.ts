import { type ErrorCode, Fault } from '../base/errors.ts'
import type { BranchMissing, MissingReason } from './branch.ts'
import { Unaskable } from './references.ts'

/** What a fault of a call means for its branch. Whoever was not let through to the service did not reach it either. */
export const reasonOf = ({ code }: Fault): MissingReason => REASONS[code] ?? 'connect'

const REASONS: Readonly<Partial<Record<ErrorCode, MissingReason>>> = {
  UPSTREAM_TIMEOUT: 'timeout',
  UPSTREAM_PROTOCOL: 'invalid',
  // Framing that is broken in the middle of a body is told in the words for requests.
  BAD_REQUEST: 'invalid',
}

/** What happened, for people: follows the name of the branch. */
const say = ({ reason, status }: BranchMissing): string => {
  switch (reason) {
    case 'timeout':
      return 'did not answer in time'
    case 'status':
      return `answered ${status}`
    case 'connect':
      return 'could not be reached'
    case 'invalid':
      return status === 0 ? 'could not be asked, or gave no valid answer' : 'gave an answer that is not valid'
    case 'oversize':
      return 'gave an answer that is too large'
    case 'skipped':
      return 'needs what another branch does not have'
  }
}

/** It could not be asked, and what is wrong came with the request. */
const isClients = ({ fault }: BranchMissing): boolean => fault instanceof Unaskable && fault.byClient

/**
 * A required branch has no data. Where the client gave nothing to ask with, or something that does not fit, its request is
 * at fault: no service failed, and sending it again would not help. The status of its answer is `branchStatus`: `status` is that of the problem itself
 * (RFC 9457 §3.1.2).
 */
export const requiredFault = (branch: string, missing: BranchMissing): Fault => {
  const { reason, status, fault } = missing
  const members = status === 0 ? { branch, reason } : { branch, reason, branchStatus: status }
  if (isClients(missing)) {
    const detail = `branch "${branch}" cannot be asked: ${fault?.detail}`
    return new Fault('BAD_REQUEST', detail, [], { type: typeOf('BAD_REQUEST'), members })
  }
  const code = reason === 'timeout' ? 'BRANCH_TIMEOUT' : 'BRANCH_FAILED'
  return new Fault(code, `branch "${branch}" ${say(missing)}`, [], { type: typeOf(code), members })
}

/** No branch has data; all that were asked are in `missing`. */
export const emptyFault = (missing: readonly (readonly [branch: string, BranchMissing])[]): Fault => {
  const branches = Object.fromEntries(missing.map(([branch, { reason }]) => [branch, reason]))
  const detail = `no branch has data: ${missing.map(([branch, each]) => `"${branch}" ${say(each)}`).join(', ')}`
  const code = missing.every(([, each]) => isClients(each)) ? 'BAD_REQUEST' : 'BRANCH_FAILED'
  return new Fault(code, detail, [], { type: typeOf(code), members: { branches } })
}

/** The branches' data do not go together as the shape says. */
export const conflictFault = (detail: string): Fault => new Fault('BRANCH_FAILED', detail)

const typeOf = (code: ErrorCode): string => `urn:sallyport:error:${code.toLowerCase()}`
