import assert from 'node:assert/strict'
import { test } from 'node:test'
import { gatewaySpec } from '../../test/support/specs.ts'
import { describeMatch } from '../spec/route-name.ts'
import type { GatewaySpec, RouteSpec } from '../spec/spec.ts'
import {
  aggregateSpec,
  branchSpec,
  endpointSpec,
  forwardTo as forward,
  jwtSpec,
  retrySpec,
  serviceSpec,
} from '../spec/testing.ts'
import { explain } from './explain.ts'

const path = (pattern: string, rest: Partial<RouteSpec> = {}): Partial<RouteSpec> => ({
  match: { kind: 'path', pattern },
  ...rest,
})
const prefix = (pattern: string, rest: Partial<RouteSpec> = {}): Partial<RouteSpec> => ({
  match: { kind: 'prefix', pattern },
  ...rest,
})

/** Routes named after what they match, as the loader does, on lines 1, 2, ... */
const gateway = (...routes: Partial<RouteSpec>[]): GatewaySpec => {
  const spec = gatewaySpec({ services: { users: 3001, orders: 3002 }, routes })
  const named = spec.routes.map(route => ({
    ...route,
    name: describeMatch(route),
    place: `gw.yaml:${route.index + 1}:3`,
  }))
  return { ...spec, routes: named }
}

const explained = (spec: GatewaySpec, method: string, url: string, headers: [string, string][] = []) => {
  const { text, matched } = explain(spec, { method, url, headers }, route => [`chain of ${route.index}`, 'origin'])
  return { matched, lines: text.trimEnd().split('\n') }
}

test('the whole picture: the match, its reasons and parameters, the chain, the target, the losers', () => {
  const spec = gateway(
    path('/api/orders/{id}', { methods: ['GET'], action: forward('orders', { rewrite: '/v2/orders/{id}' }) }),
    prefix('/api', { action: forward('users') }),
    path('/api/orders/{id}', { methods: ['POST'] }),
    path('/api/{kind}/{id}', { hosts: ['m.example.com'], headers: [{ name: 'x-a', value: 'b' }] }),
    prefix('/other'),
  )
  const { matched, lines } = explained(spec, 'GET', 'http://Api.example.com:8080/api/./orders/4%2f2?x=1', [
    ['X-A', 'c'],
  ])
  assert.equal(matched, true)
  assert.deepEqual(lines, [
    'GET /api/orders/4%2F2?x=1 on api.example.com',
    '  normalised from /api/./orders/4%2f2?x=1',
    '',
    'takes   GET /api/orders/{id} (gw.yaml:1:3)',
    'because path /api/orders/{id}, method GET',
    '        {id} = 4%2F2',
    'runs    chain of 0 → origin',
    'goes to http://127.0.0.1:3002/v2/orders/4%2F2?x=1 (orders)',
    'with    at most 256 requests at a target; 1024 wait up to 2s',
    '',
    'not taken, though the path fits:',
    '  m.example.com/api/{kind}/{id} x-a (gw.yaml:4:3)',
    '      host: expects m.example.com, got "api.example.com"',
    '      header x-a: expects "b", got "c"',
    '  POST /api/orders/{id} (gw.yaml:3:3)',
    '      method: expects POST, got GET',
    '  /api/* (gw.yaml:2:3)',
    '      less specific: kind of path',
  ])
})

test('a gateway that traces says so, without what may be secret', () => {
  const tracing = { url: 'http://c/in?k=s3cret', sample: 0.1, service: 'edge', headers: [], timeoutMs: 1 }
  const { lines } = explained({ ...gateway(path('/a')), tracing }, 'GET', '/a')
  assert.ok(lines.includes('traced  10% of new traces as edge, to http://c/in'), lines.join('\n'))
})

