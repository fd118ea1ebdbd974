import assert from 'node:assert/strict'
import { test } from 'node:test'
import { fromOpenApi } from './openapi.ts'

const api = (more: Readonly<Record<string, unknown>>) =>
  fromOpenApi({ openapi: '3.1.0', info: { title: 'Pet Store' }, ...more }, 'openapi.yaml')

const shown = (paths: Readonly<Record<string, unknown>>, more: Readonly<Record<string, unknown>> = {}): string[] =>
  api({ paths, ...more }).routes.map(({ kind, pattern, methods }) => `${kind} ${pattern} ${methods.join(',')}`)

test('each path is a route for its methods', () => {
  assert.deepEqual(
    shown({
      '/pets': { get: {}, post: {}, summary: 'no operation', parameters: [] },
      '/pets/{petId}': { get: {}, delete: {}, trace: {} },
      '/': { head: {} },
      '/any': {},
    }),
    ['path /pets GET,POST', 'path /pets/{petId} GET,DELETE', 'path / HEAD', 'path /any '],
  )
})

test('clients keep their URLs: what the server’s begins with stands before each path', () => {
  const servers = (url: string, variables = {}): readonly string[] => {
    const { services, routes, notes } = api({ servers: [{ url, variables }], paths: { '/pets': { get: {} } } })
    return [services[0]?.url ?? '', routes[0]?.pattern ?? '', ...notes.map(() => 'a note')]
  }
  assert.deepEqual(servers('https://api.example.com/v1/'), ['https://api.example.com', '/v1/pets'])
  assert.deepEqual(servers('https://user:secret@api.example.com:8443'), ['https://api.example.com:8443', '/pets'])
  assert.deepEqual(servers('https://{env}.example.com:{port}/{base}', VARIABLES), [
    'https://test.example.com:8443',
    '/v2/pets',
  ])
  assert.deepEqual(servers('/v1'), ['http://127.0.0.1:3000', '/v1/pets', 'a note'])
  for (const odd of [
    'https://{x}.example.com',
    'ftp://a',
    'http://${env:HOME}/',
    'file:///etc/passwd',
    '',
    'http://a b',
    '//',
  ]) {
    assert.deepEqual(servers(odd), ['http://127.0.0.1:3000', '/pets', 'a note'], odd)
  }
})

const VARIABLES = { env: { default: 'test' }, port: { default: '8443' }, base: { default: 'v2' } }

test('text around a parameter is an expression, which takes just that', () => {
  assert.deepEqual(shown({ '/files/{name}.json': { get: {} }, '/a.b/{x}-{y}/(c)': {} }), [
    'regex /files/[^/]+\\.json GET',
    'regex /a\\.b/[^/]+-[^/]+/\\(c\\) ',
  ])
})

test('paths that no route can have are left out, and it is said', () => {
  const paths = {
    '/a b': {},
    pets: {},
    '/${env:HOME}': {},
    '/${file:/etc/passwd}/x': {},
    '/a?b=c': {},
    '/a#b': {},
    '/\n': {},
    '/{': {},
    '/..': {},
  }
  const { routes, notes } = api({ servers: [{ url: 'http://a' }], paths })
  assert.deepEqual(routes, [])
  assert.equal(notes.length, Object.keys(paths).length)
  assert.ok(notes.every(note => /^[\x20-\x7e]*$/.test(note)))
})

test('paths that differ in the names of parameters alone are one route', () => {
  assert.deepEqual(shown({ '/pets/{a}': { get: {} }, '/pets/{b}': { put: {} }, '/x/{a}': { get: {} }, '/x/{b}': {} }), [
    'path /pets/{a} GET,PUT',
    'path /x/{a} ',
  ])
})

test('references are followed within the file, and not in circles', () => {
  assert.deepEqual(
    shown(
      {
        '/a': { $ref: '#/components/pathItems/a~1b' },
        '/b': { $ref: '#/paths/~1b' },
        '/c': { $ref: '#/paths/~1d' },
        '/d': { $ref: '#/paths/~1c' },
        '/e': { $ref: 'https://example.com/other.yaml' },
        '/f': { $ref: '#/__proto__/constructor' },
      },
      { components: { pathItems: { 'a/b': { get: {} } } } },
    ),
    ['path /a GET', 'path /b ', 'path /c ', 'path /d ', 'path /e ', 'path /f '],
  )
})

test('what operations want to be asked for is a hint', () => {
  const { routes } = api({
    security: [{ key: [] }],
    components: {
      securitySchemes: { key: { type: 'apiKey', in: 'header' }, main: { type: 'http', scheme: 'bearer' } },
    },
    paths: {
      '/a': { get: {}, post: { security: [{ main: ['write'] }, { other: [] }] } },
      '/open': { get: { security: [] } },
    },
  })
  assert.deepEqual(
    routes.map(({ comment }) => comment),
    ['asks for key (apiKey header), main (http bearer), other: see auth', ''],
  )
})

test('very many paths are routes by their beginnings', () => {
  const paths = Object.fromEntries(Array.from({ length: 900 }, (_, i) => [`/${'abc'[i % 3]}/x${i}`, { get: {} }]))
  const { routes, notes } = api({ servers: [{ url: 'http://a/v1' }], paths })
  assert.deepEqual(
    routes.map(({ kind, pattern }) => `${kind} ${pattern}`),
    ['prefix /v1/a', 'prefix /v1/b', 'prefix /v1/c'],
  )
  assert.match(notes[0] ?? '', /has 900 paths/)
  const scattered = Object.fromEntries(Array.from({ length: 900 }, (_, i) => [`/x${i}`, {}]))
  assert.deepEqual(shown(scattered), ['prefix / '])
})

test('anything in place of what should be there is nothing', () => {
  for (const odd of [null, 5, 'x', [], [[]], { '/a': null }, { '/a': [1] }]) {
    for (const key of ['paths', 'servers', 'info', 'security', 'components'])
      api({ paths: { '/a': { get: {} } }, [key]: odd })
  }
})
