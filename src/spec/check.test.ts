import assert from 'node:assert/strict'
import { test } from 'node:test'
import { problemsOf, problemTable as table } from './testing/problem-table.ts'

type Entry = Record<string, unknown>

const services = { users: 'http://127.0.0.1:3001', orders: { url: 'http://127.0.0.1:3002' } }
const route = (...routes: Entry[]): Entry => ({ services, routes })

const NO_CODE =
  'has no code: only a configuration in TypeScript can have handlers; write handler(request => ...) there, of "sallyport"'

table('documents', [
  [null, 'the document is empty; it needs at least "services" and "routes"'],
  [undefined, 'the document is empty; it needs at least "services" and "routes"'],
  [{}, 'the document is empty; it needs at least "services" and "routes"'],
  ['x', 'the document must be a map of keys; it needs at least "services" and "routes"'],
  [['x'], 'the document must be a map of keys; it needs at least "services" and "routes"'],
  [{ services: JSON.parse('{"__proto__": {"url": "http://a"}}') }, 'services: the key "__proto__" is not allowed'],
  [{ services: new Map() }, 'services: must be plain data, found an instance of a class'],
  [{ workers: () => 1 }, 'workers: must be plain data, found a function'],
  [{ workers: Number.NaN }, 'workers: is not a finite number'],
])

table('top level', [
  [{ servces: {} }, 'servces: unknown key; did you mean "services"?'],
  [{ workers: 0 }, 'workers: expected at least 1, found 0'],
  [{ workers: 'aut' }, 'workers: unknown value "aut"; did you mean "auto"?'],
  [{ workers: 'four' }, 'workers: expected "auto" or a whole number, found "four"'],
  [{ workers: 1.5 }, 'workers: expected "auto" or a whole number, found 1.5'],
  [{ state: { redis: 'redis://h' } }],
  [{ slashes: 'drop' }, 'slashes: unknown value "drop"; use "keep", "merge" or "reject"'],
  [{ drain: '5 sec' }, 'drain: expected a duration such as 250ms, 5s, 1m or 1h, found "5 sec"'],
  [{ drain: 5 }, 'drain: expected a duration such as 250ms, 5s, 1m or 1h, found 5'],
  [
    { trustedProxies: ['10.0.0.0/8', '10.0.0.0/99'] },
    'trustedProxies[1]: expected an address or network such as 10.0.0.0/8, found "10.0.0.0/99"',
  ],
  [{ accessLog: { format: 'jsn' } }, 'accessLog.format: unknown value "jsn"; did you mean "json"?'],
  [{ via: 'a b' }, 'via: expected a token of letters, digits and -, found "a b"'],
  [{ defaults: { auth: 'none' } }],
  [{ defaults: { auth: 'main' } }, 'defaults.auth: unknown auth "main"; add it to "auth"'],
])

table('listeners', [
  [{ listeners: {} }, 'listeners: at least one listener is needed'],
  [
    { listeners: { web: '8080' } },
    'listeners.web: expected host:port, such as 0.0.0.0:8080 or [::1]:8080, found "8080"',
  ],
  [{ listeners: { web: { adress: ':80' } } }, 'listeners.web.adress: unknown key; did you mean "address"?'],
  [
    { listeners: { a: ':80', b: { address: '0.0.0.0:80' } } },
    'listeners.b.address: the same address as listeners.a; give each its own port',
  ],
  [{ listeners: { a: '127.0.0.1:9901' } }, 'admin: the same address as listeners.a; give each its own port'],
  [
    { listeners: { a: ':80', b: '127.0.0.1:80' }, admin: '127.0.0.1:80' },
    'admin: the same address as listeners.b; give each its own port',
  ],
  [{ listeners: { a: '0.0.0.0:9901' } }, 'admin: listeners.a takes this port on every address; give each its own port'],
  [
    { listeners: { a: '[::]:81' }, admin: '[::1]:81' },
    'admin: listeners.a takes this port on every address; give each its own port',
  ],
  [{ listeners: { a: '0.0.0.0:82', b: '127.0.0.1:82' } }],
  [{ listeners: { a: ':0', b: ':0' }, admin: false }],
  [{ listeners: { 'a b': ':1' } }, 'listeners["a b"]: the key must be a name of letters, digits, ".", "_" and "-"'],
  [
    { listeners: { a: { address: ':1', limits: { head: '16K', fields: 0, body: 5 } } } },
    'listeners.a.limits.head: expected a size such as 64KiB or 1MiB, found "16K"',
    'listeners.a.limits.fields: expected at least 1, found 0',
    'listeners.a.limits.body: expected a size such as 1MiB, or "unlimited", found 5',
  ],
  [
    { admin: true },
    'admin: expected host:port, such as 0.0.0.0:8080 or [::1]:8080, a map of keys or false, found true',
  ],
])

