import assert from 'node:assert/strict'
import { test } from 'node:test'
import { checkDocument } from './check.ts'
import { plainSource } from './source.ts'
import { problemTable } from './testing/problem-table.ts'

const plain = { web: '127.0.0.1:8080' }
const both = { ...plain, tls: { address: '127.0.0.1:8443', tls: { cert: 'c', key: 'k' } } }
const config = (redirect: unknown, listeners: object = plain) => ({
  listeners,
  services: { a: 'http://127.0.0.1:3001' },
  routes: [{ prefix: '/', redirect }],
})
const AGAIN = (listener: string): string =>
  `warning: routes[0].redirect: sends clients of listener "${listener}" to where they are, again and again; write the route in a frontend with "listener"`

problemTable('redirects', [
  [config('/new')],
  [config({ scheme: 'https', status: 308 })],
  [config({ host: 'new.example.com', port: 8443, to: '/new' })],
  [config({ port: 8443 })],
  [config({ status: 301 }), 'routes[0].redirect: needs "to", "scheme", "host" or "port"'],
  [config({ scheme: 'ftp' }), 'routes[0].redirect.scheme: unknown value "ftp"; use "http" or "https"'],
  [
    config({ host: '*.example.com' }),
    'routes[0].redirect.host: expected a host name without scheme and port, such as www.example.com, found "*.example.com"',
  ],
  [
    config({ to: 'https://new.example.com/', port: 8443 }),
    'routes[0].redirect.port: cannot be combined with a URL in "to"; write a path in "to"',
  ],
  ...['https://{t}.example.com/', 'https://example.com{t}', '//{t}', '//{t}@example.com/'].map(
    to =>
      [
        { ...config(to), routes: [{ regex: '/(?<t>.*)', redirect: to }] },
        'routes[0].redirect: has a parameter in its host, where none is put in; begin the path with "/" before it: https://www.example.com/{name}',
      ] as const,
  ),
  [{ ...config('/'), routes: [{ regex: '/(?<t>.*)', redirect: 'https://example.com/{t}' }] }],
  [config({ scheme: 'http' }), AGAIN('web')],
  [config({ scheme: 'https' }, both), AGAIN('tls')],
  [config({ scheme: 'https', host: 'b.example.com' }, both)],
  [
    {
      listeners: both,
      frontends: { plain: { listener: 'web', routes: [{ prefix: '/', redirect: { scheme: 'https' } }] } },
      services: { a: 'http://127.0.0.1:3001' },
    },
  ],
])

test('what is not written of a redirect stays the client’s', () => {
  const actionOf = (redirect: unknown): unknown =>
    checkDocument(plainSource(config(redirect)), 1).spec?.routes[0]?.action
  assert.deepEqual(actionOf({ scheme: 'https', host: 'New.example.com' }), {
    kind: 'redirect',
    to: '',
    origin: { scheme: 'https', host: 'new.example.com', port: 0 },
    status: 302,
  })
  assert.deepEqual(actionOf({ to: '/a' }), { kind: 'redirect', to: '/a', status: 302 })
})
