import type { Json } from '../../base/json.ts'
import type { Unchecked } from '../../core/code/unchecked.ts'
import type { FrozenConfig } from '../../spec/define.ts'
import { isStandardSchema, type OutputOf, type StandardSchema } from './standard-schema.ts'

export type AnyAggregate = NonNullable<NonNullable<FrozenConfig['routes']>[number]['aggregate']>
export type AnyBranch = AnyAggregate['branches'][string]

/** What goes into a request, with places to fill as in its path. */
interface Filled extends Pick<AnyBranch, 'query' | 'headers'> {
  readonly body?: Json
}

export interface AskOptions extends Filled, Pick<AnyBranch, 'expect' | 'maxBytes'> {}

/** For a type parameter that is inferred: keys that `Known` does not have do not compile. */
export type Only<Given, Known> = { readonly [K in Exclude<keyof Given, keyof Known>]: never }

/** A request as the configuration says it; names and texts are known to the compiler, which checks them against the route. */
export type Asked<Service extends string, Path extends string, Options> = {
  readonly to: Service
  readonly path: Path
} & { readonly [K in keyof Options & keyof Filled]: Options[K] }

export type AnyAsked = Asked<string, string, object>

/** A request to a service, and what its answer must be. */
export interface Question<A extends AnyAsked, Data> {
  readonly asked: A
  readonly schema: StandardSchema<unknown, Data> | undefined
}

/**
 * Asks `path`, a text with places to fill (`/users/{id}`, `/orders?user={branches.user.id}`). With a schema, the data is
 * what that makes of the answer, and an answer that it refuses is none (reason `invalid`).
 */
export interface Ask<Service extends string> {
  <const Path extends string, const Options extends AskOptions = Record<never, never>>(
    path: Path,
    options?: Options & Only<Options, AskOptions>,
  ): Question<Asked<Service, Path, Options>, Unchecked>
  <const Path extends string, Schema extends StandardSchema, const Options extends AskOptions = Record<never, never>>(
    path: Path,
    schema: Schema,
    options?: Options & Only<Options, AskOptions>,
  ): Question<Asked<Service, Path, Options>, OutputOf<Schema>>
}

export interface Service<Name extends string> {
  readonly get: Ask<Name>
  /** Its data is null. */
  readonly head: Ask<Name>
  readonly post: Ask<Name>
  readonly put: Ask<Name>
  readonly patch: Ask<Name>
  readonly delete: Ask<Name>
}

/** Requests to the service of this name, for branches of `aggregate()`. */
export const service = <const Name extends string>(name: Name): Service<Name> => {
  const ask = (method: string): Ask<Name> => {
    const question = (path: string, ...given: readonly unknown[]): Question<AnyAsked, unknown> => {
      const [schema, options] = isStandardSchema(given[0]) ? [given[0], given[1]] : [undefined, given[0] ?? given[1]]
      const asked = { to: name, path, method, ...optionsIn(options) }
      return { asked, schema }
    }
    return question as unknown as Ask<Name>
  }
  return {
    get: ask('GET'),
    head: ask('HEAD'),
    post: ask('POST'),
    put: ask('PUT'),
    patch: ask('PATCH'),
    delete: ask('DELETE'),
  }
}

/** Anything else is no map of options, and is refused as such when the configuration is checked. */
const optionsIn = (value: unknown): object => {
  if (value === undefined) return {}
  if (typeof value === 'object' && value !== null) return value
  throw new TypeError('after the path comes a schema (Standard Schema: zod, valibot, arktype) or options')
}
