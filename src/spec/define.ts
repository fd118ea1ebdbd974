import type { CheckedAggregate, Filled } from './define-aggregate.ts'
import type { Config } from './schema.ts'

/**
 * Checks a configuration at compile time and hands it back as it is: a route, or a branch of an aggregate, to a service
 * that does not exist, one that falls back to such, an unknown way of authentication, consumer or branch, or a path
 * parameter that the pattern lacks does not compile. Everything else is checked when the configuration is loaded.
 */
export const defineConfig = <
  const Services extends Frozen<NonNullable<Config['services']>> = Record<never, never>,
  const Auth extends Frozen<NonNullable<Config['auth']>> = Record<never, never>,
  const Consumers extends Frozen<NonNullable<Config['consumers']>> = Record<never, never>,
  const State extends Frozen<NonNullable<Config['state']>> = 'memory',
  const Routes extends readonly RouteOf<NamesOf<Services, Auth, Consumers, State>>[] = [],
  const Frontends extends Readonly<Record<string, FrontendOf<NamesOf<Services, Auth, Consumers, State>>>> = Record<
    never,
    never
  >,
>(
  config: Omit<FrozenConfig, 'services' | 'auth' | 'consumers' | 'state' | 'routes' | 'frontends' | 'defaults'> & {
    readonly services?: Services & CheckedServices<Services>
    readonly auth?: Auth
    readonly consumers?: Consumers
    readonly state?: State
    readonly defaults?: Omit<NonNullable<FrozenConfig['defaults']>, 'auth'> & { readonly auth?: AuthRef<NameIn<Auth>> }
    readonly routes?: Routes & CheckedRoutes<Routes, NameIn<Services>>
    readonly frontends?: Frontends & {
      readonly [F in keyof Frontends]: CheckedFrontend<Frontends[F], NameIn<Services>>
    }
  },
): FrozenConfig => config as unknown as FrozenConfig

/** A configuration that nobody changes any more. */
export type FrozenConfig = Frozen<Config>

type Frozen<T> = T extends readonly (infer Item)[]
  ? readonly Frozen<Item>[]
  : T extends object
    ? { readonly [K in keyof T]: Frozen<T[K]> }
    : T

type AnyRoute = Frozen<NonNullable<Config['routes']>[number]>
type AnyFrontend = Frozen<NonNullable<Config['frontends']>[string]>
type NameIn<Map> = keyof Map & string
type AuthRef<Name extends string> =
  | Name
  | 'none'
  | 'optional'
  | readonly (Name | 'none' | 'optional')[]
  | { readonly any?: readonly (Name | 'optional')[]; readonly all?: never }
  | { readonly all?: readonly (Name | 'optional')[]; readonly any?: never }

/** What routes can refer to. */
interface Names {
  readonly service: string
  readonly auth: string
  readonly consumer: string
}

interface NamesOf<Services, Auth, Consumers, State> {
  readonly service: NameIn<Services>
  readonly auth: NameIn<Auth>
  /** Any where consumers may be in Redis alone. */
  readonly consumer: State extends { readonly redis: string } ? string : NameIn<Consumers>
}

type AnyService = Exclude<Frozen<NonNullable<Config['services']>>[string], string>

/** Services that stand in for others are services too, and there are no keys that no service has. */
type CheckedServices<Services> = {
  readonly [S in keyof Services]: Services[S] extends string
    ? unknown
    : {
        readonly [K in keyof Services[S]]: K extends keyof AnyService
          ? CheckedMap<Services[S][K], KeysOf<AnyService[K]>, NameIn<Services>>
          : never
      }
}

/** `Name` is what `to` may hold. */
type CheckedMap<Given, Keys, Name> = Given extends string | number | readonly unknown[]
  ? unknown
  : { readonly [K in keyof Given]: K extends Keys ? (K extends 'to' ? Name : unknown) : never }

type KeysOf<T> = T extends object ? keyof T : never

type AccessOf<Consumer extends string> =
  | 'none'
  | (Omit<Exclude<NonNullable<AnyRoute['access']>, 'none'>, 'consumers'> & {
      readonly consumers?: Consumer | readonly Consumer[]
    })

