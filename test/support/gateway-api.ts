/**
 * Kubernetes Gateway API resources as a configuration, as far as the language goes: each listener of a Gateway is a
 * frontend with its own routes, so that what one listener takes is never answered by another.
 */
export interface Gateway {
  readonly kind: 'Gateway'
  readonly metadata: { readonly name: string }
  readonly spec: { readonly listeners: readonly GatewayListener[] }
}

interface GatewayListener {
  readonly name: string
  readonly port: number
  readonly protocol: string
  readonly hostname?: string
}

export interface HttpRoute {
  readonly kind: 'HTTPRoute'
  readonly metadata: { readonly name: string }
  readonly spec: {
    readonly parentRefs: readonly { readonly name: string; readonly sectionName?: string; readonly port?: number }[]
    readonly hostnames?: readonly string[]
    readonly rules: readonly Rule[]
  }
}

interface Rule {
  readonly matches?: readonly Match[]
  readonly filters?: readonly Filter[]
  readonly backendRefs?: readonly {
    readonly name: string
    readonly weight?: number
    readonly filters?: readonly Filter[]
  }[]
}

interface Match {
  readonly path?: { readonly type?: string; readonly value: string }
  readonly method?: string
  readonly headers?: readonly FieldMatch[]
  readonly queryParams?: readonly FieldMatch[]
}

interface FieldMatch {
  readonly type?: string
  readonly name: string
  readonly value: string
}

interface HeaderChanges {
  readonly set?: readonly FieldMatch[]
  readonly add?: readonly FieldMatch[]
  readonly remove?: readonly string[]
}

interface Filter {
  readonly type: string
  readonly requestHeaderModifier?: HeaderChanges
  readonly responseHeaderModifier?: HeaderChanges
  readonly urlRewrite?: { readonly hostname?: string; readonly path?: PathChange }
  readonly requestRedirect?: {
    readonly scheme?: 'http' | 'https'
    readonly hostname?: string
    readonly port?: number
    readonly path?: PathChange
    readonly statusCode?: number
  }
}

interface PathChange {
  readonly type: 'ReplaceFullPath' | 'ReplacePrefixMatch'
  readonly replaceFullPath?: string
  readonly replacePrefixMatch?: string
}

type Config = Record<string, unknown>

export const listenerName = (gateway: string, port: number): string => `${gateway}-${port}`

/** A document for `checkDocument`. Throws where the language cannot say what a rule wants. */
export const translate = (gateways: readonly Gateway[], routes: readonly HttpRoute[]): Config => {
  const listeners: Config = {}
  const frontends: Config = {}
  for (const { metadata, spec } of gateways) {
    for (const listener of spec.listeners) {
      const attached = routes.flatMap(route => routesOn(metadata.name, listener, route))
      if (attached.length === 0) continue
      const name = listenerName(metadata.name, listener.port)
      listeners[name] ??= {
        address: `127.0.0.1:${20_000 + Object.keys(listeners).length}`,
        ...(listener.protocol === 'HTTPS' ? { tls: { cert: 'cert.pem', key: 'key.pem' } } : {}),
      }
      frontends[`${name}.${listener.name}`] = {
        listener: name,
        ...(listener.hostname === undefined ? {} : { hosts: [listener.hostname] }),
        routes: firstOfEach(attached),
      }
    }
  }
  const backends = routes.flatMap(({ spec }) =>
    spec.rules.flatMap(rule => (rule.backendRefs ?? []).map(ref => ref.name)),
  )
  return { listeners, services: Object.fromEntries(backends.map(name => [name, 'http://127.0.0.1:1'])), frontends }
}

const routesOn = (gateway: string, listener: GatewayListener, { spec }: HttpRoute): Config[] => {
  const attached = spec.parentRefs.some(
    ({ name, sectionName = listener.name, port = listener.port }) =>
      name === gateway && sectionName === listener.name && port === listener.port,
  )
  const hosts = (spec.hostnames ?? []).flatMap(host => bothTake(host, listener.hostname))
  if (!attached || (spec.hostnames !== undefined && hosts.length === 0)) return []
  return spec.rules.flatMap(rule =>
    (rule.matches ?? [{}]).flatMap(match => {
      const predicates = { ...fields(match), ...(hosts.length === 0 ? {} : { hosts: [...new Set(hosts)] }) }
      const { paths, action } = actionOf(rule, match, listener)
      return paths.map(path => ({ ...predicates, ...path, ...action }))
    }),
  )
}

/** The hosts that a route and a listener have in common, as one pattern. */
const bothTake = (host: string, listened: string | undefined): string[] => {
  if (listened === undefined || host === listened || isBelow(host, listened)) return [host]
  return isBelow(listened, host) ? [listened] : []
}

const isBelow = (host: string, wildcard: string): boolean =>
  wildcard.startsWith('*.') && host.length > wildcard.length - 1 && host.endsWith(wildcard.slice(1))

