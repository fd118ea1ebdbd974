import type { Call } from '../../core/policy.ts'
import type { RetrySpec } from '../../spec/spec-resilience.ts'
import { RetriedCall } from './retried-call.ts'
import type { RetryPlan, RetryWorld, TryCall } from './retry-plan.ts'
import { compileReason } from './retry-reason.ts'

/** Asks again, another target where there is one, as far as the spec, the request and its deadline allow. */
export const retrying = (spec: RetrySpec, next: TryCall, world: RetryWorld): Call => {
  const resends = spec.attempts > 1 && spec.on.some(on => on !== 'connect')
  const plan: RetryPlan = {
    spec,
    next,
    world,
    reasonOf: compileReason(spec),
    maxBodyBytes: resends ? spec.maxBodyBytes : 0,
  }
  return x => new RetriedCall(x, plan).start()
}
