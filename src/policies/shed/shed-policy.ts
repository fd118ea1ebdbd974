import { Fault } from '../../base/errors.ts'
import type { Policy } from '../../core/policy.ts'
import { faultReply } from '../../core/reply.ts'

const LATE = new Fault('OVERLOADED', 'the gateway has more to do than it can', [['retry-after', '1']])

/** Refuses requests while this worker cannot keep up: the first gate, so that a refusal costs next to nothing. */
export const shedPolicy = (isLate: () => boolean): Policy => ({
  name: 'load shedding',
  gate: () => (isLate() ? faultReply(LATE) : undefined),
})