test('404 says so, and names the slash that is missing', () => {
  const spec = gateway(path('/a'), path('/b/'))
  const none = explained(spec, 'GET', '/c')
  assert.equal(none.matched, false)
  assert.deepEqual(none.lines.slice(2), ['404 NO_ROUTE: no route takes this request'])
  assert.match(explained(spec, 'GET', '/a/').lines[3]!, /\/a would take \/a \(gw.yaml:1:3\); a slash at the end counts/)
  assert.match(explained(spec, 'GET', '/b').lines[3]!, /\/b\/ would take/)
})

test('405 lists what is allowed, and OPTIONS is answered with it', () => {
  const spec = gateway(path('/a', { methods: ['GET', 'POST'] }))
  const { matched, lines } = explained(spec, 'DELETE', '/a')
  assert.equal(matched, false)
  assert.equal(lines[2], '405 METHOD_NOT_ALLOWED, Allow: GET, HEAD, POST')
  assert.ok(lines.includes('      method: expects GET or POST or HEAD, got DELETE'))
  assert.match(
    explained(spec, 'OPTIONS', '/a').lines[2]!,
    /no route takes OPTIONS: answered with Allow: GET, HEAD, POST/,
  )
})

test('what the gateway refuses is refused here, with the reason', () => {
  const spec = gateway(prefix('/'))
  for (const [url, reason] of [
    ['/a\\b', 'backslash'],
    ['/%zz', 'two hex digits'],
    ['http://a b/', 'host is malformed'],
  ] as const) {
    const { matched, lines } = explained(spec, 'GET', url)
    assert.equal(matched, false)
    assert.match(lines[0]!, new RegExp(`^400 BAD_REQUEST: .*${reason}`))
  }
  const strict: GatewaySpec = { ...spec, slashes: 'reject' }
  assert.equal(explained(strict, 'GET', '/a//b').matched, false)
})

test('the host comes from the URL, else from the header', () => {
  const spec = gateway(prefix('/', { hosts: ['*.h'] }), prefix('/'))
  assert.equal(explained(spec, 'GET', 'http://x.h').lines[0], 'GET / on x.h')
  assert.ok(explained(spec, 'GET', '/', [['Host', 'X.H:80']]).lines.includes('because host *.h, prefix /'))
  assert.ok(explained(spec, 'GET', '/').lines.includes('because prefix /'))
})

test('answers, redirects, splits and several endpoints', () => {
  const spec = gateway(
    path('/ok', { action: { kind: 'respond', status: 200, headers: [], body: '\u00e9' } }),
    prefix('/old', { action: { kind: 'redirect', to: '/new', status: 308 } }),
    prefix('/split', {
      action: forward('', {
        to: [
          { service: 'users', weight: 2 },
          { service: 'orders', weight: 1 },
        ],
        stripPrefix: true,
      }),
    }),
  )
  const [users, orders] = spec.services
  const secure = { ...users!.endpoints[0]!, tls: true, authority: 'u.example', basePath: '/base', weight: 3 }
  const two: GatewaySpec = { ...spec, services: [{ ...users!, endpoints: [...users!.endpoints, secure] }, orders!] }
  const goes = (url: string) => explained(two, 'GET', url).lines.filter(line => /^(goes to| {8}http)/.test(line))
  assert.deepEqual(goes('/ok'), ['goes to an answer with status 200, 2 bytes'])
  assert.deepEqual(goes('/old/x?y'), ['goes to a 308 to /new/x?y'])
  assert.deepEqual(goes('/split/x'), [
    'goes to http://127.0.0.1:3001/x (users 66.7%, 25% of it)',
    '        https://u.example/base/x (users 66.7%, 75% of it)',
    '        http://127.0.0.1:3002/x (orders 33.3%)',
  ])
})

test('HEAD, priority and conditions are among the reasons', () => {
  const spec = gateway(
    path('/a', {
      methods: ['GET'],
      priority: 5,
      headers: [{ name: 'x', value: '1' }],
      query: [{ name: 'q', value: 'z' }],
    }),
  )
  const { lines } = explained(spec, 'head', '/a?q=z', [['x', '1']])
  assert.ok(lines.includes('because priority 5, path /a, method HEAD, which follows GET, header x: "1", query q: "z"'))
})

