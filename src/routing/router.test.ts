import assert from 'node:assert/strict'
import { test } from 'node:test'
import { asked, routeSpec } from '../../test/support/routing.ts'
import { headersOf } from '../base/headers.ts'
import type { RouteSpec } from '../spec/spec.ts'
import { compileRouter, type MatchInput } from './router.ts'
import { hashOf } from './scan.ts'

interface Row {
  readonly spec: RouteSpec
}

const table = (...specs: Partial<RouteSpec>[]): Row[] =>
  specs.map((spec, index) => ({ spec: routeSpec({ index, ...spec }) }))

/** Name of the route and its parameters, or `-`. */
const ask = (rows: Row[], request: string, rest: Partial<MatchInput> = {}): string => {
  const q = asked(request, rest)
  const row = compileRouter(rows).match(q)
  return row === null ? '-' : [row.spec.name, ...q.params].join(' ')
}

const path = (pattern: string, rest: Partial<RouteSpec> = {}): Partial<RouteSpec> => ({
  name: pattern,
  match: { kind: 'path', pattern },
  ...rest,
})
const prefix = (pattern: string, rest: Partial<RouteSpec> = {}): Partial<RouteSpec> => ({
  name: `${pattern}*`,
  match: { kind: 'prefix', pattern },
  ...rest,
})

test('a prefix matches by whole segments', () => {
  const rows = table(prefix('/api/users'))
  for (const fits of ['/api/users', '/api/users/', '/api/users/42', '/api/users//x']) {
    assert.equal(ask(rows, `GET ${fits}`), '/api/users*')
  }
  for (const not of ['/api/usersx', '/api/user', '/api', '/', '//api/users', '/api/users%2F42']) {
    assert.equal(ask(rows, `GET ${not}`), '-')
  }
})

test('the prefix "/" matches every path, and nothing that is not one', () => {
  const rows = table(prefix('/'))
  for (const fits of ['/', '//', '/a', '/a/b/']) assert.equal(ask(rows, `GET ${fits}`), '/*')
  assert.equal(ask(rows, 'OPTIONS *'), '-')
})

test('a trailing slash counts in a path and not in a prefix', () => {
  const rows = table(path('/a'), path('/b/'), prefix('/c/'))
  assert.equal(ask(rows, 'GET /a'), '/a')
  assert.equal(ask(rows, 'GET /a/'), '-')
  assert.equal(ask(rows, 'GET /b'), '-')
  assert.equal(ask(rows, 'GET /b/'), '/b/')
  assert.equal(ask(rows, 'GET /c'), '/c/*')
  assert.equal(ask(rows, 'GET /c/'), '/c/*')
})

test('parameters are delivered as they stand in the path', () => {
  const rows = table(path('/o/{id}/l/{line}'), path('/f/{rest...}'), prefix('/t/{tenant}'))
  assert.equal(ask(rows, 'GET /o/4%2F2/l/x'), '/o/{id}/l/{line} 4%2F2 x')
  assert.equal(ask(rows, 'GET /o//l/x'), '-')
  assert.equal(ask(rows, 'GET /f/a/b//c'), '/f/{rest...} a/b//c')
  assert.equal(ask(rows, 'GET /f/'), '/f/{rest...} ')
  assert.equal(ask(rows, 'GET /f'), '-')
  assert.equal(ask(rows, 'GET /t/acme/x/y'), '/t/{tenant}* acme')
  assert.equal(ask(rows, 'GET /t/'), '-')
})

test('without parameters no array is made', () => {
  const q = asked('GET /a')
  const router = compileRouter(table(path('/a')))
  router.match(q)
  const first = q.params
  router.match(q)
  assert.equal(q.params, first)
  assert.ok(Object.isFrozen(q.params))
})

test('literal before parameter before rest, whatever the order of writing', () => {
  const rows = table(
    prefix('/a'),
    path('/a/{rest...}'),
    path('/a/{x}/c'),
    path('/a/b/{y}'),
    path('/a/b/c'),
    prefix('/a/b'),
  )
  assert.equal(ask(rows, 'GET /a/b/c'), '/a/b/c')
  assert.equal(ask(rows, 'GET /a/b/d'), '/a/b/{y} d')
  assert.equal(ask(rows, 'GET /a/x/c'), '/a/{x}/c x')
  assert.equal(ask(rows, 'GET /a/x/d'), '/a/{rest...} x/d')
  assert.equal(ask(rows, 'GET /a'), '/a*')
})

test('a parameter in a prefix gives way to a literal even when its pattern is longer', () => {
  const rows = table(prefix('/{x}/users'), prefix('/api'))
  assert.equal(ask(rows, 'GET /api/users'), '/api*')
  assert.equal(ask(rows, 'GET /v2/users/1'), '/{x}/users* v2')
})

