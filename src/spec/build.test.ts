import assert from 'node:assert/strict'
import { test } from 'node:test'
import { checkDocument } from './check.ts'
import { plainSource, type Source } from './source.ts'
import type { GatewaySpec } from './spec.ts'
import { ROBUST_OFF } from './testing.ts'

const NO_SPLIT = { sticky: undefined, header: '', cookie: '' }

const specOf = (document: unknown, source: Partial<Source> = {}): GatewaySpec => {
  const { spec, problems } = checkDocument({ ...plainSource(document), ...source }, 3)
  assert.ok(spec, JSON.stringify(problems))
  return spec
}

test('defaults of the design', () => {
  const spec = specOf({ services: { users: 'http://127.0.0.1:3001' } })
  assert.deepEqual(spec, {
    listeners: [
      {
        name: 'web',
        host: '0.0.0.0',
        port: 8080,
        tls: undefined,
        limits: { headBytes: 16_384, fields: 100, targetBytes: 8192, bodyBytes: 0, connections: 10_000 },
        timeouts: { headMs: 10_000, idleMs: 75_000, bodyMs: 30_000 },
      },
    ],
    admin: { host: '127.0.0.1', port: 9901 },
    workers: 3,
    trustedProxies: [],
    accessLog: undefined,
    tracing: undefined,
    slashes: 'keep',
    via: 'sallyport',
    drainMs: 30_000,
    drainDelayMs: 0,
    shedLagMs: 0,
    bodyRoom: 67_108_864,
    state: { kind: 'memory', keys: 1_000_000 },
    auth: [],
    consumers: [],
    services: [
      {
        name: 'users',
        endpoints: [
          {
            url: 'http://127.0.0.1:3001',
            tls: false,
            host: '127.0.0.1',
            port: 3001,
            authority: '127.0.0.1:3001',
            basePath: '',
            weight: 1,
            priority: 0,
            address: '',
          },
        ],
        host: 'target',
        via: true,
        timeouts: { connectMs: 2000, tlsMs: 5000, headMs: 60_000, idleMs: 60_000, totalMs: 0 },
        connections: { max: 0, maxTotal: 0, open: 0, queue: 1024, waitMs: 2000, idleMs: 60_000 },
        ...ROBUST_OFF,
      },
    ],
    routes: [],
    frontends: [],
    unroutedHeaders: [],
  })
})

test('short and long forms say the same', () => {
  const short = specOf({ listeners: { web: ':80' }, admin: ':81', services: { a: 'http://a' } })
  const long = specOf({
    listeners: { web: { address: ':80' } },
    admin: { address: ':81' },
    services: { a: { endpoints: [{ url: 'http://a' }] } },
  })
  assert.deepEqual(short, long)
  assert.equal(specOf({ admin: false }).admin, undefined)
})

test('endpoints', () => {
  const endpoints = ['https://api.example.com', { url: 'http://[::1]:81/base/', weight: 3 }, 'HTTP://Host:80/a//b']
  const [service] = specOf({
    services: { a: { endpoints, timeout: { total: '5s' }, connections: { max: 9 } } },
  }).services
  assert.deepEqual(
    service?.endpoints.map(({ tls, host, port, authority, basePath, weight }) => [
      tls,
      host,
      port,
      authority,
      basePath,
      weight,
    ]),
    [
      [true, 'api.example.com', 443, 'api.example.com', '', 1],
      [false, '::1', 81, '[::1]:81', '/base', 3],
      [false, 'host', 80, 'host', '/a//b', 1],
    ],
  )
  assert.deepEqual([service?.timeouts.totalMs, service?.timeouts.headMs, service?.connections.max], [5000, 60_000, 9])
})