table('services', [
  [
    { listeners: { web: {} } },
    'listeners.web.address: is missing; expected host:port, such as 0.0.0.0:8080 or [::1]:8080',
  ],
  [{ services: { a: { ur: 'x' } } }, 'services.a.ur: unknown key; did you mean "url"?'],
  [{ services: { a: {} } }, 'services.a: needs one of "url", "endpoints" or "discover"'],
  [
    { services: { a: { url: 'http://a', endpoints: ['http://b'] } } },
    'services.a.endpoints: only one of "url", "endpoints" or "discover" can be given',
  ],
  [{ services: { a: { endpoints: [] } } }, 'services.a.endpoints: expected at least one, found an empty list'],
  [
    { services: { a: 'ftp://a', b: { url: 'http://u:p@h' }, c: { endpoints: [{ url: 'http://h/?q' }, 'x'] } } },
    'services.a: expected a URL such as http://10.0.0.1:8080 or https://host/prefix',
    'services.b.url: must not hold a user name or password',
    'services.c.endpoints[0].url: must not have a query or fragment',
    'services.c.endpoints[1]: expected a URL such as http://10.0.0.1:8080 or https://host/prefix',
  ],
  [{ services: { a: { url: 'http://a', balance: 'round-robin' } } }],
  [{ services: { a: { url: 'http://a', balance: 'ewma' } } }],
  [
    { services: { a: { url: 'http://a', balance: 'rnd', retry: { attempts: 0 } } } },
    'services.a.balance: unknown value "rnd"; use "round-robin", "least-request", "random" or "ewma"',
    'services.a.retry.attempts: expected at least 1, found 0',
  ],
  [
    { services: { a: { url: 'http://a', timeout: { connect: '0s', toatl: '1s' } } } },
    'services.a.timeout.connect: expected a duration longer than 0, such as 250ms, 5s, 1m or 1h, found "0s"',
    'services.a.timeout.toatl: unknown key; did you mean "total"?',
  ],
  [{ services: { a: 5 } }, 'services.a: expected text or a map of keys, found 5'],
])

table('what a route matches', [
  [route({ to: 'users' }), 'routes[0]: needs one of "path", "prefix" or "regex"'],
  [
    route({ path: '/a', prefix: '/b', to: 'users' }),
    'routes[0].prefix: only one of "path", "prefix" or "regex" can be given',
  ],
  [route({ path: 'a', to: 'users' }), 'routes[0].path: must start with "/"'],
  [
    route({ path: '/a*', to: 'users' }, { path: '/:id', to: 'users' }),
    'routes[1].path: parameters are written {name}, not :name',
  ],
  [
    route({ path: '/a', to: 'users', hosts: ['http://a.com', 'A.com'] }),
    'routes[0].hosts[0]: expected a host name without scheme and port, such as api.example.com or *.example.com, found "http://a.com"',
  ],
  [route({ path: '/a', to: 'users', methods: 'GET' }), 'routes[0].methods: expected a list, found "GET"'],
  [
    route({ path: '/a', to: 'users', headers: { 'x-v': 2, 'x-w': { regex: 'a(' } } }),
    'routes[0].headers.x-v: expected a header value: text on one line without spaces around it (put numbers in quotes) or a map of keys, found 2',
    'routes[0].headers.x-w.regex: is not a regular expression: missing closing ) (a()',
  ],
  [route({ path: '/a', to: 'users', priority: 'x' }), 'routes[0].priority: expected a whole number, found "x"'],
])

