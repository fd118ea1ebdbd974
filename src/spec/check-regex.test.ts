import assert from 'node:assert/strict'
import { test } from 'node:test'
import { checkDocument } from './check.ts'
import { plainSource } from './source.ts'
import type { RouteSpec } from './spec.ts'
import { problemTable } from './testing/problem-table.ts'

const services = { users: 'http://127.0.0.1:3001' }
const config = (...routes: object[]) => ({ services, routes: routes.map(route => ({ to: 'users', ...route })) })
const inGroup = (group: object, ...routes: object[]) => ({
  services,
  routes: [{ ...group, routes: routes.map(route => ({ to: 'users', ...route })) }],
})

const routesOf = (document: unknown): readonly RouteSpec[] => {
  const { spec, problems } = checkDocument(plainSource(document), 1)
  assert.deepEqual(problems, [])
  return spec?.routes ?? []
}

problemTable('regular expressions of routes', [
  [config({ regex: '/a/[0-9]+' })],
  [config({ regex: '^/a$' })],
  [config({ regex: '' }), 'routes[0].regex: expected text that is not empty, found ""'],
  [config({ regex: 5 }), 'routes[0].regex: expected text, found 5'],
  [config({ regex: '/a(' }), 'routes[0].regex: is not a regular expression: missing closing ) (/a()'],
  [config({ regex: '/(?!b).*' }), 'routes[0].regex: uses lookaround ((?!), which cannot be matched in linear time'],
  [
    config({ regex: 'users/.*' }),
    'routes[0].regex: never matches: it stands for the whole path, which starts with "/"',
  ],
  [config({ regex: '/é' }), 'routes[0].regex: must write "é" as "%C3%A9": paths are matched in that form'],
  [config({ regex: '/a', stripPrefix: true }), 'routes[0].stripPrefix: needs "prefix"; use "rewrite" on a path route'],
  [config({ regex: '/(?<id>.+)', rewrite: '/x/{id}' })],
  [
    config({ regex: '/(?<id>.+)', rewrite: '/x/{it}' }),
    'routes[0].rewrite: the path has no parameter {it}; did you mean "id"?',
  ],
  [
    { services, routes: [{ regex: '/(?<id>.+)', redirect: '/x/{name}' }] },
    'routes[0].redirect: the path has no parameter {name}; it has {id}',
  ],
])

problemTable('regular expressions of headers and query parameters', [
  [config({ path: '/a', headers: { 'x-v': { regex: '[12]' } }, query: { q: { regex: '.+' } } })],
  [
    config({ path: '/a', headers: { 'x-v': { regex: '[' } }, query: { q: { regex: '(a)\\1' } } }),
    'routes[0].headers.x-v.regex: is not a regular expression: missing closing ] ([)',
    'routes[0].query.q.regex: uses a backreference (\\1), which cannot be matched in linear time',
  ],
  [
    config({ path: '/a', headers: { 'x-v': { regexp: 'a' } } }),
    'routes[0].headers.x-v.regexp: unknown key; did you mean "regex"?',
  ],
])

const MAY_TIE = (at: string, other: string): string =>
  `warning: ${at}: some requests match ${other} as well, and only the order of writing decides; set "priority" on one of them`