test('routes', () => {
  const { routes } = specOf({
    services: { a: 'http://a', b: 'http://b' },
    routes: [
      { prefix: '/api/', to: { a: 90, b: 10 }, stripPrefix: true, hosts: ['M.Example.com'], timeout: '2s' },
      {
        path: '/o/{id}',
        methods: ['get', 'GET'],
        headers: { 'X-V': '2' },
        query: { Q: 'x' },
        to: 'a',
        rewrite: '/v/{id}',
      },
      { path: '/h', respond: { json: { ok: true } }, priority: 5 },
      { path: '/t', respond: { status: 404, text: 'no', headers: { 'Content-Type': 'text/html' } }, name: 'mine' },
      { prefix: '/old', redirect: '/new' },
      { prefix: '/older', redirect: { to: 'https://x.com/new', status: 308 } },
    ],
  })
  assert.deepEqual(
    routes.map(({ action }) => action),
    [
      {
        kind: 'forward',
        to: [
          { service: 'a', weight: 90 },
          { service: 'b', weight: 10 },
        ],
        split: NO_SPLIT,
        stripPrefix: true,
        rewrite: undefined,
        host: '',
      },
      {
        kind: 'forward',
        to: [{ service: 'a', weight: 1 }],
        split: NO_SPLIT,
        stripPrefix: false,
        rewrite: '/v/{id}',
        host: '',
      },
      { kind: 'respond', status: 200, headers: [['content-type', 'application/json']], body: '{"ok":true}' },
      { kind: 'respond', status: 404, headers: [['content-type', 'text/html']], body: 'no' },
      { kind: 'redirect', to: '/new', status: 302 },
      { kind: 'redirect', to: 'https://x.com/new', status: 308 },
    ],
  )
  const { name, index, place, priority, hosts, match, methods, headers, query, totalMs } = routes[1]!
  assert.deepEqual(
    { name, index, place, priority, hosts, match, methods, headers, query, totalMs },
    {
      name: 'GET /o/{id} x-v ?Q',
      index: 1,
      place: undefined,
      priority: 0,
      hosts: [],
      match: { kind: 'path', pattern: '/o/{id}' },
      methods: ['GET'],
      headers: [{ name: 'x-v', value: '2' }],
      query: [{ name: 'Q', value: 'x' }],
      totalMs: 0,
    },
  )
  assert.deepEqual(
    routes.map(route => route.name),
    ['m.example.com/api/*', 'GET /o/{id} x-v ?Q', '/h', 'mine', '/old/*', '/older/*'],
  )
  assert.deepEqual([routes[0]?.hosts, routes[0]?.totalMs, routes[2]?.priority], [['m.example.com'], 2000, 5])
})

test('names are unique, and given names are never taken', () => {
  const { routes } = specOf({
    routes: [
      { path: '/a', headers: { x: '1' }, respond: {} },
      { path: '/a', headers: { x: '2' }, respond: {} },
      { path: '/b', name: '/a x', respond: {} },
      { path: '/c', hosts: ['a.com', 'b.com'], respond: {} },
    ],
  })
  assert.deepEqual(
    routes.map(route => route.name),
    ['/a x #2', '/a x #3', '/a x', 'a.com(+1)/c'],
  )
})

test('text from outside becomes the number or boolean that is wanted, and only there', () => {
  const document = {
    workers: '4',
    listeners: { web: { address: ':1', limits: { connections: '7' } } },
    services: { a: { url: 'http://a', via: 'false' } },
    routes: [
      { path: '/a', respond: { text: '5', status: '404' } },
      { path: '/b', redirect: { to: '/', status: '308' } },
    ],
  }
  const spec = specOf(document, { fromOutside: () => true })
  assert.equal(spec.workers, 4)
  assert.equal(spec.listeners[0]?.limits.connections, 7)
  assert.equal(spec.services[0]?.via, false)
  assert.deepEqual(spec.routes[0]?.action, {
    kind: 'respond',
    status: 404,
    headers: [['content-type', 'text/plain; charset=utf-8']],
    body: '5',
  })
  assert.deepEqual(spec.routes[1]?.action, { kind: 'redirect', to: '/', status: 308 })
  assert.equal(checkDocument(plainSource(document)).spec, undefined)
})

test('a Spec crosses threads', () => {
  const spec = specOf({ services: { a: 'http://a' }, routes: [{ path: '/', to: 'a' }] })
  assert.deepEqual(structuredClone(spec), spec)
})
