import { createComplaints } from '../../core/code/complaints.ts'
import type { TypedParts } from '../../core/code/typed-parts.ts'
import type { Clock, Log } from '../../core/ports.ts'
import type { AggregateSpec } from '../../spec/spec-aggregate.ts'
import type { Compose } from '../compose.ts'
import { type Check, compileCheck } from './check.ts'
import { compileReply, type ReplyWorld } from './compile-reply.ts'

/** What the module of an aggregate adds to its engine. */
export interface Typed {
  /** By branch, in the order of writing; null: its data is taken as it comes. */
  readonly checks: readonly (Check | null)[]
  /** Null: the shape makes the answer. */
  readonly compose: Compose | null
}

export interface TypedWorld extends ReplyWorld {
  readonly clock: Clock
  readonly log: Log
  /** Name of the route, for the log. */
  readonly route: string
}

const CHANGING = 'the code of its aggregate has other branches each time it is evaluated'

/** Throws one sentence where the code is not that of this Spec. */
export const compileTyped = (spec: AggregateSpec, parts: TypedParts, world: TypedWorld): Typed => {
  const { branches, schemas, reply } = parts
  if (branches.join() !== spec.branches.map(({ name }) => name).join()) throw new Error(`${world.route}: ${CHANGING}`)
  const complain = createComplaints(world.log, world.clock, world.route)
  const checks = spec.branches.map(({ name }) => {
    const validate = schemas.get(name)
    return validate === undefined ? null : compileCheck(name, validate, reply === null, complain)
  })
  return { checks, compose: reply === null ? null : compileReply(spec, reply, world, complain) }
}