table('what a route does', [
  [route({ path: '/a' }), 'routes[0]: needs one of "to", "respond", "redirect", "aggregate" or "handler"'],
  [
    route({ path: '/a', to: 'users', respond: {} }),
    'routes[0].respond: only one of "to", "respond", "redirect", "aggregate" or "handler" can be given',
  ],
  [route({ path: '/a', to: 'user' }), 'routes[0].to: unknown service "user"; did you mean "users"?'],
  [route({ path: '/a', to: 'billing' }), 'routes[0].to: unknown service "billing"; add it to "services"'],
  [
    route({ path: '/a', to: { users: 1, order: 1 } }),
    'routes[0].to.order: unknown service "order"; did you mean "orders"?',
  ],
  [route({ path: '/a', to: { users: 0 } }), 'routes[0].to: needs a service with a weight above 0'],
  [route({ path: '/a', to: { users: -1 } }), 'routes[0].to.users: expected at least 0, found -1'],
  [
    route({ path: '/a/{id}', to: 'users', rewrite: '/b/{di}' }),
    'routes[0].rewrite: the path has no parameter {di}; did you mean "id"?',
  ],
  [
    route({ path: '/a', to: 'users', rewrite: '/b/{id}' }),
    'routes[0].rewrite: the path has no parameter {id}; it has none',
  ],
  [
    route({ path: '/a/{x}/{y...}', redirect: { to: '/b/{zz}' } }),
    'routes[0].redirect.to: the path has no parameter {zz}; it has {x} and {y}',
  ],
  [
    route({ path: '/a/{id}', to: 'users', rewrite: '/b/{id' }),
    'routes[0].rewrite: has a brace without its counterpart; parameters are written {name}',
  ],
  [
    route({ path: '/a', to: 'users', stripPrefix: true }),
    'routes[0].stripPrefix: needs "prefix"; use "rewrite" on a path route',
  ],
  [
    route({ prefix: '/a', to: 'users', stripPrefix: true, rewrite: '/b' }),
    'routes[0].rewrite: cannot be combined with "stripPrefix"',
  ],
  [
    route({ path: '/a', respond: {}, rewrite: '/b' }),
    'routes[0].rewrite: needs "to"; it changes the path that goes upstream',
  ],
  [
    route({ path: '/a', respond: { status: 99, text: 'a', json: 1, headers: { 'Content-Length': '1', 'x y': 'a' } } }),
    'routes[0].respond.status: expected at least 200, found 99',
    'routes[0].respond.headers["x y"]: the key must be a header name',
    'routes[0].respond.text: only one of "json", "text" or "body" can be given',
    'routes[0].respond.headers.Content-Length: is set by the gateway',
  ],
  [
    route({ path: '/a', redirect: { to: 'b', status: 300 } }),
    'routes[0].redirect.to: expected a path that starts with "/", or an http(s) URL, found "b"',
    'routes[0].redirect.status: expected 301, 302, 303, 307 or 308, found 300',
  ],
  [route({ path: '/a', handler: { deadline: '1s' } }), `routes[0].handler: ${NO_CODE}`],
  [
    route({ path: '/a', handler: './a.ts' }),
    'routes[0].handler: expected handler(request => ...), in a configuration in TypeScript, found "./a.ts"',
  ],
  [
    route({ path: '/a', handler: {}, retry: { attempts: 2 } }),
    `routes[0].handler: ${NO_CODE}`,
    'routes[0].retry: needs "to" or "aggregate": no service is asked where there is "handler"',
  ],
  [
    route({ prefix: '/a', routes: [{ path: '/b', to: 'user' }] }),
    'routes[0].routes[0].to: unknown service "user"; did you mean "users"?',
  ],
])

