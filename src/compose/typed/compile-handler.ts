import { Fault } from '../../base/errors.ts'
import { headersOf } from '../../base/headers.ts'
import { createComplaints } from '../../core/code/complaints.ts'
import { jsonText } from '../../core/code/json-text.ts'
import { isResponded, replyOf } from '../../core/code/respond.ts'
import type { TypedParts } from '../../core/code/typed-parts.ts'
import type { Call } from '../../core/policy.ts'
import { Reply } from '../../core/reply.ts'
import { isIdentityField } from '../../http1/serialize.ts'
import type { HandlerSpec } from '../../spec/spec.ts'
import type { BodyRoom } from '../body-room.ts'
import type { TypedWorld } from './compile-typed.ts'
import { HandlerCall, type HandlerPlan } from './handler-call.ts'

const CHANGING = 'the code of its handler is another each time it is evaluated'

export interface HandlerWorld extends TypedWorld {
  /** For the bodies that are read. */
  readonly room: BodyRoom
}

/** A function of the configuration as the origin of a route. Throws one sentence where the code is not that of this Spec. */
export const compileHandler = (spec: HandlerSpec, { branches, reply }: TypedParts, world: HandlerWorld): Call => {
  if (branches.length > 0 || reply === null) throw new Error(`${world.route}: ${CHANGING}`)
  const { clock, after, dropField = isIdentityField } = world
  const complain = createComplaints(world.log, clock, world.route)
  const plan: HandlerPlan = {
    deadlineMs: spec.deadlineMs,
    maxBytes: spec.maxBytes,
    handle: request => reply({}, request),
    write,
    failed: (error, { requestId }) => {
      complain('the handler failed', { error, requestId })
      return new Fault('INTERNAL')
    },
    room: world.room,
    clock,
    truly: world.truly,
    after,
    dropField,
  }
  return x => new HandlerCall(x, plan).start()
}

const JSON_HEAD = headersOf([['content-type', 'application/json']])

/** Throws where it is no answer. */
const write = (value: unknown): Reply => {
  if (!isResponded(value)) return new Reply(200, JSON_HEAD, Buffer.from(jsonText(value)))
  return replyOf(value)
}