const fields = ({ method, headers, queryParams }: Match): Config => ({
  ...(method === undefined ? {} : { methods: [method] }),
  ...(headers === undefined ? {} : { headers: valuesOf(headers) }),
  ...(queryParams === undefined ? {} : { query: valuesOf(queryParams) }),
})

const valuesOf = (matches: readonly FieldMatch[]): Config =>
  Object.fromEntries(
    matches.map(({ name, type, value }) => [name, type === 'RegularExpression' ? { regex: value } : value]),
  )

interface Translated {
  /** One rule may take several routes. */
  readonly paths: readonly Config[]
  readonly action: Config
}

const actionOf = (
  { filters = [], backendRefs = [] }: Rule,
  { path }: Match,
  { port: listened, protocol }: GatewayListener,
): Translated => {
  const kind = KINDS[path?.type ?? 'PathPrefix']
  if (kind === undefined) throw new Error(`path type ${path?.type}`)
  const pattern = path?.value ?? '/'
  const all = [...filters, ...backendRefs.flatMap(ref => ref.filters ?? [])]
  if (backendRefs.length > 1 && all.length > filters.length) throw new Error('filters of one backend among several')
  const { urlRewrite, requestRedirect, requestHeaderModifier, responseHeaderModifier } = merged(all)
  if (requestRedirect !== undefined) {
    return {
      paths: pathsFor(kind, pattern, requestRedirect.path),
      action: { redirect: redirectOf(requestRedirect, protocol === 'HTTPS' ? 'https' : 'http', listened) },
    }
  }
  return {
    paths: pathsFor(kind, pattern, urlRewrite?.path),
    action: {
      ...toBackends(backendRefs),
      ...(urlRewrite?.path === undefined ? {} : { rewrite: newPath(urlRewrite.path) }),
      ...(urlRewrite?.hostname === undefined ? {} : { rewriteHost: urlRewrite.hostname }),
      ...(requestHeaderModifier === undefined ? {} : { requestHeaders: changesOf(requestHeaderModifier) }),
      ...(responseHeaderModifier === undefined ? {} : { responseHeaders: changesOf(responseHeaderModifier) }),
    },
  }
}

const KNOWN = new Set(['URLRewrite', 'RequestRedirect', 'RequestHeaderModifier', 'ResponseHeaderModifier'])

/** At most one of a kind, says the API. */
const merged = (filters: readonly Filter[]): Omit<Filter, 'type'> => {
  const types = filters.map(({ type }) => type)
  const unknown = types.find((type, i) => !KNOWN.has(type) || types.indexOf(type) < i)
  if (unknown !== undefined) throw new Error(`filter ${unknown}`)
  return Object.assign({}, ...filters)
}

const changesOf = ({ set, add, remove }: HeaderChanges): Config => ({
  ...(set === undefined ? {} : { set: valuesOf(set) }),
  ...(add === undefined ? {} : { add: valuesOf(add) }),
  ...(remove === undefined ? {} : { remove }),
})

const redirectOf = (
  { scheme, hostname, port, path, statusCode = 302 }: NonNullable<Filter['requestRedirect']>,
  listenedScheme: 'http' | 'https',
  listenedPort: number,
): Config => {
  const usual = listenedPort === (listenedScheme === 'https' ? 443 : 80)
  const origin: Config = {
    // One that changes nothing is a mistake here: it is told to where it is.
    scheme: scheme ?? ((hostname ?? port ?? path) === undefined ? listenedScheme : undefined),
    host: hostname,
    // Without a scheme, the API keeps the listener's port.
    port: port ?? (scheme === undefined && !usual ? listenedPort : undefined),
  }
  return { ...origin, to: path === undefined ? undefined : newPath(path), status: statusCode }
}

const KINDS: Readonly<Record<string, string>> = { Exact: 'path', PathPrefix: 'prefix', RegularExpression: 'regex' }

const newPath = (change: PathChange): string => change.replaceFullPath ?? change.replacePrefixMatch ?? ''

/** On a prefix, `rewrite` replaces the prefix; to replace all, the paths below it are named one by one. */
const pathsFor = (kind: string, pattern: string, change: PathChange | undefined): Config[] => {
  if (kind !== 'prefix' || change?.type !== 'ReplaceFullPath') return [{ [kind]: pattern }]
  const base = pattern.replace(/\/$/, '')
  return base === '' ? [{ path: '/{rest...}' }] : [{ path: base }, { path: `${base}/{rest...}` }]
}

const toBackends = (refs: NonNullable<Rule['backendRefs']>): Config => {
  // The API says so.
  if (refs.length === 0) return { respond: { status: 500 } }
  return { to: Object.fromEntries(refs.map(({ name, weight = 1 }) => [name, weight])) }
}

/** Of routes that match the same the first one counts, says the API; here it is a mistake. */
const firstOfEach = (routes: readonly Config[]): Config[] => {
  const seen = new Set<string>()
  return routes.filter(
    ({ to, respond, redirect, rewrite, rewriteHost, requestHeaders, responseHeaders, ...predicates }) => {
      const key = JSON.stringify(predicates)
      const first = !seen.has(key)
      seen.add(key)
      return first
    },
  )
}
