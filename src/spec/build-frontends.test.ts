import assert from 'node:assert/strict'
import { test } from 'node:test'
import { checkDocument } from './check.ts'
import { plainSource } from './source.ts'
import type { GatewaySpec, RouteSpec } from './spec.ts'

const specOf = (document: object): GatewaySpec => {
  const { spec, problems } = checkDocument(plainSource({ services: { users: 'http://a' }, ...document }), 1)
  assert.ok(spec, JSON.stringify(problems))
  return spec
}
/** What a frontend at `/m` comes to. */
const routesOf = (frontend: object, more: object = {}): readonly RouteSpec[] =>
  specOf({ frontends: { m: { prefix: '/m', ...frontend } }, ...more }).routes

const pattern = ({ match }: RouteSpec): string => `${match.kind} ${match.pattern}`

test('what frontends claim, in normal form', () => {
  const { frontends } = specOf({
    listeners: { a: ':1', b: ':2' },
    frontends: {
      one: { hosts: ['M.com', 'm.com'], routes: [{ path: '/', to: 'users' }] },
      two: { prefix: '/x/\u00e9/', listener: ['a', 'b', 'a'], routes: [{ path: '/', to: 'users' }] },
      three: { prefix: '/', routes: [{ path: '/', to: 'users' }] },
    },
  })
  assert.deepEqual(frontends, [
    { name: 'one', hosts: ['m.com'], prefix: '', listeners: [] },
    { name: 'two', hosts: [], prefix: '/x/%C3%A9', listeners: ['a', 'b'] },
    { name: 'three', hosts: [], prefix: '', listeners: [] },
  ])
})

test('routes of frontends come after all others, are called after them, and have their hosts, prefix and listeners', () => {
  const { routes } = specOf({
    frontends: {
      mobile: {
        hosts: ['m.com'],
        prefix: '/app',
        listener: 'web',
        routes: [
          { path: '/orders/{id}', methods: ['GET'], to: 'users' },
          { prefix: '/', to: 'users' },
          { path: '/', to: 'users', name: 'home' },
        ],
      },
    },
    routes: [{ prefix: '/', to: 'users' }],
  })
  assert.deepEqual(
    routes.map(route => [route.index, route.frontend, route.name, pattern(route), route.hosts, route.listeners]),
    [
      [0, '', '/*', 'prefix /', [], []],
      [1, 'mobile', 'mobile/GET /orders/{id}', 'path /app/orders/{id}', ['m.com'], ['web']],
      [2, 'mobile', 'mobile/*', 'prefix /app', ['m.com'], ['web']],
      [3, 'mobile', 'mobile/home', 'path /app/', ['m.com'], ['web']],
    ],
  )
})

const POLICIES = {
  auth: 'keys',
  access: { roles: ['a'] },
  rateLimit: { limit: '5/s', by: 'ip' },
  cors: { origins: 'https://a' },
  ip: { allow: '10.0.0.1' },
  timeout: '2s',
  retry: { attempts: 2 },
  fields: { pick: ['id'] },
}
const KEYS = { auth: { keys: { apiKey: { header: 'x-key' } }, other: { apiKey: { header: 'x-other' } } } }
const policies = ({ auth, access, limits, cors, ip, totalMs, retry, fields }: RouteSpec): unknown[] => [
  auth.ways.join(),
  access?.roles?.values.join(),
  limits.map(limit => (limit.kind === 'rate' ? limit.rate.count : 0)).join(),
  typeof cors === 'object' ? cors.origins.join() : cors,
  ip?.allow.join(),
  totalMs,
  typeof retry === 'object' ? retry.attempts : retry,
  fields?.edits.length,
]
const INHERITED = ['keys', 'a', '5', 'https://a', '10.0.0.1', 2000, 2, 1]
const NOTHING = ['', undefined, '', undefined, undefined, 0, 'none', undefined]

