import type { Call } from '../core/policy.ts'
import type { AggregateSpec, RefSpec } from '../spec/spec-aggregate.ts'
import { AggregateCall } from './aggregate-call.ts'
import type { AggregatePlan, AggregateWorld } from './aggregate-plan.ts'
import { compileAnswer } from './answer.ts'
import { compileBranches } from './branch-plan.ts'
import { composeShape } from './compose.ts'
import { compileReference, type Reference } from './references.ts'
import { compileShape } from './shape/shape.ts'
import { passable } from './sub-exchange.ts'
import type { Typed } from './typed/compile-typed.ts'

/**
 * Asks several services and makes one answer of theirs (DESIGN §2). `calls`: one for each branch, by its name; asked
 * with an exchange whose `path` and `query` are what goes to the service. `typed`: what a module adds to it.
 *
 * Throws where the spec refers to a branch, or has one, that is not there: the checks refuse that.
 */
export const aggregate = (
  spec: AggregateSpec,
  calls: ReadonlyMap<string, Call>,
  world: AggregateWorld,
  typed: Typed | null = null,
): Call => {
  const names = spec.branches.map(({ name }) => name)
  let readsBody = false
  const resolve = (ref: RefSpec): Reference => {
    if (ref.source === 'body') readsBody = true
    return compileReference(ref, names, world.dropField)
  }
  const branches = compileBranches(spec, calls, resolve, typed?.checks)
  const { deadlineMs, maxBytes } = spec
  const answer = compileAnswer(spec)
  const compose = typed?.compose ?? composeShape(compileShape(spec))
  const passHeaders = passable(spec.passHeaders)
  const plan: AggregatePlan = { branches, deadlineMs, maxBytes, readsBody, passHeaders, answer, compose, world }
  return x => new AggregateCall(x, plan).start()
}
