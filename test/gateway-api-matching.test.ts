import assert from 'node:assert/strict'
import { existsSync, readFileSync } from 'node:fs'
import { test } from 'node:test'
import { parseAllDocuments } from 'yaml'
import { headersOf } from '../src/base/headers.ts'
import { Target } from '../src/base/target.ts'
import { compileForwardPath } from '../src/routing/forward-path.ts'
import { compileRedirect } from '../src/routing/redirect.ts'
import { compileRouter } from '../src/routing/router.ts'
import type { RouteSpec } from '../src/spec/spec.ts'
import { forwardTo } from '../src/spec/testing.ts'
import { asked, routeSpec } from './support/routing.ts'

/**
 * The plain match cases of the Kubernetes Gateway API conformance tests: HTTPRoutes become routes, and each request
 * must reach the backend, the path and the Location that the case names.
 */
const DATA = new URL('../../shared/data/gateway-api/', import.meta.url)

const TESTS = new Set([
  'HTTPRouteExactPathMatching',
  'HTTPRouteHeaderMatching',
  'HTTPRouteMatching',
  'HTTPRouteMatchingAcrossRoutes',
  'HTTPRouteMethodMatching',
  'HTTPRoutePathMatchOrder',
  'HTTPRouteQueryParamMatching',
  'HTTPRouteRedirectPath',
  'HTTPRouteRewritePath',
  'HTTPRouteSimpleSameNamespace',
])

interface Case {
  readonly Request: { Method?: string; Path?: string; Host?: string; Headers?: Record<string, string> }
  readonly Response?: { StatusCode?: number }
  readonly Backend?: string
  readonly ExpectedRequest?: { Request?: { Path?: string } }
  readonly RedirectRequest?: { Path?: string }
}

interface PathChange {
  readonly type: 'ReplaceFullPath' | 'ReplacePrefixMatch'
  readonly replaceFullPath?: string
  readonly replacePrefixMatch?: string
}

interface ValueMatch {
  readonly name: string
  readonly value: string
}

interface HttpRoute {
  readonly kind: string
  readonly spec: {
    readonly hostnames?: string[]
    readonly rules: {
      readonly matches?: {
        path?: { type: string; value: string }
        method?: string
        headers?: ValueMatch[]
        queryParams?: ValueMatch[]
      }[]
      readonly filters?: { urlRewrite?: { path?: PathChange }; requestRedirect?: { path?: PathChange } }[]
      readonly backendRefs?: { name: string }[]
    }[]
  }
}

interface Row {
  readonly spec: RouteSpec
  readonly rewrite: PathChange | undefined
  readonly redirect: PathChange | undefined
}

const rowsOf = (manifests: readonly string[]): Row[] => {
  const documents = manifests.flatMap(name => parseAllDocuments(readFileSync(new URL(name, DATA), 'utf8')))
  const routes = documents
    .map(document => document.toJS() as HttpRoute | null)
    .filter(route => route?.kind === 'HTTPRoute')
  const rows: Row[] = []
  for (const { spec } of routes.filter(route => route !== null)) {
    for (const rule of spec.rules) {
      for (const match of rule.matches ?? [{}]) {
        rows.push({
          spec: routeSpec({
            name: rule.backendRefs?.[0]?.name ?? '',
            index: rows.length,
            hosts: spec.hostnames ?? [],
            match: {
              kind: match.path?.type === 'Exact' ? 'path' : 'prefix',
              pattern: match.path?.value ?? '/',
            },
            methods: match.method === undefined ? [] : [match.method],
            headers: (match.headers ?? []).map(({ name, value }) => ({ name: name.toLowerCase(), value })),
            query: (match.queryParams ?? []).map(({ name, value }) => ({ name, value })),
          }),
          rewrite: rule.filters?.find(filter => filter.urlRewrite !== undefined)?.urlRewrite?.path,
          redirect: rule.filters?.find(filter => filter.requestRedirect !== undefined)?.requestRedirect?.path,
        })
      }
    }
  }
  return rows
}

const check = (rows: readonly Row[], { Request, Response, Backend, ExpectedRequest, RedirectRequest }: Case): void => {
  const target = new Target()
  assert.ok(target.set(Request.Path ?? '/', 'keep'))
  const headers = headersOf(Object.entries(Request.Headers ?? {}).map(([name, value]) => [name.toLowerCase(), value]))
  const host = (Request.Host ?? '').toLowerCase()
  const q = asked(`${Request.Method ?? 'GET'} ${target.path}`, { host, query: target.query, headers })
  const row = compileRouter(rows).match(q)
  if (Response?.StatusCode === 404) return assert.equal(row, null)
  assert.ok(row !== null)
  if (Backend !== undefined) assert.equal(row.spec.name, Backend)
  const { match } = row.spec
  const sent = ExpectedRequest?.Request?.Path
  if (sent !== undefined && row.rewrite?.replacePrefixMatch !== undefined) {
    const rewrite = row.rewrite.replacePrefixMatch
    const forward = forwardTo('', { rewrite })
    assert.equal(compileForwardPath(match, forward, '')(q), sent)
  }
  if (RedirectRequest?.Path !== undefined && row.redirect?.replacePrefixMatch !== undefined) {
    const redirect = { kind: 'redirect' as const, to: row.redirect.replacePrefixMatch, status: 302 as const }
    assert.equal(compileRedirect(match, redirect)(q), RedirectRequest.Path)
  }
}

/** The API wants HEAD apart from GET; here HEAD follows GET, as RFC 9110 §9.1 asks of every server. */
const differs = (one: Case): boolean => one.Request.Method === 'HEAD'

const followsGet = (rows: readonly Row[], { Request }: Case): void => {
  const router = compileRouter(rows)
  const reached = (method: string) => router.match(asked(`${method} ${Request.Path ?? '/'}`))?.spec.name
  assert.notEqual(reached('GET'), undefined)
  assert.equal(reached('HEAD'), reached('GET'))
}

if (existsSync(DATA)) {
  const all = JSON.parse(readFileSync(new URL('cases.json', DATA), 'utf8')) as {
    test: string
    manifests: string[]
    cases: Case[]
  }[]
  for (const { test: name, manifests, cases } of all.filter(one => TESTS.has(one.test))) {
    const rows = rowsOf(manifests)
    for (const one of cases) {
      const title = `${name}: ${JSON.stringify(one.Request)} to ${one.Backend ?? one.Response?.StatusCode}`
      if (!differs(one)) test(title, () => check(rows, one))
      else test(`${title}, here where GET goes`, () => followsGet(rows, one))
    }
  }
} else {
  test('Gateway API cases', { skip: 'their data is not there' }, () => {})
}
