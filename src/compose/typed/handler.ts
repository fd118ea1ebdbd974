import type { AggregateRequest } from '../../core/code/aggregate-request.ts'
import type { Answered } from '../../core/code/answered.ts'
import { TYPED } from '../../core/code/hidden.ts'
import type { Responded } from '../../core/code/respond.ts'
import type { TypedParts } from '../../core/code/typed-parts.ts'
import type { Unchecked } from '../../core/code/unchecked.ts'
import type { FrozenConfig } from '../../spec/define.ts'

/** What a handler may know of the request. Good until the answer is given: then there are no more headers. */
export interface HandlerRequest extends AggregateRequest {
  /** The JSON it came with; undefined where there was no body. Other content was answered 400. */
  readonly body: Unchecked | undefined
}

/** `deadline`: what it has, 500ms unless set. `maxBytes`: of the request's body, 1MiB unless set. */
export type HandlerOptions = NonNullable<AnyRoute['handler']>

type AnyRoute = NonNullable<FrozenConfig['routes']>[number]

/** Anything when JSON can say the answer; otherwise what must be given, with `never` where it cannot. */
type Writable<Answer> = [Plain<Answer>] extends [Answered<Plain<Answer>>]
  ? unknown
  : (...given: never) => Answered<Plain<Answer>>

type Plain<Answer> = Exclude<Awaited<Answer>, Responded>

/**
 * A function that answers, for the key `handler` of a route: with what JSON can say, or with `respond(...)`. May be
 * asynchronous: it has until the deadline. If it throws or takes longer, this one request is answered 500.
 */
export const handler = <Answer>(
  answer: ((request: HandlerRequest) => Answer) & Writable<Answer>,
  options: HandlerOptions = {},
): HandlerOptions => {
  if (typeof answer !== 'function') throw mistake('"handler" must be given a function')
  const typed: TypedParts = {
    branches: [],
    schemas: new Map(),
    reply: (_branches, request) => answer(request as HandlerRequest),
  }
  const made = { ...options, [TYPED]: typed }
  return made
}

/** Placed at the call, not here. */
const mistake = (message: string): TypeError => {
  const error = new TypeError(message)
  Error.captureStackTrace(error, handler)
  return error
}
