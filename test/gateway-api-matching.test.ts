import assert from 'node:assert/strict'
import { existsSync, readFileSync } from 'node:fs'
import { test } from 'node:test'
import { parseAllDocuments } from 'yaml'
import { parseAuthority } from '../src/base/authority.ts'
import { type HeaderView, headersOf } from '../src/base/headers.ts'
import { Target } from '../src/base/target.ts'
import { Exchange } from '../src/core/exchange.ts'
import { Reply } from '../src/core/reply.ts'
import { fieldLines, isIdentityField, nameSet } from '../src/http1/serialize.ts'
import { requestHeadersPolicy } from '../src/policies/header-edits/request-headers.ts'
import { responseHeadersPolicy } from '../src/policies/header-edits/response-headers.ts'
import { compileForwardPath } from '../src/routing/forward-path.ts'
import { compileRouters } from '../src/routing/frontends.ts'
import type { MatchInput } from '../src/routing/match-input.ts'
import { compileRedirect } from '../src/routing/redirect.ts'
import { headerEditsOf } from '../src/runtime/header-edits-of.ts'
import { checkDocument } from '../src/spec/check.ts'
import { plainSource } from '../src/spec/source.ts'
import type { GatewaySpec, RouteSpec } from '../src/spec/spec.ts'
import { type Gateway, type HttpRoute, listenerName, translate } from './support/gateway-api.ts'
import { asked } from './support/routing.ts'

/**
 * The conformance tests of the Kubernetes Gateway API: their HTTPRoutes are translated into our language and checked as
 * any configuration is, and each request must reach the backend, the path or the Location that its case names.
 */
const DATA = new URL('../../shared/data/gateway-api/', import.meta.url)

/** By test; `gateway`: which one its cases ask, by their number, where there are several. */
const RUN: Readonly<Record<string, { cases: number; gateway?: (index: number) => string; port?: number }>> = {
  // Plain matching: 130 cases.
  GatewayHTTPListenerIsolation: { cases: 16 },
  HTTPRouteCrossNamespace: { cases: 1 },
  HTTPRouteExactPathMatching: { cases: 6 },
  HTTPRouteHeaderMatching: { cases: 11 },
  HTTPRouteHostnameIntersection: {
    cases: 33,
    gateway: index => (index < 27 ? 'httproute-hostname-intersection' : 'httproute-hostname-intersection-all'),
  },
  HTTPRouteListenerHostnameMatching: { cases: 8 },
  HTTPRouteMatching: { cases: 9 },
  HTTPRouteMatchingAcrossRoutes: { cases: 8 },
  HTTPRouteMethodMatching: { cases: 12 },
  HTTPRoutePathMatchOrder: { cases: 6 },
  HTTPRouteQueryParamMatching: { cases: 19 },
  HTTPRouteSimpleSameNamespace: { cases: 1 },
  // Listeners by port, several gateways, names of rules, rules without backends.
  HTTPRouteListenerPortMatching: { cases: 5 },
  HTTPRouteMultipleGateways: { cases: 4, gateway: index => (index < 2 ? 'same-namespace' : 'all-namespaces') },
  HTTPRouteNamedRule: { cases: 2 },
  HTTPRouteNoBackendRefs: { cases: 3 },
  // Redirects and rewrites.
  HTTPRoute303Redirect: { cases: 1 },
  HTTPRoute307Redirect: { cases: 1 },
  HTTPRoute308Redirect: { cases: 1 },
  HTTPRouteBackendRequestRedirect: { cases: 2 },
  HTTPRouteBackendURLRewrite: { cases: 2 },
  HTTPRouteRedirectHostAndStatus: { cases: 2 },
  HTTPRouteRedirectPath: { cases: 6 },
  HTTPRouteRedirectPort: { cases: 4 },
  HTTPRouteRedirectPortAndScheme: {
    cases: 15,
    gateway: index =>
      index < 6
        ? 'same-namespace'
        : index < 9
          ? 'same-namespace-with-http-listener-on-8080'
          : 'same-namespace-with-https-listener',
  },
  HTTPRouteRedirectScheme: { cases: 4 },
  HTTPRouteRewriteHost: { cases: 3 },
  HTTPRouteRewritePath: { cases: 6 },
  // Edits of header fields.
  HTTPRouteBackendRequestHeaderModifier: { cases: 7 },
  HTTPRouteResponseHeaderModifier: { cases: 8 },
}

