import type { Config } from './schema.ts'

/**
 * What of an aggregate only a look at it can tell: services and branches that do not exist, parameters that the path of
 * its route lacks, and keys that there are not. `Params` is any text where the path is only known at run time.
 */
export type CheckedAggregate<Aggregate, Params extends string, Service extends string> = {
  readonly [K in keyof Aggregate]: K extends 'branches'
    ? { readonly [B in keyof Aggregate[K]]: CheckedBranch<Aggregate[K][B], Params, Service, BranchesOf<Aggregate>> }
    : K extends 'takeHeaders'
      ? { readonly [H in keyof Aggregate[K]]: BranchesOf<Aggregate> }
      : K extends 'shape'
        ? CheckedShape<Aggregate[K], BranchesOf<Aggregate>>
        : K extends keyof AnyAggregate
          ? unknown
          : never
}

type AnyAggregate = NonNullable<NonNullable<Config['routes']>[number]['aggregate']>
type AnyBranch = AnyAggregate['branches'][string]

type BranchesOf<Aggregate> = Aggregate extends { readonly branches: infer Branches } ? keyof Branches & string : string

type CheckedBranch<Branch, Params extends string, Service extends string, Branches extends string> = {
  readonly [K in keyof Branch]: K extends 'to'
    ? Service
    : K extends 'fallbackTo'
      ? Branches
      : K extends 'path' | 'query' | 'headers' | 'body'
        ? Filled<Branch[K], Params, Branches>
        : K extends keyof AnyBranch
          ? unknown
          : never
}

type CheckedShape<Shape, Branches extends string> = Shape extends { readonly zip: infer Zip }
  ? {
      readonly zip: {
        readonly [K in keyof Zip]: K extends 'list' ? Branches : K extends 'joins' ? Joins<Zip[K], Branches> : unknown
      }
    }
  : unknown

type Joins<Given, Branches extends string> = {
  readonly [I in keyof Given]: { readonly [K in keyof Given[I]]: K extends 'branch' ? Branches : unknown }
}

/** Every text within, or a type that tells what is wrong with it. Lists of any length would have no end. */
export type Filled<T, Params extends string, Branches extends string> = T extends string
  ? [Mistake<RefsIn<T>, Params, Branches>] extends [never]
    ? unknown
    : { readonly mistake: Mistake<RefsIn<T>, Params, Branches> }
  : T extends readonly unknown[]
    ? number extends T['length']
      ? unknown
      : { readonly [I in keyof T]: Filled<T[I], Params, Branches> }
    : T extends object
      ? { readonly [K in keyof T]: Filled<T[K], Params, Branches> }
      : unknown

/** `'claims.sub' | 'id'` of `/{claims.sub}/{id}`. Texts with doubled braces are left to the checks at run time. */
type RefsIn<Text extends string> = string extends Text
  ? never
  : Text extends `${string}{{${string}` | `${string}}}${string}`
    ? never
    : Text extends `${string}{${infer Name}}${infer After}`
      ? Name | RefsIn<After>
      : never

type Mistake<Ref extends string, Params extends string, Branches extends string> = Ref extends
  | 'consumer'
  | 'subject'
  | 'body'
  ? never
  : Ref extends `params.${infer Name}`
    ? NoParam<Name, Params>
    : Ref extends `branches.${infer Path}`
      ? NoBranch<Path extends `${infer Name}.${string}` ? Name : Path, Branches>
      : Ref extends `${string}.${string}`
        ? never
        : NoParam<Ref, Params>

type NoParam<Name extends string, Params extends string> = Name extends Params
  ? never
  : `the path has no parameter {${Name}}`

type NoBranch<Name extends string, Branches extends string> = Name extends Branches
  ? never
  : `there is no branch "${Name}"`
