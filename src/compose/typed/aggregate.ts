import type { AggregateRequest } from '../../core/code/aggregate-request.ts'
import type { Answered } from '../../core/code/answered.ts'
import { TYPED } from '../../core/code/hidden.ts'
import type { TypedParts, Validate } from '../../core/code/typed-parts.ts'
import { parseRefTemplate } from '../../spec/ref-template.ts'
import { type AnyPart, isPart, type Part } from './part.ts'
import type { AnyAggregate, AnyAsked } from './service.ts'

type Parts = Readonly<Record<string, Part<AnyAsked, unknown>>>

type Results<Branches extends Parts> = {
  readonly [K in keyof Branches]: NonNullable<Branches[K]['~result']>
}

/** Keys of the configuration that say nothing about its branches. */
type Whole = Omit<AnyAggregate, 'branches' | 'shape' | 'takeHeaders'>

export interface TypedAggregate<Branches extends Parts> extends Whole {
  readonly branches: { readonly [K in keyof Branches]: Branches[K]['branch'] }
}

type Shaped<Branches extends Parts, Answer> =
  | {
      /**
       * Makes the body of the answer, once every branch has data or none is to be expected. May be asynchronous: it has
       * what is left of the deadline, and at least 100 ms. If it throws or takes longer, this one request is answered 500.
       */
      readonly reply: (branches: Results<Branches>, request: AggregateRequest) => Answer
      readonly shape?: never
    }
  | { readonly reply?: never; readonly shape?: AnyAggregate['shape'] }

export type AggregateOptions<Branches extends Parts, Answer> = Whole &
  Shaped<Branches, Answer> & {
    readonly branches: Branches
    /** Header fields of the answer that are those of a branch: the name, and of which. */
    readonly takeHeaders?: Readonly<Record<string, keyof Branches & string>>
  }

/** Anything when JSON can say the answer; otherwise what `reply` must give, with `never` where it cannot. */
type Writable<Answer> = [Awaited<Answer>] extends [Answered<Awaited<Answer>>]
  ? unknown
  : { readonly reply: (...given: never) => Answered<Awaited<Answer>> }

/**
 * An answer made of several, for the key `aggregate` of a route: what `branches` ask, and how `reply` makes one answer of
 * it. Without `reply` the answer has a member for each, or is what `shape` says, made of what the schemas accepted.
 */
export const aggregate = <Branches extends Parts, Answer>(
  options: AggregateOptions<Branches, Answer> & Writable<Answer>,
): TypedAggregate<Branches> => {
  const { branches, reply, ...whole } = options
  const parts = Object.entries<AnyPart>(branches ?? {})
  const made = { ...whole, branches: Object.fromEntries(parts.map(([name, part]) => [name, branchOf(name, part)])) }
  checkLeftOut(parts)
  if (reply !== undefined && typeof reply !== 'function') throw mistake('"reply" must be a function')
  if (reply !== undefined && whole.shape !== undefined) throw mistake('only one of "reply" and "shape" can be given')
  const typed: TypedParts = {
    branches: parts.map(([name]) => name),
    schemas: new Map(parts.flatMap(([name, part]) => schemaOf(name, part))),
    reply: reply === undefined ? null : (reply as unknown as NonNullable<TypedParts['reply']>),
  }
  return { ...made, [TYPED]: typed } as unknown as TypedAggregate<Branches>
}

const branchOf = (name: string, part: unknown): object => {
  if (!isPart(part)) throw mistake(`branch "${name}" must be made by required(...) or optional(...)`)
  return part.branch
}

const schemaOf = (name: string, { schema }: AnyPart): [string, Validate][] =>
  schema === undefined ? [] : [[name, value => schema['~standard'].validate(value)]]

/**
 * A branch that needs what a branch with conditions has is left out together with that. `reply` only knows of it when it
 * has conditions of its own.
 */
const checkLeftOut = (parts: readonly (readonly [string, AnyPart])[]): void => {
  const conditional = new Set(
    parts.filter(([, { branch }]) => 'when' in branch && branch.when !== undefined).map(([name]) => name),
  )
  for (const [name, { branch }] of parts) {
    const needed = conditional.has(name) ? undefined : branchesIn(branch).find(other => conditional.has(other))
    if (needed !== undefined) {
      throw mistake(`branch "${name}" needs "${needed}", which may be left out; give it a "when" of its own`)
    }
  }
}

/** Those whose data goes into a request. */
const branchesIn = (value: unknown): readonly string[] => {
  if (typeof value === 'string') {
    return parseRefTemplate(value).refs.flatMap(({ ref }) => (ref.source === 'branches' ? (ref.path[0] ?? []) : []))
  }
  return typeof value === 'object' && value !== null ? Object.values(value).flatMap(branchesIn) : []
}

/** Placed at the call, not here. */
const mistake = (message: string): TypeError => {
  const error = new TypeError(message)
  Error.captureStackTrace(error, aggregate)
  return error
}
