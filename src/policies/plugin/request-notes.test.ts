import assert from 'node:assert/strict'
import { test } from 'node:test'
import { HeaderEdits, headersOf } from '../../base/headers.ts'
import type { Identity } from '../../core/identity.ts'
import { runPlugins, turn } from '../testing/plugin-run.ts'
import type { GateRequest, PluginRequest } from './plugin.ts'

const IDENTITY: Identity = {
  way: 'main',
  consumer: 'app',
  subject: 'ada',
  keyId: '',
  roles: new Set(['admin']),
  scopes: new Set(['read']),
  tier: '',
  claims: { org: { id: 7 } },
  headers: null,
}

/** What a gate sees. */
const seen = <T>(look: (request: GateRequest) => T, given: Parameters<typeof runPlugins>[1] = {}): T => {
  const found: T[] = []
  const { counted, lines } = runPlugins([{ name: 'a', gate: request => void found.push(look(request)) }], given)
  assert.deepEqual(counted, [], lines.join('\n'))
  return found[0]!
}

test('a plugin sees the request, who it is from, and nothing of the inside', () => {
  const given = {
    method: 'PUT',
    path: '/a/b%20c',
    query: '?q=1&q=2',
    host: 'example.com',
    scheme: 'https' as const,
    clientAddress: '192.0.2.1',
    paramNames: ['name'],
    params: ['b%20c'],
    identity: IDENTITY,
  }
  const facts = seen(request => {
    const { id, method, path, host, scheme, clientAddress, route, consumer, subject, roles, scopes, claims } = request
    return [id, method, path, host, scheme, clientAddress, route, consumer, subject, roles, scopes, claims]
  }, given)
  assert.deepEqual(facts, [
    'id-1',
    'PUT',
    '/a/b%20c',
    'example.com',
    'https',
    '192.0.2.1',
    'mine',
    'app',
    'ada',
    ['admin'],
    ['read'],
    { org: { id: 7 } },
  ])
  assert.deepEqual(
    seen(({ params, query }) => [params['name'], query.getAll('q')], given),
    ['b c', ['1', '2']],
  )
  assert.throws(() => seen(({ claims }) => Object.assign(claims['org'] as object, { id: 8 }), given))
})

test('headers are those that go upstream', () => {
  const headers = headersOf([
    ['accept', '*/*'],
    ['x-consumer', 'root'],
    ['X_Tenant', 'root'],
    ['authorization', 'Bearer secret'],
    ['x-b', '1'],
    ['x-b', '2'],
  ])
  const edits = (): HeaderEdits => new HeaderEdits().remove('authorization').append('x-consumer', 'app').set('x-b', '3')
  const wanted = [
    ['accept', '*/*'],
    ['x-consumer', 'app'],
    ['x-b', '3'],
  ]
  assert.deepEqual(
    seen(request => request.headers(), { headers, requestEdits: edits() }),
    wanted,
  )
  assert.deepEqual(
    seen(({ header }) => [header('Accept'), header('X-Consumer'), header('authorization')], {
      headers,
      requestEdits: edits(),
    }),
    ['*/*', 'app', undefined],
  )
  assert.deepEqual(
    seen(({ header, headers: all }) => [header('x-consumer'), all().length], { headers }),
    [undefined, 4],
  )
})

test('a gate sets and removes headers of what goes upstream; the next one sees them', () => {
  const { x } = runPlugins(
    [
      {
        name: 'a',
        gate: ({ setHeader, removeHeader }) => {
          setHeader('X-Signature', 'v1=é')
          setHeader('x-empty', '')
          removeHeader('Cookie')
        },
      },
      {
        name: 'b',
        gate: ({ header, setHeader }) => setHeader('x-seen', `${header('x-signature')},${header('cookie')}`),
      },
    ],
    { headers: headersOf([['cookie', 'a=b']]) },
  )
  assert.deepEqual(x.requestEdits?.added, [
    ['x-signature', 'v1=é'],
    ['x-empty', ''],
    ['x-seen', 'v1=é,undefined'],
  ])
  assert.equal(x.requestEdits?.removes('cookie'), true)
})

const BAD_NAMES = ['', 'a b', 'a:b', 'x\r\ny', 'é', ' x']
const BAD_VALUES = ['a\r\nx-consumer: root', 'a\nb', 'a\0b', ' a', 'a ', '\u010a', 7, undefined, ['a']]
const GATEWAYS = [
  'x-consumer',
  'X_Consumer',
  'x-claim-org',
  'X-Tenant',
  'x.tenant',
  'X-Deadline',
  'host',
  'Content-Length',
  'transfer-encoding',
  'connection',
  'upgrade',
  'te',
  'trailer',
  'expect',
  'keep-alive',
  'proxy-connection',
  'x-forwarded-for',
  'x-forwarded-host',
  'forwarded',
  'x-real-ip',
  'x-request-id',
  'via',
]

test('what is no header, or is the gateway’s, is refused: nothing of it goes upstream', () => {
  const refused = (act: (request: GateRequest) => void, why: RegExp): void => {
    const { outcome, x, lines, counted } = runPlugins([{ name: 'a', gate: act }])
    assert.deepEqual([outcome(), counted, x.requestEdits?.lines ?? ''], ['INTERNAL', ['a gate'], ''])
    assert.match(lines[0] ?? '', why)
  }
  for (const name of BAD_NAMES) refused(({ setHeader }) => setHeader(name, 'a'), /a name that is none/)
  for (const value of BAD_VALUES) refused(({ setHeader }) => setHeader('x-a', value as string), /a value that is none/)
  for (const name of GATEWAYS) {
    refused(({ setHeader }) => setHeader(name, 'a'), /is set by the gateway/)
    refused(({ removeHeader }) => removeHeader(name), /is set by the gateway/)
  }
})

test('headers are set within a gate only', async () => {
  const kept: GateRequest[] = []
  const late = (): void => kept[0]!.setHeader('x-late', '1')
  runPlugins([{ name: 'a', gate: request => void kept.push(request) }])
  assert.throws(late, /within a gate/)
  kept.length = 0
  const { x } = runPlugins([
    {
      name: 'a',
      gate: async request => {
        kept.push(request)
        await null
        request.setHeader('x-a', '1')
      },
    },
  ])
  await turn()
  assert.deepEqual(x.requestEdits?.added, [['x-a', '1']])
  assert.throws(late, /within a gate/)
})

test('parts of one request share a store; once all is over there are no headers', () => {
  const kept: PluginRequest[] = []
  const found: unknown[] = []
  const run = runPlugins(
    [
      { name: 'a', gate: ({ store }) => void store.set('n', 1) },
      {
        name: 'b',
        shape: request => void found.push(request.store.get('n'), request.header('x')),
        tap: request => void kept.push(request),
      },
    ],
    { headers: headersOf([['x', 'mine']]) },
  )
  run.finish()
  assert.deepEqual(found, [1, 'mine'])
  assert.deepEqual([kept[0]?.header('x'), kept[0]?.headers(), kept[0]?.store.get('n')], [undefined, [], 1])
})
