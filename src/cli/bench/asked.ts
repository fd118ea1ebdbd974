import { compileRouters } from '../../routing/frontends.ts'
import type { MatchInput } from '../../routing/match-input.ts'
import { parsePattern } from '../../spec/pattern.ts'
import { describeMatch } from '../../spec/route-name.ts'
import type { FieldMatchSpec, GatewaySpec, RouteSpec } from '../../spec/spec.ts'
import { readRequest } from '../asked-request.ts'
import { CommandError, EXIT } from '../exit.ts'

/** The request that is sent, and the route that takes it. */
export interface Asked {
  readonly route: RouteSpec
  readonly method: string
  /** Path and query, as they are sent. */
  readonly target: string
  /** Empty: the address that is called. */
  readonly host: string
  readonly headers: readonly (readonly [name: string, value: string])[]
  /** As the gateway sees it, with the values of the route's parameters. */
  readonly q: MatchInput
}

export interface AskedOptions {
  /** Each the name of a route, or a method and a path. */
  readonly routes: readonly string[]
  /** For a route that is named and whose pattern is no path. */
  readonly path: string | undefined
  readonly headers: readonly (readonly [name: string, value: string])[]
  readonly listener: string
}

/** What was asked for on the command line, else the first route that forwards. Throws a CommandError. */
export const askedOf = (spec: GatewaySpec, options: AskedOptions): readonly Asked[] => {
  const { routes, path } = options
  if (routes.length === 0) return [byName(spec, defaultRoute(spec, path), options)]
  if (path !== undefined && routes.length > 1) {
    throw usage('--path goes with one --route; write --route "GET /path" for each of several')
  }
  return routes.map(text => {
    const [, method, target] = /^([A-Za-z]+)\s+(\S+)$/.exec(text) ?? []
    const named = spec.routes.find(({ name }) => name === text)
    if (named !== undefined) return byName(spec, named, options)
    if (method !== undefined && target !== undefined) return byRequest(spec, method.toUpperCase(), target, options)
    const names = spec.routes.slice(0, 10).map(({ name }) => `"${name}"`)
    throw usage(`--route "${text}" is no route; use a method and a path, or one of ${names.join(', ')}`)
  })
}

const defaultRoute = (spec: GatewaySpec, path: string | undefined): RouteSpec => {
  const works = (route: RouteSpec): boolean => path !== undefined || literalPath(route) !== undefined
  const candidates = spec.routes.filter(works)
  const route = candidates.find(({ action }) => action.kind === 'forward') ?? candidates[0]
  if (route === undefined) throw usage('say which request to send: --route "GET /path"')
  return route
}

const byName = (spec: GatewaySpec, route: RouteSpec, options: AskedOptions): Asked => {
  const path = options.path ?? literalPath(route)
  if (path === undefined) {
    throw usage(`route "${route.name}" names no one path (${route.match.pattern}); say which path with --path`)
  }
  const query = exact(route.query).map(([name, value]) => `${encodeURIComponent(name)}=${encodeURIComponent(value)}`)
  const target = query.length === 0 ? path : `${path}${path.includes('?') ? '&' : '?'}${query.join('&')}`
  const headers = [...exact(route.headers), ...options.headers]
  const asked = byRequest(spec, route.methods[0] ?? 'GET', target, { ...options, headers }, hostOf(route))
  if (asked.route !== route) {
    throw usage(
      `${asked.method} ${target} takes route "${asked.route.name}", not "${route.name}"; see sallyport explain`,
    )
  }
  return asked
}

const byRequest = (
  spec: GatewaySpec,
  method: string,
  url: string,
  { headers, listener }: AskedOptions,
  routeHost = '',
): Asked => {
  const given = headers.find(([name]) => name.toLowerCase() === 'host')?.[1]
  const host = given ?? routeHost
  const rest = headers.filter(([name]) => name.toLowerCase() !== 'host')
  const read = readRequest({ method, url, headers: host === '' ? rest : [...rest, ['host', host]] }, spec.slashes)
  if ('refused' in read) throw usage(`${method} ${url} would be answered 400: ${read.refused}`)
  const q = { ...read.q, listener }
  const router = compileRouters(
    spec.routes.map(route => ({ spec: route })),
    spec.frontends,
  )
  const route = router.match(q)?.spec
  if (route === undefined) throw usage(`no route takes ${method} ${url}; see sallyport explain ${method} ${url}`)
  return { route, method, target: read.rawTarget, host, headers: rest, q }
}

/** Those that say which value they want; one that fits a regular expression is for the user to give. */
const exact = (fields: readonly FieldMatchSpec[]): (readonly [name: string, value: string])[] =>
  fields.flatMap(field => ('value' in field ? [[field.name, field.value] as const] : []))

/** A path that the pattern takes, when it says one. */
const literalPath = ({ match }: RouteSpec): string | undefined => {
  if (match.kind === 'regex') return undefined
  const parsed = parsePattern(match.pattern, match.kind)
  if ('error' in parsed || parsed.params.length > 0) return undefined
  return match.pattern
}

const hostOf = ({ hosts: [host = ''] }: RouteSpec): string => host.replace(/^\*\./, 'bench.')

/** For headings. */
export const describeAsked = ({ route, method, target }: Asked): string => {
  const match = describeMatch(route)
  return `${method} ${target}, route ${route.name.startsWith(match) ? route.name : `${route.name} [${match}]`}`
}

const usage = (message: string): CommandError => new CommandError(message, EXIT.usage)
