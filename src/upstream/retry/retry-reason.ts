import type { Exchange } from '../../core/exchange.ts'
import type { Reply } from '../../core/reply.ts'
import type { RetrySpec } from '../../spec/spec-resilience.ts'

/** Why there is another try, for metrics. */
export type RetryReason = 'connect' | 'reset' | 'timeout' | 'status'

/** Tells from how a try ended whether the spec wants another; null: it does not. */
export type ReasonOf = (x: Exchange, reply: Reply) => RetryReason | null

export const compileReason = ({ on }: RetrySpec): ReasonOf => {
  const statuses = new Set(on)
  const connect = on.includes('connect')
  const reset = on.includes('reset')
  const timeout = on.includes('timeout')
  return ({ outcome }, { fault, status }) => {
    if (fault === null) return statuses.has(status) ? 'status' : null
    // A breaker that is open, a full queue: another try would only make it worse (DESIGN §5). What went wrong on the
    // client's side, or in ours, goes wrong again.
    if (fault.code !== 'UPSTREAM_CONNECT' && fault.code !== 'UPSTREAM_TIMEOUT') return null
    if (outcome === 'connect' && connect) return 'connect'
    if (outcome === 'reset') return reset ? 'reset' : null
    const late = outcome === 'timeout' || (outcome === 'connect' && fault.code === 'UPSTREAM_TIMEOUT')
    return late && timeout ? 'timeout' : null
  }
}