/** Tests that do not run, with the number of their cases. */
const NOT_RUN: Readonly<Record<string, { cases: number; why: string }>> = {
  BackendTLSPolicyGRPCRoute: { cases: 3, why: 'gRPC by routes of its own kind' },
  GRPCExactMethodMatching: { cases: 3, why: 'gRPC by routes of its own kind' },
  GRPCRouteHeaderMatching: { cases: 11, why: 'gRPC by routes of its own kind' },
  GRPCRouteListenerHostnameMatching: { cases: 8, why: 'gRPC by routes of its own kind' },
  GRPCRouteNamedRule: { cases: 2, why: 'gRPC by routes of its own kind' },
  GRPCRouteRequestHeaderModifier: { cases: 7, why: 'gRPC by routes of its own kind' },
  GRPCRouteWeight: { cases: 1, why: 'gRPC by routes of its own kind' },
  GatewayFrontendClientCertificateValidation: { cases: 4, why: 'TLS of clients, not choice of routes' },
  GatewayFrontendClientCertificateValidationInsecureFallback: { cases: 2, why: 'TLS of clients, not choice of routes' },
  GatewayFrontendInvalidDefaultClientCertificateValidation: { cases: 2, why: 'TLS of clients, not choice of routes' },
  HTTPRouteHTTPSListener: { cases: 1, why: 'TLS of clients, not choice of routes' },
  HTTPRouteHTTPSListenerDetectMisdirectedRequests: { cases: 1, why: 'TLS of clients, not choice of routes' },
  TLSRouteHostnameIntersection: { cases: 7, why: 'TLS that is passed on unread' },
  HTTPRouteBackendProtocolH2C: { cases: 1, why: 'HTTP/2 to services' },
  HTTPRouteCORS: { cases: 17, why: 'asks for headers of answers; see src/policies/cors/' },
  HTTPRouteRequestHeaderModifierBackendWeights: {
    cases: 1,
    why: 'headers are edited by route, not by service of a split',
  },
  HTTPRouteRequestMirror: { cases: 2, why: 'the language has no mirrors' },
  HTTPRouteRequestMultipleMirrors: { cases: 2, why: 'the language has no mirrors' },
  HTTPRouteRequestPercentageMirror: { cases: 3, why: 'the language has no mirrors' },
  HTTPRouteRetry: { cases: 1, why: 'asks a live backend; the request is made by code' },
  HTTPRouteTimeoutBackendRequest: { cases: 3, why: 'asks a live backend; see test/timeouts.test.ts' },
  HTTPRouteTimeoutRequest: { cases: 3, why: 'asks a live backend; see test/timeouts.test.ts' },
  HTTPRouteWeight: { cases: 1, why: 'asks for shares of many requests; see test/split.test.ts' },
  HTTPRouteServiceTypes: { cases: 1, why: 'kinds of Kubernetes services' },
  HTTPRouteInvalidBackendRefUnknownKind: { cases: 1, why: 'references that `check` refuses' },
  HTTPRouteInvalidCrossNamespaceBackendRef: { cases: 1, why: 'references that `check` refuses' },
  HTTPRouteInvalidNonExistentBackendRef: { cases: 1, why: 'references that `check` refuses' },
  HTTPRouteInvalidReferenceGrant: { cases: 1, why: 'namespaces of Kubernetes' },
  HTTPRoutePartiallyInvalidViaInvalidReferenceGrant: { cases: 2, why: 'namespaces of Kubernetes' },
  HTTPRouteReferenceGrant: { cases: 2, why: 'namespaces of Kubernetes' },
  ListenerSetAllowedRoutesNamespaces: { cases: 11, why: 'namespaces of Kubernetes' },
  ListenerSetDualParentRefIndependence: { cases: 4, why: 'its manifest is not among the data' },
  ListenerSetGatewayParentSectionNameNotFound: { cases: 2, why: 'its manifest is not among the data' },
  ListenerSetHTTPRouting: { cases: 36, why: 'its manifest is not among the data' },
}

type Fields = Readonly<Record<string, string>>

interface Expected {
  readonly Headers?: Fields
  readonly AbsentHeaders?: readonly string[]
}

interface Case {
  readonly Request: { Method?: string; Path?: string; Host?: string; Headers?: Record<string, string> }
  readonly Response?: { StatusCode?: number } & Expected
  readonly Backend?: string
  readonly BackendSetResponseHeaders?: Fields
  readonly ExpectedRequest?: { Request?: { Path?: string; Host?: string; Headers?: Fields }; AbsentHeaders?: string[] }
  readonly RedirectRequest?: { Scheme?: string; Host?: string; Port?: string; Path?: string }
}

interface Test {
  readonly test: string
  readonly manifests: readonly string[]
  readonly cases: readonly Case[]
}

const documentsIn = (name: string): (Gateway | HttpRoute)[] =>
  parseAllDocuments(readFileSync(new URL(name, DATA), 'utf8'))
    .map(document => document.toJS() as Gateway | HttpRoute | null)
    .filter(document => document?.kind === 'Gateway' || document?.kind === 'HTTPRoute')