problemTable('regular expressions in each other’s way', [
  [config({ regex: '/a/.*' }, { regex: '/b/.*' })],
  [config({ regex: '/a/.*' }, { regex: '/a/[0-9]' }), MAY_TIE('routes[1]', 'routes[0]')],
  [config({ regex: '/a/.*' }, { regex: '.*\\.png' }), MAY_TIE('routes[1]', 'routes[0]')],
  [config({ regex: '/a/.*' }, { regex: '/a/[0-9]', priority: 1 })],
  [config({ regex: '/a/.*', methods: ['GET'] }, { regex: '/a/b', methods: ['POST'] })],
  [config({ regex: '/a/.*', methods: ['GET'] }, { regex: '/a/b' })],
  [
    config({ regex: '/a/.*' }, { regex: '/a/.*' }),
    'routes[1]: matches the same requests as routes[0]; remove one, or tell them apart by methods, headers, query or priority',
  ],
  [
    config({ regex: '/api/.*' }, { prefix: '/' }),
    'warning: routes[0]: can never match: routes[1] takes every such request',
  ],
  [
    config({ regex: '/api/v[0-9]' }, { prefix: '/api' }),
    'warning: routes[0]: can never match: routes[1] takes every such request',
  ],
  [config({ regex: '/api/v[0-9]', priority: 1 }, { prefix: '/api' })],
  // `/apis` is not below `/api`.
  [config({ regex: '/api.*' }, { prefix: '/api' })],
  [config({ regex: '/api/v[0-9]' }, { path: '/api/{version}' })],
  [
    config(
      { path: '/a', headers: { v: { regex: '1.*' } } },
      { path: '/a', headers: { v: '2' } },
      { path: '/a', headers: { v: { regex: '3.*' } } },
    ),
  ],
  [
    config({ path: '/a', headers: { v: { regex: '1.*' } } }, { path: '/a', headers: { v: '12' } }),
    'warning: routes[1]: can never match: routes[0] takes every such request',
  ],
  [
    config({ path: '/a', headers: { v: '12' } }, { path: '/a', headers: { v: { regex: '1.*' } } }),
    MAY_TIE('routes[1]', 'routes[0]'),
  ],
  [
    config({ path: '/a', query: { v: { regex: 'a+' } } }, { path: '/a', query: { v: { regex: 'a*' } } }),
    MAY_TIE('routes[1]', 'routes[0]'),
  ],
])

test('in a group, it stands for what follows the prefix, whose parameters are its own too', () => {
  const [one, two] = routesOf(
    inGroup({ prefix: '/t/{tenant}/a.b' }, { regex: '^/(?<id>[0-9]+)|/x' }, { regex: '(?:/y)?', priority: 1 }),
  )
  assert.equal(one?.match.pattern, '/t/(?<tenant>[^/]+)/a\\.b(?:/(?<id>[0-9]+)|/x)')
  assert.equal(two?.match.pattern, '/t/(?<tenant>[^/]+)/a\\.b(?:(?:/y)?)')
  assert.equal(one?.name, '~/t/(?<tenant>[^/]+)/a\\.b(?:/(?<id>[0-9]+)|/x)')
})

test('a group without prefix, and a frontend with one', () => {
  const [one] = routesOf(inGroup({ hosts: ['h'] }, { regex: '/a.*' }))
  assert.equal(one?.match.pattern, '/a.*')
  const frontends = { m: { prefix: '/m', routes: [{ regex: '/a.*', to: 'users' }] } }
  const [two] = routesOf({ services, frontends })
  assert.equal(two?.match.pattern, '/m(?:/a.*)')
  assert.equal(two?.name, 'm/~/a.*')
})

problemTable('regular expressions in groups', [
  [inGroup({ prefix: '/t/{tenant}' }, { regex: '/(?<id>.+)', rewrite: '/{tenant}/{id}' })],
  [
    inGroup({ prefix: '/t', stripPrefix: true }, { regex: '/a.*' }),
    'routes[0].routes[0].regex: needs "rewrite", as the prefix of what is around it is left out upstream; such as regex: "/(?<rest>.*)" and rewrite: "/{rest}"',
  ],
  [inGroup({ prefix: '/t', stripPrefix: true }, { regex: '/(?<rest>.*)', rewrite: '/{rest}' })],
  [
    inGroup({ prefix: '/t/{id}' }, { regex: '/(?<id>.+)' }),
    'routes[0].routes[0].regex: is not a regular expression: duplicate capture group name (id)',
  ],
  [inGroup({ prefix: 't' }, { regex: '/a' }), 'routes[0].prefix: must start with "/"'],
  [
    inGroup({ prefix: '/t' }, { regex: 'a)(b' }),
    'routes[0].routes[0].regex: is not a regular expression: unexpected ) (a)(b)',
  ],
  [
    { services, routes: [{ regex: '/a', routes: [{ path: '/b', to: 'users' }] }] },
    'routes[0].regex: is not handed down by a group; write it at its routes',
  ],
])

test('an expression from outside is not shown', () => {
  const source = {
    ...plainSource(config({ regex: '/secret(' }, { path: '/b', query: { q: { regex: 'secret(' } } })),
    fromOutside: () => true,
  }
  const { problems } = checkDocument(source, 1)
  assert.deepEqual(
    problems.map(({ message }) => message),
    ['is not a valid pattern', 'is not a valid regular expression'],
  )
})
