import { aggregate } from '../compose/aggregate.ts'
import type { Call } from '../core/policy.ts'
import type { AggregateSpec, BranchSpec } from '../spec/spec-aggregate.ts'
import { branchMeter } from '../telemetry/branch-meter.ts'
import { discard } from '../upstream/discard.ts'
import type { World } from './world.ts'

/** An aggregate as the origin of a route; `callOf` gives the complete call of a branch. */
export const aggregateOf = (
  spec: AggregateSpec,
  route: string,
  callOf: (branch: BranchSpec) => Call,
  { clock, after, meter }: World,
): Call => {
  const calls = new Map(spec.branches.map(branch => [branch.name, callOf(branch)]))
  const onBranch = branchMeter(meter, route, [...calls.keys()])
  return aggregate(spec, calls, { clock, after, discard: (reply, x) => discard(reply, x, after), onBranch })
}
