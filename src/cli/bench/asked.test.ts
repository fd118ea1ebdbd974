import assert from 'node:assert/strict'
import { test } from 'node:test'
import { route, service, spec } from '../../runtime/testing.ts'
import { endpointSpec, forwardTo } from '../../spec/testing.ts'
import { CommandError, EXIT } from '../exit.ts'
import { type AskedOptions, askedOf } from './asked.ts'
import { directOf, throughOf } from './ends.ts'
import { refuseRemote } from './safety.ts'

const SPEC = spec({
  services: [
    service('orders', { endpoints: [endpointSpec('127.0.0.1:3002', { basePath: '/v2' })] }),
    service('far', { endpoints: [endpointSpec('10.0.0.1:80')] }),
  ],
  routes: [
    route({ name: 'health', match: { kind: 'path', pattern: '/health' } }),
    route({
      name: 'order',
      index: 1,
      match: { kind: 'path', pattern: '/orders/{id}' },
      methods: ['GET'],
      action: forwardTo('orders', { rewrite: '/o/{id}' }),
    }),
    route({
      name: 'list',
      index: 2,
      match: { kind: 'prefix', pattern: '/orders' },
      hosts: ['*.example.com'],
      headers: [{ name: 'x-kind', value: 'list' }],
      query: [{ name: 'all', value: 'a b' }],
      action: forwardTo('far'),
    }),
  ],
})

const ask = (given: Partial<AskedOptions>) =>
  askedOf(SPEC, { routes: [], path: undefined, headers: [], listener: '', ...given })

const isUsage = (pattern: RegExp) => (error: unknown) =>
  error instanceof CommandError && error.exitCode === EXIT.usage && pattern.test(error.message)

test('by method and path, through the router', () => {
  const [asked] = ask({ routes: ['get /orders/42?x=1'] })
  assert.deepEqual([asked?.route.name, asked?.method, asked?.target], ['order', 'GET', '/orders/42?x=1'])
})

test('by name, with what the route asks for filled in', () => {
  const [asked] = ask({ routes: ['list'], headers: [['authorization', 'Bearer x']] })
  assert.equal(asked?.target, '/orders?all=a%20b')
  assert.equal(asked?.host, 'bench.example.com')
  assert.deepEqual(asked?.headers, [
    ['x-kind', 'list'],
    ['authorization', 'Bearer x'],
  ])
})

test('without a word the first route that forwards and needs no parameters', () => {
  assert.equal(ask({})[0]?.route.name, 'list')
  assert.equal(ask({ routes: ['order'], path: '/orders/7' })[0]?.target, '/orders/7')
})

test('what cannot be asked is wrong usage, with what would be right', () => {
  assert.throws(() => ask({ routes: ['order'] }), isUsage(/--path/))
  assert.throws(() => ask({ routes: ['ordr'] }), isUsage(/one of "health", "order", "list"/))
  assert.throws(() => ask({ routes: ['GET /nothing'] }), isUsage(/no route takes GET \/nothing/))
  assert.throws(() => ask({ routes: ['order'], path: '/health' }), isUsage(/takes route "health", not "order"/))
  assert.throws(() => ask({ routes: ['order', 'health'], path: '/x' }), isUsage(/--path goes with one/))
})

test('the direct request is the one that the gateway would send', () => {
  const [asked] = ask({ routes: ['GET /orders/42'], headers: [['x-a', '1']] })
  const direct = directOf(asked!, SPEC, Buffer.from('body'))
  assert.ok('endpoint' in direct)
  assert.deepEqual([direct.endpoint.host, direct.endpoint.port, direct.endpoint.tls], ['127.0.0.1', 3002, undefined])
  assert.equal(
    Buffer.from(direct.endpoint.request).toString(),
    'GET /v2/o/42 HTTP/1.1\r\nHost: 127.0.0.1:3002\r\nx-a: 1\r\nContent-Length: 4\r\n\r\nbody',
  )
  const through = throughOf(asked!, { host: '127.0.0.1', port: 8080, tls: false }, Buffer.alloc(0))
  assert.match(Buffer.from(through.request).toString(), /^GET \/orders\/42 HTTP\/1\.1\r\nHost: 127\.0\.0\.1:8080\r\n/)
})

test('where there is no one direct way, the reason is told', () => {
  const [asked] = ask({ routes: ['health'] })
  const direct = directOf(asked!, SPEC, Buffer.alloc(0))
  assert.match('none' in direct ? direct.none : '', /answers by itself/)
})

test('load does not leave this machine unless that is allowed', () => {
  const routes = (name: string) => SPEC.routes.filter(each => each.name === name)
  refuseRemote(SPEC, routes('order'), undefined)
  refuseRemote(SPEC, routes('order'), new URL('http://localhost:8080'))
  assert.throws(() => refuseRemote(SPEC, routes('list'), undefined), isUsage(/service far at http:\/\/10\.0\.0\.1:80/))
  assert.throws(
    () => refuseRemote(SPEC, routes('order'), new URL('http://10.1.1.1')),
    isUsage(/gateway at 10\.1\.1\.1/),
  )
  const redis = {
    ...SPEC,
    state: { kind: 'redis', keys: 1, url: 'redis://:secret@r.example', prefix: '', timeoutMs: 1 },
  } as const
  assert.throws(
    () => refuseRemote(redis, routes('order'), undefined),
    (error: unknown) => isUsage(/Redis at r\.example/)(error) && !String(error).includes('secret'),
  )
})
