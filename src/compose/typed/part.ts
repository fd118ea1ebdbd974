import type { LeftOut, Missing, Ok, OkOrFell } from './results.ts'
import type { AnyAsked, AnyBranch, Only, Question } from './service.ts'
import type { StandardSchema } from './standard-schema.ts'

/** A branch as `aggregate()` takes it; `Result` is what `reply` gets of it. */
export interface Part<A extends AnyAsked, Result> {
  /** As the configuration says it. */
  readonly branch: A
  readonly schema: StandardSchema | undefined
  /** Only in the types. */
  readonly '~result'?: Result
}

export type AnyPart = Part<AnyAsked, unknown>

export interface RequiredOptions extends Pick<AnyBranch, 'timeout' | 'retry' | 'when'> {}

export interface OptionalOptions<Data> extends RequiredOptions {
  /** JSON that stands in when it fails. */
  readonly fallback?: Data
}

/** Without it the whole fails: `reply` is called only when it has data, or was left out since its `when` does not hold. */
export const required = <A extends AnyAsked, Data, Options extends RequiredOptions = Record<never, never>>(
  question: Question<A, Data>,
  options?: Options & Only<Options, RequiredOptions>,
): Part<A, Ok<Data> | LeftOutIf<Options>> => ({
  branch: { ...question.asked, required: true, ...options },
  schema: question.schema,
})

/** The whole can do without it; `reply` has to say how, unless there is a fallback. */
export const optional = <A extends AnyAsked, Data, Options extends OptionalOptions<Data> = Record<never, never>>(
  question: Question<A, Data>,
  options?: Options & Only<Options, OptionalOptions<Data>>,
): Part<
  A,
  (Options extends { readonly fallback: unknown } ? OkOrFell<Data> : Ok<Data> | Missing) | LeftOutIf<Options>
> => ({
  branch: { ...question.asked, required: false, ...options },
  schema: question.schema,
})

type LeftOutIf<Options> = Options extends { readonly when: unknown } ? LeftOut : never

export const isPart = (value: unknown): value is AnyPart =>
  typeof value === 'object' && value !== null && 'branch' in value && 'schema' in value
