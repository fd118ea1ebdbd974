import assert from 'node:assert/strict'
import { test } from 'node:test'
import { asked, routeSpec } from '../../test/support/routing.ts'
import type { ForwardSpec } from '../spec/spec.ts'
import { forwardTo } from '../spec/testing.ts'
import { compileForwardPath } from './forward-path.ts'
import { compileRouter } from './router.ts'

/** `path /a/{x}` or `prefix /a`, the request's target, and what goes upstream. */
const forwarded = (pattern: string, target: string, forward: Partial<ForwardSpec> = {}, basePath = ''): string => {
  const [kind, text = ''] = pattern.split(' ')
  const match = { kind: kind === 'path' ? ('path' as const) : ('prefix' as const), pattern: text }
  const [path = '', query] = target.split('?')
  const q = asked(`GET ${path}`, { query: query === undefined ? '' : `?${query}` })
  assert.notEqual(compileRouter([{ spec: routeSpec({ match }) }]).match(q), null)
  return compileForwardPath(match, forwardTo('', forward), basePath)(q)
}

const strip = { stripPrefix: true }

test('without anything the target goes as it came', () => {
  assert.equal(forwarded('prefix /', '/a%2Fb//c?x=1&y'), '/a%2Fb//c?x=1&y')
  assert.equal(forwarded('prefix /', '/a?x', {}, '/v2'), '/v2/a?x')
})

const stripped: readonly [pattern: string, target: string, result: string][] = [
  ['prefix /api/users', '/api/users/42?x', '/42?x'],
  ['prefix /api/users', '/api/users', '/'],
  ['prefix /api/users', '/api/users?x', '/?x'],
  ['prefix /api/users', '/api/users/', '/'],
  ['prefix /api/users/', '/api/users/42/', '/42/'],
  ['prefix /t/{tenant}', '/t/acme/x', '/x'],
  ['prefix /', '/a/b', '/a/b'],
  ['path /a/{x}', '/a/b', '/'],
]

for (const [pattern, target, result] of stripped) {
  test(`stripPrefix on ${pattern}: ${target} goes as ${result}`, () => {
    assert.equal(forwarded(pattern, target, strip), result)
    assert.equal(forwarded(pattern, target, strip, '/v2'), `/v2${result}`)
  })
}

const rewritten: readonly [pattern: string, rewrite: string, target: string, result: string][] = [
  ['path /orders/{id}', '/v2/orders/{id}', '/orders/4%2F2?x', '/v2/orders/4%2F2?x'],
  ['path /a/{x}/{y}', '/{y}/{x}/{y}', '/a/1/2', '/2/1/2'],
  ['path /f/{rest...}', '/files/{rest...}', '/f/a/b/', '/files/a/b/'],
  ['path /f/{rest...}', '/files/{rest...}', '/f/', '/files/'],
  ['path /a', '/caf\u00e9', '/a', '/caf%C3%A9'],
  ['prefix /foo', '/xyz', '/foo/bar?q', '/xyz/bar?q'],
  ['prefix /foo', '/xyz/', '/foo/bar', '/xyz/bar'],
  ['prefix /foo', '/xyz', '/foo', '/xyz'],
  ['prefix /foo', '/xyz', '/foo/', '/xyz/'],
  ['prefix /foo', '/', '/foo/bar', '/bar'],
  ['prefix /foo', '/', '/foo', '/'],
  ['prefix /', '/v2', '/a', '/v2/a'],
  ['prefix /t/{tenant}', '/tenants/{tenant}', '/t/acme/x', '/tenants/acme/x'],
]

for (const [pattern, rewrite, target, result] of rewritten) {
  test(`rewrite ${rewrite} on ${pattern}: ${target} goes as ${result}`, () => {
    assert.equal(forwarded(pattern, target, { rewrite }), result)
    assert.equal(forwarded(pattern, target, { rewrite }, '/base'), `/base${result}`)
  })
}

test('a parameter that the pattern lacks is refused at load', () => {
  assert.throws(() => forwarded('path /a/{x}', '/a/1', { rewrite: '/{y}' }), /no parameter \{y\}/)
})