test('a long table does not fill the screen, and control characters do not reach it', () => {
  const spec = gateway(
    ...Array.from({ length: 30 }, (_, i) => prefix('/', { query: [{ name: `q${i}`, value: '\u001b[2J' }] })),
  )
  const { lines } = explained(spec, 'GET', '/')
  assert.equal(lines.at(-1), '  and 10 more')
  assert.ok(lines.every(line => !line.includes('\u001b')))
})

test('losers say at which step of the order they lost', () => {
  const spec = gateway(
    prefix('/a/b', { methods: ['GET'] }),
    prefix('/a/b', { methods: ['GET', 'POST'] }),
    prefix('/a/b'),
    prefix('/a'),
    prefix('/{x}/b'),
    prefix('/a', { priority: -1 }),
    prefix('/a', { hosts: ['h'] }),
  )
  const reasons = explained(spec, 'GET', '/a/b/c').lines.filter(line => line.startsWith('      '))
  assert.deepEqual(reasons, [
    '      host: expects h, is absent',
    '      written later',
    '      less specific: naming methods',
    '      less specific: a shorter prefix',
    '      less specific: path',
    '      less specific: priority',
  ])
})

test('who may pass, from where and how often', () => {
  const spec: GatewaySpec = {
    ...gateway(
      prefix('/a', {
        auth: { need: 'any', ways: ['main', 'keys'], optional: true },
        access: {
          roles: { need: 'any', values: ['reader', 'admin'] },
          scopes: { need: 'all', values: ['a', 'b'] },
          consumers: ['app'],
          claims: [{ claim: 'org.id', values: [42, 'x'] }],
        },
        limits: [
          {
            kind: 'rate',
            name: 'perMinute',
            by: [{ kind: 'consumer' }],
            dryRun: false,
            rate: { count: 100, perMs: 60_000, burst: 20 },
            tiers: [{ tier: 'gold', rate: { count: 1000, perMs: 60_000, burst: 1000 } }],
            algorithm: 'gcra',
            cost: { fixed: 1, responseHeader: 'x-cost' },
            headers: 'ietf',
            onStoreFailure: 'local',
          },
          {
            kind: 'concurrency',
            name: 'default',
            by: [{ kind: 'ip' }, { kind: 'param', name: 'id' }],
            dryRun: true,
            max: 10,
            tiers: [],
          },
        ],
        cors: {
          origins: ['https://*.example.com'],
          methods: ['GET'],
          headers: [],
          expose: ['x-total'],
          credentials: true,
          maxAgeMs: 600_000,
        },
        ip: { allow: ['10.0.0.0/8'], deny: ['10.9.0.0/16'] },
      }),
      prefix('/b', { auth: { need: 'all', ways: ['main', 'keys'], optional: false } }),
      prefix('/c'),
    ),
    auth: [
      jwtSpec({ name: 'main', algorithms: ['RS256'], keys: { kind: 'static', keys: [{ kty: 'RSA' }] } }),
      { kind: 'apiKey', name: 'keys', from: [{ in: 'query', name: 'k' }], forward: false, realm: 'r' },
    ],
  }
  const between = (url: string): string[] => {
    const { lines } = explained(spec, 'GET', url)
    return lines.slice(
      lines.findIndex(line => line.startsWith('because')) + 1,
      lines.findIndex(line => /^runs/.test(line)),
    )
  }
  const WAYS = [
    '          main: token (RS256) in header authorization (Bearer); one public key',
    '          keys: API key in query k',
  ]
  assert.deepEqual(between('/a'), [
    'who     any of',
    ...WAYS,
    '        without a credential a request passes as nobody; with a bad one it is refused',
    '        needs role reader or admin',
    '        needs scope a and b',
    '        needs consumer app',
    '        needs claim org.id = 42 or x',
    'from    not 10.9.0.0/16',
    '        only 10.0.0.0/8',
    'limits  perMinute: 100 per minute and 20 at once for each consumer (gcra)',
    '          tier gold: 1000 per minute',
    '          a request costs 1, then what x-cost of the answer says',
    '        default: 10 in flight for each client address and {id}',
    '          dry run: counted and reported, nothing is refused',
    'cors    pages of https://*.example.com, with credentials',
    '        methods GET',
    '        may read x-total',
    '        preflights are kept for 10m',
  ])
  assert.deepEqual(between('/b'), ['who     all of', ...WAYS])
  assert.deepEqual(between('/c'), ['who     anybody'])
})