test('hosts: exact, longest wildcard, any; a host that has no match falls through', () => {
  const rows = table(
    prefix('/', { name: 'any' }),
    prefix('/', { name: 'wide', hosts: ['*.example.com'] }),
    prefix('/', { name: 'narrow', hosts: ['*.eu.example.com', 'other.org'] }),
    path('/only', { name: 'exact', hosts: ['a.eu.example.com'] }),
  )
  const at = (host: string, target = '/') => ask(rows, `GET ${target}`, { host })
  assert.equal(at('a.eu.example.com', '/only'), 'exact')
  assert.equal(at('a.eu.example.com'), 'narrow')
  assert.equal(at('x.y.eu.example.com'), 'narrow')
  assert.equal(at('other.org'), 'narrow')
  assert.equal(at('eu.example.com'), 'wide')
  assert.equal(at('a.b.example.com'), 'wide')
  for (const host of ['example.com', '.example.com', 'badexample.com', 'example.com.evil.org', '', 'x.other.org']) {
    assert.equal(at(host), 'any')
  }
})

test('priority comes before everything else', () => {
  const rows = table(
    path('/a', { hosts: ['h'] }),
    prefix('/', { priority: 1, methods: ['GET'] }),
    prefix('/', { name: 'low', priority: -1 }),
  )
  assert.equal(ask(rows, 'GET /a', { host: 'h' }), '/*')
  assert.equal(ask(rows, 'POST /a', { host: 'h' }), '/a')
  assert.equal(ask(rows, 'POST /b', { host: 'h' }), 'low')
})

test('methods, headers, query parameters: more conditions first, and a failing one falls through', () => {
  const rows = table(
    path('/a', { name: 'bare' }),
    path('/a', { name: 'post', methods: ['POST'] }),
    path('/a', { name: 'header', headers: [{ name: 'x-a', value: '1' }] }),
    path('/a', { name: 'query', query: [{ name: 'q', value: 'x y' }] }),
    path('/a', { name: 'both', headers: [{ name: 'x-a', value: '1' }], query: [{ name: 'q', value: 'x y' }] }),
  )
  const headers = headersOf([['x-a', '1']])
  assert.equal(ask(rows, 'GET /a'), 'bare')
  assert.equal(ask(rows, 'POST /a', { headers }), 'post')
  assert.equal(ask(rows, 'GET /a', { headers }), 'header')
  assert.equal(ask(rows, 'GET /a', { headers: headersOf([['x-a', '2']]) }), 'bare')
  assert.equal(ask(rows, 'GET /a', { query: '?p=1&q=x%20y&q=z' }), 'query')
  assert.equal(ask(rows, 'GET /a', { query: '?q=z&q=x+y' }), 'bare')
  assert.equal(ask(rows, 'GET /a', { headers, query: '?q=x+y' }), 'both')
})

test('HEAD follows GET unless an equally specific route names it', () => {
  const get = path('/a', { name: 'get', methods: ['GET'] })
  const head = path('/a', { name: 'head', methods: ['HEAD'] })
  assert.equal(ask(table(get), 'HEAD /a'), 'get')
  assert.equal(ask(table(get, head), 'HEAD /a'), 'head')
  assert.equal(ask(table(get, head), 'GET /a'), 'get')
  const narrower = path('/a', { name: 'narrower', methods: ['GET'], headers: [{ name: 'x', value: '1' }] })
  assert.equal(ask(table(head, narrower), 'HEAD /a', { headers: headersOf([['x', '1']]) }), 'narrower')
  assert.equal(ask(table(path('/a', { name: 'post', methods: ['POST'] })), 'HEAD /a'), '-')
})

test('allowed names the methods that would have matched, from every level', () => {
  const router = compileRouter(
    table(
      path('/a', { methods: ['POST', 'GET'] }),
      path('/{x}', { methods: ['DELETE'] }),
      prefix('/', { methods: ['PATCH'], hosts: ['h'] }),
      path('/a', { methods: ['PUT'], headers: [{ name: 'x', value: '1' }] }),
      path('/b', { headers: [{ name: 'x', value: '1' }] }),
    ),
  )
  assert.deepEqual(router.allowed(asked('OPTIONS /a')), ['DELETE', 'GET', 'HEAD', 'POST'])
  assert.deepEqual(router.allowed(asked('OPTIONS /a', { host: 'h' })), ['DELETE', 'GET', 'HEAD', 'PATCH', 'POST'])
  assert.deepEqual(router.allowed(asked('OPTIONS /a/b')), [])
  assert.deepEqual(router.allowed(asked('GET /b')), ['DELETE'])
})

