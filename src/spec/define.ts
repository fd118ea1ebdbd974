import type { Config } from './schema.ts'

/**
 * Checks a configuration at compile time and hands it back as it is: a route to a service that does not exist, an
 * unknown way of authentication, or a path parameter that the pattern lacks does not compile. Everything else is
 * checked when the configuration is loaded.
 */
export const defineConfig = <
  const Services extends Frozen<NonNullable<Config['services']>> = Record<never, never>,
  const Auth extends Frozen<NonNullable<Config['auth']>> = Record<never, never>,
  const Routes extends readonly RouteOf<NameIn<Services>, NameIn<Auth>>[] = [],
  const Frontends extends Readonly<Record<string, FrontendOf<NameIn<Services>, NameIn<Auth>>>> = Record<never, never>,
>(
  config: Omit<FrozenConfig, 'services' | 'auth' | 'routes' | 'frontends' | 'defaults'> & {
    readonly services?: Services
    readonly auth?: Auth
    readonly defaults?: { readonly auth?: AuthRef<NameIn<Auth>> }
    readonly routes?: Routes & CheckedRoutes<Routes, NameIn<Services>>
    readonly frontends?: Frontends & {
      readonly [F in keyof Frontends]: { readonly routes?: CheckedRoutes<RoutesIn<Frontends[F]>, NameIn<Services>> }
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
type AuthRef<Name extends string> = Name | 'none' | readonly (Name | 'none')[]

/** A route that refers to nothing unknown. */
type RouteOf<Service extends string, Auth extends string> = Omit<AnyRoute, 'to' | 'auth' | 'routes'> & {
  readonly to?: Service | (object & { readonly [S in Service]?: number })
  readonly auth?: AuthRef<Auth>
  readonly routes?: readonly RouteOf<Service, Auth>[]
}

type FrontendOf<Service extends string, Auth extends string> = Omit<AnyFrontend, 'auth' | 'routes'> & {
  readonly auth?: AuthRef<Auth>
  readonly routes?: readonly RouteOf<Service, Auth>[]
}

/** What only a look at the route itself can tell: names in templates, and keys that no route has. */
type CheckedRoutes<Routes, Service extends string> = {
  readonly [I in keyof Routes]: CheckedRoute<Routes[I], Service>
}

type CheckedRoute<Route, Service extends string> = {
  readonly [K in keyof Route]: K extends 'to'
    ? Weights<Route[K], Service>
    : K extends 'rewrite'
      ? Template<Route[K], ParamsOf<Route>>
      : K extends 'redirect'
        ? Redirect<Route[K], ParamsOf<Route>>
        : K extends 'routes'
          ? CheckedRoutes<Route[K], Service>
          : K extends keyof AnyRoute
            ? unknown
            : never
}

type RoutesIn<Frontend> = Frontend extends { readonly routes: infer Routes } ? Routes : readonly []

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
    : string

type ParamsKnownIn<Pattern extends string> = string extends Pattern ? string : ParamNames<Pattern>

/** `'id' | 'rest'` of `/orders/{id}/{rest...}`; none of a text that is only known at run time. */
type ParamNames<Text extends string> = string extends Text
  ? never
  : Text extends `${string}{${infer Name}}${infer After}`
    ? (Name extends `${infer Plain}...` ? Plain : Name) | ParamNames<After>
    : never