test('an aggregate: its plan, and how its services survive', () => {
  const spec = gateway(
    path('/d', {
      action: aggregateSpec([
        branchSpec('user', { service: 'users', path: ['/', { source: 'claims', path: ['sub'] }], required: true }),
        branchSpec('orders', { path: ['/', { source: 'branches', path: ['user', 'id'] }], timeoutMs: 200 }),
        branchSpec('more', { service: 'orders', fallback: { kind: 'value', value: [] } }),
      ]),
      fields: { edits: [{ kind: 'omit', paths: ['internal'] }], otherContent: 'pass' },
      requestHeaders: [
        { name: 'authorization', replaces: true, values: [['s3cret']] },
        { name: 'x-debug', replaces: true, values: [] },
        { name: 'x-env', replaces: true, values: [['prod']] },
      ],
      responseHeaders: [{ name: 'link', replaces: false, values: [['</a>']] }],
    }),
  )
  const { lines } = explained(spec, 'GET', '/d')
  assert.deepEqual(lines.slice(lines.findIndex(line => line.startsWith('goes to'))), [
    'goes to 3 branches within 500ms',
    '        1  user    users   GET /{claims.sub}        required',
    '           more    orders  GET /                    optional, else []',
    '        2  orders  orders  GET /{branches.user.id}  optional, within 200ms',
    'with    request headers: set authorization, x-env; without x-debug',
    '        response headers: add link',
    '        fields: without internal; what is not JSON passes',
    '        users: at most 256 requests at a target; 1024 wait up to 2s',
    '        orders: at most 256 requests at a target; 1024 wait up to 2s',
  ])
})

test('a request of a frontend: whose it is, and no other routes', () => {
  const plain = gateway(
    prefix('/', { frontend: 'm', hosts: ['m.h'], listeners: ['inside'] }),
    prefix('/'),
    path('/only-here'),
  )
  const claim = { name: 'm', hosts: ['m.h'], prefix: '', listeners: ['inside'] }
  const web = plain.listeners[0]!
  const spec: GatewaySpec = { ...plain, frontends: [claim], listeners: [web, { ...web, name: 'inside' }] }
  const asked = (listener?: string): string[] => {
    const request = { method: 'GET', url: 'http://m.h/only-here', headers: [], ...(listener && { listener }) }
    return explain(spec, request, () => [])
      .text.split('\n')
      .slice(0, 5)
  }
  assert.deepEqual(asked('inside'), [
    'GET /only-here on m.h',
    '  by listener inside',
    '  of frontend m: m.h by listener inside',
    '',
    'takes   m.h/* (gw.yaml:1:3)',
  ])
  // The first listener, unless one is named.
  assert.deepEqual(asked(), [
    'GET /only-here on m.h',
    '  by listener web',
    '',
    'takes   /only-here (gw.yaml:3:3)',
    'because path /only-here',
  ])
})