test('a route has the policies of its frontend, unless it says its own or declines them', () => {
  const own = {
    auth: 'other',
    access: { roles: ['b'] },
    rateLimit: { limit: '6/s', by: 'ip' },
    cors: 'pass',
    ip: { allow: '10.0.0.2' },
    timeout: '3s',
    retry: { attempts: 3 },
    fields: { pick: ['a'], omit: ['b'] },
  }
  const declined = {
    auth: 'none',
    access: 'none',
    rateLimit: 'none',
    cors: 'none',
    ip: 'none',
    timeout: '0s',
    retry: 'none',
    fields: 'none',
  }
  const routes = [{}, own, declined].map((given, i) => ({ path: `/${i}`, to: 'users', ...given }))
  assert.deepEqual(routesOf({ ...POLICIES, routes }, KEYS).map(policies), [
    INHERITED,
    ['other', 'b', '6', 'pass', '10.0.0.2', 3000, 3, 2],
    NOTHING,
  ])
})

test('groups hand down what they have and what they are in', () => {
  const inner = {
    prefix: '/{b}',
    auth: 'other',
    rateLimit: 'none',
    routes: [
      { path: '/{c}', to: 'users' },
      { prefix: '/', to: 'users', hosts: ['n.com'] },
    ],
  }
  const { routes } = specOf({
    ...KEYS,
    routes: [
      { path: '/first', to: 'users' },
      { prefix: '/a/', hosts: ['m.com'], ...POLICIES, routes: [inner, { path: '/x', to: 'users' }] },
      { path: '/last', to: 'users' },
    ],
  })
  assert.deepEqual(
    routes.map(route => [route.index, route.name, pattern(route), route.hosts.join()]),
    [
      [0, '/first', 'path /first', ''],
      [1, 'm.com/a/{b}/{c}', 'path /a/{b}/{c}', 'm.com'],
      [2, 'n.com/a/{b}/*', 'prefix /a/{b}', 'n.com'],
      [3, 'm.com/a/x', 'path /a/x', 'm.com'],
      [4, '/last', 'path /last', ''],
    ],
  )
  assert.deepEqual(policies(routes[3]!), INHERITED)
  assert.deepEqual(policies(routes[1]!), ['other', 'a', '', ...INHERITED.slice(3)])
})

test('"optional" takes the ways of what is around', () => {
  const [route] = routesOf(
    { auth: 'keys', routes: [{ path: '/', to: 'users', auth: 'optional' }] },
    { ...KEYS, defaults: { auth: 'other' } },
  )
  assert.deepEqual(route?.auth, { need: 'any', ways: ['keys'], optional: true })
  const [plain] = routesOf(
    { auth: 'optional', routes: [{ path: '/', to: 'users' }] },
    { ...KEYS, defaults: { auth: 'other' } },
  )
  assert.deepEqual(plain?.auth, { need: 'any', ways: ['other'], optional: true })
})

test('stripPrefix of a frontend or a group takes its prefix off, that of a route all of it', () => {
  const paths = (routes: readonly RouteSpec[]): unknown[] =>
    routes.map(({ action }) => (action.kind === 'forward' ? [action.rewrite, action.stripPrefix] : action.kind))
  const routes = [
    { prefix: '/orders', to: 'users' },
    { path: '/o/{id}/{rest...}', to: 'users' },
    { prefix: '/', to: 'users' },
    { prefix: '/own', to: 'users', stripPrefix: true },
    { path: '/own', to: 'users', rewrite: '/mine' },
    { path: '/answer', respond: {} },
    { prefix: '/g', routes: [{ path: '/x', to: 'users' }] },
    { prefix: '/g', stripPrefix: true, routes: [{ path: '/y', to: 'users' }] },
  ]
  assert.deepEqual(paths(routesOf({ stripPrefix: true, routes })), [
    ['/orders', false],
    ['/o/{id}/{rest...}', false],
    ['/', false],
    [undefined, true],
    ['/mine', false],
    'respond',
    ['/g/x', false],
    ['/y', false],
  ])
  assert.deepEqual(paths(routesOf({ routes: routes.slice(6) })), [
    [undefined, false],
    ['/m/y', false],
  ])
})
