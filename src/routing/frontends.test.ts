import assert from 'node:assert/strict'
import { test } from 'node:test'
import { asked, routeSpec } from '../../test/support/routing.ts'
import type { FrontendSpec } from '../spec/spec.ts'
import { compileClaims, compileRouters } from './frontends.ts'

const frontend = (name: string, given: Partial<FrontendSpec>): FrontendSpec => ({
  name,
  hosts: [],
  prefix: '',
  listeners: [],
  ...given,
})

const FRONTENDS = [
  frontend('mobile', { hosts: ['m.example.com'] }),
  frontend('partners', { hosts: ['*.example.com'] }),
  frontend('deep', { hosts: ['*.eu.example.com'] }),
  frontend('kiosk', { prefix: '/kiosk' }),
  frontend('kiosk-admin', { prefix: '/kiosk/admin', listeners: ['inside'] }),
  frontend('inside', { listeners: ['inside'] }),
  frontend('mobile-inside', { hosts: ['m.example.com'], listeners: ['inside'] }),
]

const claims: readonly [host: string, path: string, listener: string, expected: string][] = [
  ['m.example.com', '/', 'web', 'mobile'],
  ['m.example.com', '/kiosk', 'web', 'mobile'],
  ['m.example.com', '/', 'inside', 'mobile-inside'],
  ['a.example.com', '/x', 'web', 'partners'],
  ['a.eu.example.com', '/x', 'web', 'deep'],
  ['example.com', '/x', 'web', ''],
  ['other.org', '/kiosk', 'web', 'kiosk'],
  ['other.org', '/kiosk/', 'web', 'kiosk'],
  ['other.org', '/kiosks', 'web', ''],
  ['other.org', '/kiosk/admin/x', 'web', 'kiosk'],
  ['other.org', '/kiosk/admin/x', 'inside', 'kiosk-admin'],
  ['other.org', '/', 'inside', 'inside'],
  ['other.org', '/', 'web', ''],
]

for (const [host, path, listener, expected] of claims) {
  test(`http://${host}${path} on ${listener} belongs to ${expected || 'no frontend'}`, () => {
    const claimedBy = compileClaims(FRONTENDS)
    assert.equal(FRONTENDS[claimedBy(asked(`GET ${path}`, { host, listener }))]?.name ?? '', expected)
  })
}

test('what a frontend claims is answered by its own routes or not at all', () => {
  const row = (name: string, spec: object) => ({ spec: routeSpec({ name, ...spec }) })
  const router = compileRouters(
    [
      row('all', { match: { kind: 'prefix', pattern: '/' }, priority: 9 }),
      row('mobile/orders', { frontend: 'mobile', hosts: ['m.example.com'], methods: ['GET'] }),
      row('partners/orders', { frontend: 'partners', hosts: ['*.example.com'], methods: ['POST'] }),
    ].map((each, i) => ({
      spec: i === 0 ? each.spec : { ...each.spec, match: { kind: 'path' as const, pattern: '/orders' } },
    })),
    FRONTENDS,
  )
  const match = (target: string, host: string): string | undefined => router.match(asked(target, { host }))?.spec.name
  assert.equal(match('GET /orders', 'm.example.com'), 'mobile/orders')
  assert.equal(match('GET /else', 'm.example.com'), undefined)
  assert.equal(match('POST /orders', 'm.example.com'), undefined)
  assert.deepEqual(router.allowed(asked('POST /orders', { host: 'm.example.com' })), ['GET', 'HEAD'])
  assert.equal(match('POST /orders', 'a.example.com'), 'partners/orders')
  assert.equal(match('GET /orders', 'a.example.com'), undefined)
  assert.equal(match('GET /orders', 'other.org'), 'all')
  assert.deepEqual(router.explain(asked('GET /else', { host: 'm.example.com' })).matched, null)
})
