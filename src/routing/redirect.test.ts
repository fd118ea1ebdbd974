import assert from 'node:assert/strict'
import { test } from 'node:test'
import fc from 'fast-check'
import { asked, routeSpec } from '../../test/support/routing.ts'
import { Target } from '../base/target.ts'
import type { OriginSpec } from '../spec/spec.ts'
import { compileRedirect, type Sent } from './redirect.ts'
import { compileRouter } from './router.ts'

/** `path /a/{x}` or `prefix /a`, where to, the request's target; undefined when the route does not take it. */
const location = (pattern: string, to: string, raw: string): string | undefined => {
  const [kind, text = ''] = pattern.split(' ')
  const match = { kind: kind === 'path' ? ('path' as const) : ('prefix' as const), pattern: text }
  const target = new Target()
  if (!target.set(raw, 'keep')) return undefined
  const q = asked(`GET ${target.path}`, { query: target.query })
  const taken = compileRouter([{ spec: routeSpec({ match }) }]).match(q) !== null
  return taken ? compileRedirect(match, { kind: 'redirect', to, status: 308 })({ ...q, scheme: 'http' }) : undefined
}

const cases: readonly [pattern: string, to: string, target: string, location: string][] = [
  ['prefix /old', '/api', '/old', '/api'],
  ['prefix /old', '/api', '/old/a/b?x=1', '/api/a/b?x=1'],
  ['prefix /old', '/api/', '/old/a', '/api/a'],
  ['prefix /old', '/', '/old', '/'],
  ['prefix /old', '/', '/old/a', '/a'],
  ['prefix /old', '/api?new=1', '/old/a?x=1', '/api/a?new=1'],
  ['prefix /old', '/api#top', '/old/a?x', '/api/a?x#top'],
  ['prefix /', 'https://new.example.com', '/a/b?x', 'https://new.example.com/a/b?x'],
  ['prefix /old', 'https://new.example.com/base/', '/old/a', 'https://new.example.com/base/a'],
  ['path /o/{id}', '/orders/{id}', '/o/4%2F2?x', '/orders/4%2F2?x'],
  ['path /o/{id}', 'https://h/orders?id={id}', '/o/a&b=c+d', 'https://h/orders?id=a%26b%3Dc%2Bd'],
  ['path /f/{rest...}', '/files/{rest...}', '/f/a/b', '/files/a/b'],
  ['prefix /', '//', '/a', '/a'],
  ['path /t/{t}', 'https://{t}.example.com/', '/t/evil.org%2F', 'https://{t}.example.com/'],
]

for (const [pattern, to, target, expected] of cases) {
  test(`${pattern} to ${to}: ${target} → ${expected}`, () => assert.equal(location(pattern, to, target), expected))
}

const origins: readonly [origin: Partial<OriginSpec>, to: string, sent: Partial<Sent>, location: string][] = [
  [{ scheme: 'https' }, '', {}, 'https://a.example/x/y?q'],
  [{ scheme: 'https' }, '', { path: '//evil.example/' }, 'https://a.example//evil.example/?q'],
  [{ scheme: 'https', port: 443 }, '', {}, 'https://a.example/x/y?q'],
  [{ scheme: 'https', port: 8443 }, '', {}, 'https://a.example:8443/x/y?q'],
  [{ host: 'b.example' }, '', {}, 'http://b.example/x/y?q'],
  [{ host: 'b.example' }, '', { scheme: 'https' }, 'https://b.example/x/y?q'],
  [{ host: 'b.example' }, '/new', {}, 'http://b.example/new/y?q'],
  [{ port: 8080 }, '/new?z', { host: '[::1]' }, 'http://[::1]:8080/new/y?z'],
  [{ port: 80 }, '', { scheme: 'https' }, 'https://a.example:80/x/y?q'],
  [{ scheme: 'https' }, '', { host: '' }, '/x/y?q'],
  [{ scheme: 'https' }, '', { host: '', path: '//evil.example' }, '/evil.example?q'],
]

for (const [origin, to, given, expected] of origins) {
  test(`${JSON.stringify(origin)} ${to}: ${JSON.stringify(given)} → ${expected}`, () => {
    const whole = { scheme: '', host: '', port: 0, ...origin } as const
    const redirect = { kind: 'redirect', to, origin: whole, status: 308 } as const
    const sent: Sent = { path: '/x/y', query: '?q', params: [], scheme: 'http', host: 'a.example', ...given }
    assert.equal(compileRedirect({ kind: 'prefix', pattern: '/x' }, redirect)(sent), expected)
  })
}

test('a path cannot become another host', () => {
  assert.equal(location('prefix /old', '/', '/old//evil.example/x'), '/evil.example/x')
  assert.equal(location('path /old/{rest...}', '/{rest...}', '/old//evil.example'), '/evil.example')
  assert.equal(location('prefix /', '/', '//evil.example/..//x'), '/x')
})

test('property: the client stays on the host that the configuration names', () => {
  const raw = fc
    .array(
      fc.constantFrom('/', '/', '\\', '%5c', '%2f', '..', '.', '@evil.example', 'evil.example', ':80', '%09', '?', 'a'),
    )
    .map(parts => '/old/' + parts.join(''))
  const patterns = fc.constantFrom('prefix /', 'prefix /old', 'path /old/{x}', 'path /{x}/{rest...}', 'path /{rest...}')
  const host = 'https://here.example'
  fc.assert(
    fc.property(
      raw,
      patterns,
      fc.constantFrom('/', '/api', '/{p}', '/{p}/', host, `${host}/{p}`),
      (target, pattern, to) => {
        const last = /\{(\w+)(\.\.\.)?\}$/.exec(pattern)?.[1]
        const found = location(pattern, to.replace('{p}', last === undefined ? '' : `{${last}}`), target)
        if (found !== undefined) assert.equal(new URL(found, host).origin, host)
      },
    ),
    { numRuns: 1000 },
  )
})
