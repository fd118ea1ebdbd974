import { aggregate } from '../compose/aggregate.ts'
import type { AggregateWorld } from '../compose/aggregate-plan.ts'
import { compileTyped } from '../compose/typed/compile-typed.ts'
import type { Call } from '../core/policy.ts'
import type { RouteSpec } from '../spec/spec.ts'
import type { AggregateSpec, BranchSpec } from '../spec/spec-aggregate.ts'
import { branchMeter } from '../telemetry/branch-meter.ts'
import { discard } from '../upstream/discard.ts'
import { bounded } from './bounded.ts'
import type { OriginWorld } from './world.ts'

/** An aggregate as the origin of a route; `callOf` gives the complete call of a branch. */
export const aggregateOf = (
  spec: AggregateSpec,
  { name, totalMs }: RouteSpec,
  callOf: (branch: BranchSpec) => Call,
  { clock, after, truly, meter, dropField, isLogged, room, log, typed }: OriginWorld,
): Call => {
  const calls = new Map(spec.branches.map(branch => [branch.name, callOf(branch)]))
  const onBranch = branchMeter(meter, name, [...calls.keys()])
  const world: AggregateWorld = {
    clock,
    after,
    truly,
    dropField,
    discard: (reply, x) => discard(reply, x, after),
    onBranch,
    wantsFares: isLogged,
    room,
  }
  const code = spec.typed === undefined ? null : compileTyped(spec, typed(spec.typed), { ...world, log, route: name })
  return bounded(totalMs, aggregate(spec, calls, world, code))
}