/** Its manifest is not among the data; its paths say what is in it. */
const isolation = (): (Gateway | HttpRoute)[] => {
  const listeners = [
    { name: 'empty-hostname', hosts: {} },
    { name: 'wildcard-example-com', hosts: { hostname: '*.example.com' } },
    { name: 'wildcard-foo-example-com', hosts: { hostname: '*.foo.example.com' } },
    { name: 'abc-foo-example-com', hosts: { hostname: 'abc.foo.example.com' } },
  ]
  const route = (name: string): HttpRoute => ({
    kind: 'HTTPRoute',
    metadata: { name },
    spec: {
      parentRefs: [{ name: 'isolation', sectionName: name }],
      rules: [
        { matches: [{ path: { type: 'PathPrefix', value: `/${name}` } }], backendRefs: [{ name: 'infra-backend-v1' }] },
      ],
    },
  })
  const listening = listeners.map(({ name, hosts }) => ({ name, port: 80, protocol: 'HTTP', ...hosts }))
  const gateway: Gateway = { kind: 'Gateway', metadata: { name: 'isolation' }, spec: { listeners: listening } }
  return [gateway, ...listeners.map(({ name }) => route(name))]
}

const specFor = ({ test: name, manifests }: Test): { spec: GatewaySpec; gateways: readonly string[] } => {
  const own = name === 'GatewayHTTPListenerIsolation' ? isolation() : manifests.flatMap(documentsIn)
  const all = [...documentsIn('base/manifests.yaml'), ...own]
  const routes = all.filter(document => document.kind === 'HTTPRoute')
  const asked = new Set(routes.flatMap(({ spec }) => spec.parentRefs.map(ref => ref.name)))
  const gateways = all
    .filter(document => document.kind === 'Gateway')
    .filter(({ metadata }) => asked.has(metadata.name))
  const { spec, problems } = checkDocument(plainSource(translate(gateways, routes)), 1)
  assert.deepEqual(
    problems.filter(({ severity }) => severity === 'error'),
    [],
  )
  return { spec: spec!, gateways: gateways.map(({ metadata }) => metadata.name) }
}

interface Row {
  readonly spec: RouteSpec
}

const check = (spec: GatewaySpec, gateway: string, one: Case): void => {
  const { Request, Response, Backend, BackendSetResponseHeaders, ExpectedRequest, RedirectRequest } = one
  const [, port] = /:(\d+)$/.exec(Request.Host ?? '') ?? []
  const listening = spec.listeners.filter(({ name }) => name.startsWith(`${gateway}-`))
  const listener = listening.find(({ name }) => name === listenerName(gateway, Number(port ?? 80))) ?? listening[0]!
  const target = new Target()
  assert.ok(target.set(Request.Path ?? '/', 'keep'))
  const q = asked(`${Request.Method ?? 'GET'} ${target.path}`, {
    host: parseAuthority(Request.Host ?? 'asked.example')!.host,
    query: target.query,
    headers: viewOf(Request.Headers ?? {}),
    listener: listener.name,
  })
  const route = compileRouters(
    spec.routes.map((each): Row => ({ spec: each })),
    spec.frontends,
  ).match(q)?.spec
  const status = Response?.StatusCode
  if (status === 404) return assert.equal(route, undefined)
  assert.ok(route !== undefined, 'no route')
  const { action, match } = route
  if (RedirectRequest !== undefined) {
    assert.ok(action.kind === 'redirect')
    assert.equal(action.status, status)
    const scheme = listener.tls === undefined ? 'http' : 'https'
    const location = compileRedirect(match, action)({ ...q, scheme })
    return comparePlaces(new URL(location, `${scheme}://${q.host}`), RedirectRequest, q)
  }
  if (status === 500) return assert.ok(action.kind === 'respond' && action.status === 500)
  assert.ok(action.kind === 'forward')
  if (Backend !== undefined) assert.deepEqual(action.to, [{ service: Backend, weight: 1 }])
  const sent = ExpectedRequest?.Request
  if (sent?.Path !== undefined) assert.equal(compileForwardPath(match, action)(q), sent.Path)
  if (sent?.Host !== undefined) assert.equal(action.host, sent.Host)
  compareFields(sentFields(route, q.headers), { ...sent, ...ExpectedRequest })
  if (BackendSetResponseHeaders !== undefined) {
    compareFields(answeredFields(route, viewOf(BackendSetResponseHeaders)), Response ?? {})
  }
}

const viewOf = (fields: Fields): HeaderView =>
  headersOf(Object.entries(fields).map(([name, value]) => [name.toLowerCase(), value]))