test('how the services of a route survive, and what the route itself does about it', () => {
  const plain = gateway(
    prefix('/one', { action: forward('users') }),
    prefix('/own', { action: forward('users'), retry: 'none' }),
    prefix('/split', {
      action: forward('', {
        to: [
          { service: 'users', weight: 1 },
          { service: 'found', weight: 0 },
        ],
        split: { sticky: undefined, header: 'x-version', cookie: '' },
      }),
    }),
    prefix('/answer', { action: { kind: 'respond', status: 200, headers: [], body: '' } }),
  )
  const users = serviceSpec('users', {
    endpoints: [endpointSpec('a:1'), endpointSpec('b:1'), endpointSpec('c:1', { priority: 1 })],
    balance: { kind: 'ewma' },
    retry: retrySpec(),
  })
  const dns = { kind: 'dns', url: 'https://f.internal/v1', tls: true, host: 'f.internal', port: 443 } as const
  const found = serviceSpec('found', {
    discover: { ...dns, authority: 'f.internal', basePath: '/v1', servers: [], minMs: 1, maxMs: 1 },
  })
  const spec: GatewaySpec = { ...plain, services: [users, found] }
  const after = (url: string): string[] => {
    const { lines } = explained(spec, 'GET', url)
    return lines.slice(lines.findIndex(line => line.startsWith('goes to')))
  }
  const USERS = [
    'goes to http://a:1/one (users)',
    '        http://b:1/one (users)',
    '        http://c:1/one (users, only when no other is well)',
    'with    ewma over 3 targets, 1 of them only when no other is well',
  ]
  const RETRIES = 'retries: 2 tries on connect or 503'
  assert.deepEqual(after('/one'), [...USERS, `        ${RETRIES}`])
  assert.deepEqual(after('/own').slice(3), [
    'with    no retries',
    '        ewma over 3 targets, 1 of them only when no other is well',
  ])
  assert.deepEqual(after('/split').slice(3), [
    '        https://f.internal/v1/split (found 0%, the addresses of f.internal)',
    'with    header x-version may name the service',
    '        users: ewma over 3 targets, 1 of them only when no other is well',
    `        users: ${RETRIES}`,
    '        found: round-robin over the addresses of f.internal',
  ])
  assert.deepEqual(after('/answer'), ['goes to an answer with status 200, 0 bytes'])
})

test('regular expressions: what they took, and what did not fit', () => {
  const spec = gateway(
    {
      match: { kind: 'regex', pattern: '/a/(?<id>[0-9]+)' },
      headers: [{ name: 'x-v', regex: '[12]' }],
      action: forward('orders', { rewrite: '/{id}' }),
    },
    { match: { kind: 'regex', pattern: '/a/.*' }, query: [{ name: 'q', regex: 'x+' }] },
    { match: { kind: 'regex', pattern: '/b/.*' } },
  )
  const { lines } = explained(spec, 'GET', '/a/7?q=y', [['x-v', '2']])
  const of = (...starts: string[]) => lines.filter(line => starts.some(start => line.startsWith(start)))
  assert.deepEqual(of('takes', 'because', '        {', 'goes'), [
    'takes   ~/a/(?<id>[0-9]+) x-v (gw.yaml:1:3)',
    'because regex /a/(?<id>[0-9]+), header x-v: a value like [12]',
    '        {id} = 7',
    'goes to http://127.0.0.1:3002/7?q=y (orders)',
  ])
  assert.deepEqual(lines.slice(lines.indexOf('not taken, though the path fits:')), [
    'not taken, though the path fits:',
    '  ~/a/.* ?q (gw.yaml:2:3)',
    '      query q: expects a value like x+, got "y"',
  ])
})

test('a redirect to another scheme says where to', () => {
  const origin = { scheme: 'https', host: '', port: 0 } as const
  const spec = gateway(prefix('/', { action: { kind: 'redirect', to: '', origin, status: 308 } }))
  const { lines } = explained(spec, 'GET', 'http://a.example/x?y')
  assert.ok(lines.includes('goes to a 308 to https://a.example/x?y'))
})