/** What refers to names that are declared elsewhere. */
interface References<N extends Names> {
  readonly auth?: AuthRef<N['auth']>
  readonly access?: AccessOf<N['consumer']>
  readonly routes?: readonly RouteOf<N>[]
}

/** A route that refers to nothing unknown. */
type RouteOf<N extends Names> = Omit<AnyRoute, 'to' | keyof References<N>> &
  References<N> & {
    readonly to?: N['service'] | (object & { readonly [S in N['service']]?: number })
  }

type FrontendOf<N extends Names> = Omit<AnyFrontend, keyof References<N>> & References<N>

/**
 * What only a look at the route itself can tell: names in templates, and keys that no route has. `Outer`: parameters of
 * the groups around.
 */
type CheckedRoutes<Routes, Service extends string, Outer extends string = never> = {
  readonly [I in keyof Routes]: CheckedRoute<Routes[I], Service, Outer>
}

type CheckedRoute<Route, Service extends string, Outer extends string> = {
  readonly [K in keyof Route]: K extends 'to'
    ? Weights<Route[K], Service>
    : K extends 'rewrite'
      ? Template<Route[K], ParamsOf<Route> | Outer>
      : K extends 'redirect'
        ? Redirect<Route[K], ParamsOf<Route> | Outer>
        : K extends 'aggregate'
          ? CheckedAggregate<Route[K], ParamsOf<Route> | Outer, Service>
          : K extends 'routes'
            ? CheckedRoutes<Route[K], Service, ParamsOfGroup<Route> | Outer>
            : K extends 'requestHeaders' | 'responseHeaders'
              ? Filled<Route[K], ParamsOf<Route> | Outer, never>
              : K extends keyof AnyRoute
                ? unknown
                : never
}

type CheckedFrontend<Frontend, Service extends string> = {
  readonly [K in keyof Frontend]: K extends 'routes'
    ? CheckedRoutes<Frontend[K], Service>
    : K extends keyof AnyFrontend
      ? unknown
      : never
}

type Weights<To, Service extends string> = To extends string
  ? unknown
  : { readonly [K in keyof To]: K extends Service ? number : never }

type Redirect<To, Known extends string> = To extends string
  ? Template<To, Known>
  : { readonly [K in keyof To]: K extends 'to' ? Template<To[K], Known> : unknown }

/** Anything when the text names only known parameters; otherwise a type that tells what is wrong. */
type Template<Text, Known extends string> = Text extends string
  ? [Exclude<ParamNames<Text>, Known>] extends [never]
    ? unknown
    : { readonly mistake: `the path has no parameter {${Exclude<ParamNames<Text>, Known>}}` }
  : unknown

/** Any name when the pattern is only known at run time. */
type ParamsOf<Route> = Route extends { readonly path: infer Path extends string }
  ? ParamsKnownIn<Path>
  : Route extends { readonly prefix: infer Prefix extends string }
    ? ParamsKnownIn<Prefix>
    : Route extends { readonly regex: infer Regex extends string }
      ? GroupsKnownIn<Regex>
      : string

type GroupsKnownIn<Regex extends string> = string extends Regex
  ? string
  : GroupNames<Regex, '(?<'> | GroupNames<Regex, '(?P<'>

/** `'id'` of `/orders/(?<id>[0-9]+)`. */
type GroupNames<
  Text extends string,
  Opening extends string,
> = Text extends `${string}${Opening}${infer Name}>${infer After}` ? Name | GroupNames<After, Opening> : never

type ParamsOfGroup<Group> = Group extends { readonly prefix: infer Prefix extends string }
  ? ParamsKnownIn<Prefix>
  : never

type ParamsKnownIn<Pattern extends string> = string extends Pattern ? string : ParamNames<Pattern>

/** `'id' | 'rest'` of `/orders/{id}/{rest...}`; none of a text that is only known at run time. */
type ParamNames<Text extends string> = string extends Text
  ? never
  : Text extends `${string}{${infer Name}}${infer After}`
    ? (Name extends `${infer Plain}...` ? Plain : Name) | ParamNames<After>
    : never