/** The fields that a service gets of `headers`. */
const sentFields = ({ requestHeaders }: RouteSpec, headers: HeaderView): Map<string, string> => {
  const x = Object.assign(new Exchange(), { headers })
  requestHeadersPolicy(headerEditsOf(requestHeaders, isIdentityField)).gate?.(x)
  return fieldsIn(fieldLines(headers, NOTHING, [], x.requestEdits, null))
}

/** The fields that the client gets of a service's. */
const answeredFields = ({ responseHeaders }: RouteSpec, headers: HeaderView): Map<string, string> => {
  const reply = new Reply(200, headers)
  responseHeadersPolicy(headerEditsOf(responseHeaders, isIdentityField)).shape(new Exchange(), reply)
  return fieldsIn(fieldLines(headers, NOTHING, [], reply.edits, null))
}

const NOTHING = nameSet()

/** Values of one name are joined by commas, as a recipient may (RFC 9110 §5.3), and as the cases write them. */
const fieldsIn = (lines: string): Map<string, string> => {
  const fields = new Map<string, string>()
  for (const line of lines.split('\r\n').slice(0, -1)) {
    const [, name = '', value = ''] = /^([^:]+): (.*)$/.exec(line) ?? []
    fields.set(name, fields.has(name) ? `${fields.get(name)},${value}` : value)
  }
  return fields
}

const compareFields = (fields: ReadonlyMap<string, string>, { Headers = {}, AbsentHeaders = [] }: Expected): void => {
  for (const [name, value] of Object.entries(Headers)) assert.equal(fields.get(name.toLowerCase()), value, name)
  for (const name of AbsentHeaders) assert.equal(fields.get(name.toLowerCase()), undefined, name)
}

const comparePlaces = (
  place: URL,
  { Scheme, Host, Port, Path }: NonNullable<Case['RedirectRequest']>,
  q: MatchInput,
): void => {
  if (Scheme !== undefined) assert.equal(place.protocol, `${Scheme}:`)
  assert.equal(place.hostname, Host ?? q.host)
  assert.equal(place.port, Port ?? '')
  assert.equal(place.pathname, Path ?? q.path)
}

/** The API wants HEAD apart from GET; here HEAD follows GET, as RFC 9110 §9.1 asks of every server. */
const differs = (one: Case): boolean => one.Request.Method === 'HEAD'

const followsGet = (spec: GatewaySpec, gateway: string, one: Case): void => {
  const get = { ...one, Request: { ...one.Request, Method: 'GET' } }
  assert.throws(() => check(spec, gateway, one))
  const reached = (method: string): string | undefined => {
    const router = compileRouters(
      spec.routes.map((each): Row => ({ spec: each })),
      spec.frontends,
    )
    return router.match(asked(`${method} ${get.Request.Path ?? '/'}`, { listener: spec.listeners[0]!.name }))?.spec.name
  }
  assert.notEqual(reached('GET'), undefined)
  assert.equal(reached('HEAD'), reached('GET'))
}

if (existsSync(DATA)) {
  const all = (JSON.parse(readFileSync(new URL('cases.json', DATA), 'utf8')) as Test[]).filter(
    ({ cases }) => cases.length > 0,
  )
  test('each of the 354 cases runs, or a reason says why not', () => {
    const counts = (name: string): number => (RUN[name]?.cases ?? 0) + (NOT_RUN[name]?.cases ?? 0)
    assert.deepEqual(
      all.map(({ test: name }) => [name, counts(name)]),
      all.map(({ test: name, cases }) => [name, cases.length]),
    )
    const named = new Set([...Object.keys(RUN), ...Object.keys(NOT_RUN)])
    assert.deepEqual([...named].sort(), all.map(({ test: name }) => name).sort())
    const total = (table: Readonly<Record<string, { cases: number }>>): number =>
      Object.values(table).reduce((sum, { cases }) => sum + cases, 0)
    assert.equal(total(RUN) + total(NOT_RUN), 354)
    assert.deepEqual(
      Object.keys(RUN).filter(name => name in NOT_RUN),
      [],
    )
  })
  for (const each of all.filter(({ test: name }) => name in RUN)) {
    const { cases, gateway } = RUN[each.test]!
    const { spec, gateways } = specFor(each)
    test(`${each.test}: ${cases} cases`, () => assert.equal(each.cases.length, cases))
    for (const [index, one] of each.cases.entries()) {
      const where = gateway?.(index) ?? gateways[0]!
      const title = `${each.test} ${index}: ${JSON.stringify(one.Request)} to ${one.Backend ?? one.Response?.StatusCode}`
      if (!differs(one)) test(title, () => check(spec, where, one))
      else test(`${title}, here where GET goes`, () => followsGet(spec, where, one))
    }
  }
} else {
  test('Gateway API cases', { skip: 'their data is not there' }, () => {})
}