test('what no lookup may change: a miss leaves no parameters behind', () => {
  const router = compileRouter(table(path('/{a}')))
  const q = asked('GET /x')
  router.match(q)
  assert.deepEqual(q.params, ['x'])
  router.match(Object.assign(q, { path: '/x/y' }))
  assert.deepEqual(q.params, [])
})

test('turning back is bounded by the table: every literal or parameter, ten segments deep, and none fits', () => {
  const patterns = Array.from({ length: 1024 }, (_, bits) =>
    Array.from({ length: 10 }, (_, i) => (bits & (1 << i) ? '/a' : `/{p${i}}`)).join(''),
  )
  let looks = 0
  const headers: MatchInput['headers'] = { ...headersOf([]), get: () => void looks++ }
  const needsHeader = { headers: [{ name: 'x', value: '1' }] }
  const router = compileRouter(table(...patterns.map(pattern => path(pattern, needsHeader))))
  assert.equal(router.match(asked(`GET ${'/a'.repeat(10)}`, { headers })), null)
  assert.equal(looks, 1024)
  assert.equal(router.match(asked(`GET ${'/a'.repeat(4000)}`, { headers })), null)
  assert.equal(looks, 1024)
})

test('literals of one hash are told apart, and a table of many children finds each', () => {
  assert.equal(hashOf('costarring'), hashOf('liquid'))
  const rows = table(path('/liquid'), ...Array.from({ length: 500 }, (_, i) => path(`/r${i}`)))
  assert.equal(ask(rows, 'GET /costarring'), '-')
  assert.equal(ask([...rows, ...table(path('/costarring'))], 'GET /costarring'), '/costarring')
  for (let i = 0; i < 500; i += 7) assert.equal(ask(rows, `GET /r${i}`), `/r${i}`)
})

const regex = (pattern: string, rest: Partial<RouteSpec> = {}): Partial<RouteSpec> => ({
  name: `~${pattern}`,
  match: { kind: 'regex', pattern },
  ...rest,
})

test('a regular expression takes whole paths, after all other kinds, and hands out its named groups', () => {
  const rows = table(regex('/a/(?<id>[0-9]+)(?<rest>/.*)?'), path('/a/{id}', { methods: ['POST'] }), prefix('/a/7'))
  assert.equal(ask(rows, 'GET /a/12'), '~/a/(?<id>[0-9]+)(?<rest>/.*)? 12 ')
  assert.equal(ask(rows, 'GET /a/12/b%2Fc/'), '~/a/(?<id>[0-9]+)(?<rest>/.*)? 12 /b%2Fc/')
  assert.equal(ask(rows, 'POST /a/12'), '/a/{id} 12')
  assert.equal(ask(rows, 'GET /a/7/b'), '/a/7*')
  for (const not of ['/a/', '/a/x', '/x/a/12', '/a/12b']) assert.equal(ask(rows, `GET ${not}`), '-')
  assert.equal(ask(table(regex('.*')), 'OPTIONS *'), '-')
})

test('of regular expressions, methods, headers and queries decide, then the order of writing', () => {
  const get = regex('/.*', { name: 'get', methods: ['GET'] })
  const rows = table(regex('/a.*'), get, regex('/[ab].*', { name: 'v', headers: [{ name: 'v', regex: '[0-9]+' }] }))
  assert.equal(ask(rows, 'GET /abc'), 'get')
  const numbered = { headers: headersOf([['v', '12']]) }
  assert.equal(ask(rows, 'POST /abc', numbered), 'v')
  assert.equal(ask(rows, 'POST /abc'), '~/a.*')
  assert.equal(ask(rows, 'POST /bc', { headers: headersOf([['v', '12x']]) }), '-')
  const high = table(prefix('/'), regex('/a.*', { priority: 1 }))
  assert.equal(ask(high, 'GET /abc'), '~/a.*')
  assert.equal(ask(high, 'GET /b'), '/*')
})

test('HEAD prefers an expression that names it', () => {
  const rows = table(regex('/.+', { name: 'get', methods: ['GET'] }), regex('/a', { name: 'head', methods: ['HEAD'] }))
  assert.equal(ask(rows, 'HEAD /a'), 'head')
  assert.equal(ask(rows, 'HEAD /b'), 'get')
})

test('405 counts regular expressions, of paths and of queries', () => {
  const router = compileRouter(
    table(
      regex('/a[0-9]', { methods: ['PUT'] }),
      path('/a1', { methods: ['GET'], query: [{ name: 'q', regex: 'x+' }] }),
    ),
  )
  assert.deepEqual(router.allowed(asked('POST /a1')), ['PUT'])
  assert.deepEqual(router.allowed(asked('POST /a1', { query: '?q=%78x' })), ['GET', 'HEAD', 'PUT'])
  assert.deepEqual(router.allowed(asked('POST /b')), [])
})