table('policies that are not there yet are still checked', [
  // A key that is there is not taken for a mistyped one.
  [
    route({ path: '/a', aggregate: { branches: { a: { to: 'users', pick: ['x'] } } } }),
    'routes[0].aggregate.branches.a.path: is missing; expected a path that starts with "/"',
  ],
  [
    route({ path: '/a', to: 'users', cache: { ttl: '5' } }),
    'routes[0].cache.ttl: expected a duration longer than 0, such as 250ms, 5s, 1m or 1h, found "5"',
    'routes[0].cache: not available yet',
  ],
  [
    { services, frontends: { m: { hosts: ['m'], cache: { ttl: '5s' }, routes: [{ regex: '/', to: 'user' }] } } },
    'frontends.m.cache: not available yet',
    'frontends.m.routes[0].to: unknown service "user"; did you mean "users"?',
  ],
  [
    route({ prefix: '/a', cache: { ttl: '5s' }, routes: [{ path: '/b', to: 'users', cache: { ttl: '5s' } }] }),
    'routes[0].cache: not available yet',
    'routes[0].routes[0].cache: not available yet',
  ],
])

const TWIN = 'remove one, or tell them apart by methods, headers, query or priority'

table('routes in each other’s way', [
  [
    route({ path: '/a/{x}', to: 'users' }, { path: '/a/{y}', to: 'orders' }),
    `routes[1]: matches the same requests as routes[0]; ${TWIN}`,
  ],
  [route({ path: '/a', to: 'users' }, { path: '/a', to: 'users', methods: ['get'] })],
  [
    route({ prefix: '/a', to: 'users', priority: 1 }, { path: '/a/{x}/b', to: 'orders' }),
    'warning: routes[1]: can never match: routes[0] takes every such request',
  ],
  [
    route({ prefix: '/{any}', to: 'users', priority: 1 }, { prefix: '/a/b', to: 'orders' }),
    'warning: routes[1]: can never match: routes[0] takes every such request',
  ],
  [route({ prefix: '/b', to: 'users', priority: 1 }, { path: '/a/{x}/b', to: 'orders' })],
  [
    route({ path: '/a', to: 'users', query: { x: '1' } }, { path: '/a', to: 'orders', query: { y: '1' } }),
    'warning: routes[1]: some requests match routes[0] as well, and only the order of writing decides; set "priority" on one of them',
  ],
  [
    route({ path: '/a', name: 'x', to: 'users' }, { path: '/b', name: 'x', to: 'users' }),
    'routes[1].name: the same name as routes[0]',
  ],
  // A route whose methods are wrong is not taken for one without methods.
  [
    route({ path: '/a', to: 'users', methods: 'GET' }, { path: '/a', to: 'users' }),
    'routes[0].methods: expected a list, found "GET"',
  ],
])

test('a mistake in one place does not hide those in another', () => {
  const found = problemsOf({
    listeners: { web: 'nowhere' },
    services: { users: { url: 5 }, orders: 'http://a' },
    routes: [{ path: '/a', to: 'usrs', timeout: 'x' }, 5, { path: '/b', to: 'orders' }, { path: '/b', to: 'orders' }],
  })
  assert.deepEqual(
    found.map(text => text.split(':')[0]),
    ['listeners.web', 'services.users.url', 'routes[0].timeout', 'routes[1]', 'routes[0].to', 'routes[3]'],
  )
})

const METHOD = 'expected a method that the gateway takes, such as GET, POST or DELETE, found'
table('methods that no request can have', [
  [route({ path: '/a', to: 'users', methods: ['get', 'PURGE'] })],
  [route({ path: '/a', to: 'users', methods: ['GTE'] }), `routes[0].methods[0]: ${METHOD} "GTE"`],
  [route({ path: '/a', to: 'users', methods: ['GET', 'TRACE'] }), `routes[0].methods[1]: ${METHOD} "TRACE"`],
])
