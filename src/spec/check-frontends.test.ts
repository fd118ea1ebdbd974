import { problemTable as table } from './testing/problem-table.ts'

type Entry = Record<string, unknown>

const services = { users: 'http://a' }
const home = { path: '/', to: 'users' }
const frontends = (given: Entry, more: Entry = {}): Entry => ({ services, frontends: given, ...more })
/** One frontend at m.example.com. */
const mobile = (given: Entry, more: Entry = {}): Entry =>
  frontends({ m: { hosts: ['m.example.com'], routes: [home], ...given } }, more)

table('what a frontend claims', [
  [mobile({})],
  [frontends({ m: { prefix: '/m', routes: [home] } })],
  [frontends({ m: { prefix: '/', routes: [home] } })],
  [frontends({ m: { listener: 'web', routes: [home] } })],
  [
    frontends({ m: { routes: [home] } }),
    'frontends.m: needs "hosts", "prefix" or "listener", by which its requests are known',
  ],
  [
    frontends({ m: { hsots: ['m'], routes: [home] } }),
    'frontends.m.hsots: unknown key; did you mean "hosts"?',
    'frontends.m: needs "hosts", "prefix" or "listener", by which its requests are known',
  ],
  [mobile({ hosts: [] }), 'frontends.m.hosts: expected at least one, found an empty list'],
  [mobile({ prefix: 'm' }), 'frontends.m.prefix: must start with "/"'],
  [
    frontends({ m: { prefix: '/{tenant}', routes: [home] } }, { routes: [home] }),
    'frontends.m.prefix: has a parameter, though all below it is claimed; write parameters in the paths of its routes',
  ],
  [mobile({ stripPrefix: true }), 'frontends.m.stripPrefix: needs "prefix"'],
  [mobile({ routes: [] }), 'warning: frontends.m.routes: is empty, so the frontend answers nothing'],
  [mobile({ listener: ['web', 'wbe'] }), 'frontends.m.listener[1]: unknown listener "wbe"; did you mean "web"?'],
  [
    mobile({ listener: 'inside' }, { listeners: { public: ':1', insid: ':2' } }),
    'frontends.m.listener: unknown listener "inside"; did you mean "insid"?',
  ],
  [
    frontends({ 'a b': { prefix: '/a', routes: [home] } }),
    'frontends["a b"]: the key must be a name of letters, digits, ".", "_" and "-"',
  ],
])

const TWICE = 'claims the same requests as frontends.a; tell them apart by "hosts", "prefix" or "listener"'
const pair = (a: Entry, b: Entry): Entry => ({
  listeners: { x: ':1', y: ':2', z: ':3' },
  ...frontends({ a: { ...a, routes: [home] }, b: { ...b, routes: [home] } }),
})
table('two frontends that claim the same', [
  [pair({ hosts: ['m'] }, { hosts: ['n', 'M'] }), `frontends.b: ${TWICE}`],
  [pair({ prefix: '/a' }, { prefix: '/a/' }), `frontends.b: ${TWICE}`],
  [pair({ prefix: '/\u00e9' }, { prefix: '/%c3%a9' }), `frontends.b: ${TWICE}`],
  [pair({ listener: ['x', 'y'] }, { listener: ['y', 'z'] }), `frontends.b: ${TWICE}`],
  [pair({ hosts: ['m'], prefix: '/' }, { hosts: ['m'] }), `frontends.b: ${TWICE}`],
  // One of them is more specific.
  [pair({ hosts: ['m'] }, { hosts: ['m'], prefix: '/b' })],
  [pair({ hosts: ['*.m'] }, { hosts: ['b.m'] })],
  [pair({ hosts: ['m'] }, { prefix: '/b' })],
  [pair({ listener: 'x' }, { listener: 'y' })],
  [pair({ listener: 'x', hosts: ['m'] }, { hosts: ['m'] })],
])

const taken = (by: string): string =>
  `is never reached: frontends.${by} claims every such request; write it among the routes there, or leave it out`
const beside = (claim: Entry, ...routes: Entry[]): Entry => ({
  listeners: { x: ':1', y: ':2' },
  ...frontends({ m: { ...claim, routes: [{ prefix: '/m/own', to: 'users' }] } }, { routes }),
})
const at = (given: Entry): Entry => ({ prefix: '/', to: 'users', ...given })
table('routes that lie under what a frontend claims', [
  [beside({ hosts: ['m.com'] }, at({ hosts: ['m.com'] })), `warning: routes[0]: ${taken('m')}`],
  [beside({ hosts: ['*.m.com'] }, at({ hosts: ['a.m.com', '*.b.m.com'] })), `warning: routes[0]: ${taken('m')}`],
  [beside({ hosts: ['m.com'] }, at({}), at({ hosts: ['m.com', 'n.com'] }), at({ hosts: ['*.com'] }))],
  [beside({ prefix: '/m' }, at({ prefix: '/m' })), `warning: routes[0]: ${taken('m')}`],
  [beside({ prefix: '/m' }, { path: '/m/{id}', to: 'users' }), `warning: routes[0]: ${taken('m')}`],
  [beside({ prefix: '/m' }, at({}), { path: '/{m}', to: 'users' }, { path: '/mm', to: 'users' })],
  [beside({ prefix: '/' }, at({ hosts: ['a'] })), `warning: routes[0]: ${taken('m')}`],
  [beside({ listener: ['x', 'y'] }, at({})), `warning: routes[0]: ${taken('m')}`],
  [beside({ listener: 'x' }, at({}))],
  [beside({ hosts: ['m.com'], prefix: '/m' }, at({ hosts: ['m.com'] }), at({ prefix: '/m' }))],
])

const m = { hosts: ['m.com'] }
table('routes of one frontend that lie under what another claims', [
  [
    frontends({ all: { hosts: ['*.com'], routes: [at({ hosts: ['m.com'] })] }, m: { ...m, routes: [at({})] } }),
    `warning: frontends.all.routes[0]: ${taken('m')}`,
  ],
  [
    frontends({ m: { ...m, routes: [at({ prefix: '/a/b' })] }, a: { ...m, prefix: '/a', routes: [at({})] } }),
    `warning: frontends.m.routes[0]: ${taken('a')}`,
  ],
  // The other claims more, but less specifically.
  [frontends({ m: { ...m, routes: [at({})] }, a: { prefix: '/', routes: [at({})] } })],
])

table('routes of frontends', [
  [
    mobile({ routes: [at({ hosts: ['m.example.com', 'n.example.com'] })] }),
    'frontends.m.routes[0].hosts[1]: is no host of its frontend; add it there, or write the route elsewhere',
  ],
  [frontends({ m: { hosts: ['*.a.com'], routes: [at({ hosts: ['b.a.com', '*.c.a.com'] })] } })],
  [frontends({ m: { prefix: '/m', routes: [at({ hosts: ['any.com'] })] } })],
  [mobile({ routes: [{ to: 'users' }] }), 'frontends.m.routes[0]: needs one of "path", "prefix" or "regex"'],
  [
    mobile({ routes: [{ path: '/' }] }),
    'frontends.m.routes[0]: needs one of "to", "respond", "redirect", "aggregate" or "handler"',
  ],
  [
    mobile({ routes: [{ path: 'x', to: 'user' }] }),
    'frontends.m.routes[0].to: unknown service "user"; did you mean "users"?',
    'frontends.m.routes[0].path: must start with "/"',
  ],
  [
    mobile({ routes: [home, { path: '/', to: 'users' }] }),
    'frontends.m.routes[1]: matches the same requests as frontends.m.routes[0]; remove one, or tell them apart by methods, headers, query or priority',
  ],
  // The same in another frontend, or in none, is another's.
  [mobile({}, { routes: [home] })],
  [mobile({ routes: [{ ...home, name: 'x' }] }, { routes: [{ ...home, name: 'x' }] })],
  [
    mobile({ routes: [{ ...home, name: 'x' }] }, { routes: [{ ...home, name: 'm/x' }] }),
    'frontends.m.routes[0].name: the same name as routes[0]',
  ],
  [
    frontends({ m: { prefix: '/m', routes: [{ path: '/a/{b}', to: 'users', rewrite: '/{cc}' }] } }),
    'frontends.m.routes[0].rewrite: the path has no parameter {cc}; it has {b}',
  ],
  [
    mobile({ routes: [{ path: '/', aggregate: { branches: { a: { to: 'users', path: '/{x}' } } } }] }),
    'frontends.m.routes[0].aggregate.branches.a.path: the path has no parameter {x}; it has none',
  ],
])

const auth = { keys: { apiKey: { header: 'x-api-key' } } }
const NOBODY = 'nobody proves who they are on this route, so'
const KEY = 'set "auth" on the route or in "defaults"'
table('what routes inherit is looked at where it is written, what is so on one of them at that one', [
  [mobile({ auth: 'kesy' }, { auth }), 'frontends.m.auth: unknown auth "kesy"; did you mean "keys"?'],
  [
    mobile({ auth: 'keys', access: {}, routes: [home, at({ prefix: '/b' })] }, { auth }),
    'frontends.m.access: needs "roles", "scopes", "consumers" or "claims"',
  ],
  [
    mobile({ auth: 'keys', access: { roles: 'a' }, routes: [home, { ...home, path: '/b', auth: 'none' }] }, { auth }),
    `frontends.m.routes[1].access: ${NOBODY} nobody could pass; ${KEY}; or decline it: "access: none"`,
  ],
  [
    mobile(
      { auth: 'keys', access: { roles: 'a' }, routes: [home, { ...home, path: '/b', auth: 'none', access: 'none' }] },
      { auth },
    ),
  ],
  [
    mobile(
      { auth: 'keys', rateLimit: { limit: '5/s', by: 'key' }, routes: [home, { ...home, path: '/b', auth: 'none' }] },
      { auth },
    ),
    `frontends.m.routes[1].rateLimit: ${NOBODY} there is no key; use "ip", or ${KEY}`,
  ],
  [
    mobile({ rateLimit: { limit: '5/s', by: 'param:id' }, routes: [home, { ...home, path: '/{id}' }] }),
    'frontends.m.routes[0].rateLimit: the path has no parameter {id}; it has none',
  ],
  [
    mobile({ rateLimit: [{ limit: '5/s', by: 'ip', cost: 9 }], ip: {}, routes: [home, at({ prefix: '/b' })] }),
    'frontends.m.rateLimit[0].limit: lets nothing pass: a request costs 9, and there are never more than 5 at once',
    'frontends.m.ip: needs "allow" or "deny"',
  ],
  [mobile({ fields: {} }), 'frontends.m.fields: needs "pick", "omit" or "rename"'],
  [mobile({ fields: { otherContent: 'pass' } }), 'frontends.m.fields: needs "pick", "omit" or "rename"'],
  [
    mobile({ fields: { omit: ['a'], otherContent: 'drop' } }),
    'frontends.m.fields.otherContent: unknown value "drop"; use "refuse" or "pass"',
  ],
  [
    mobile({ retry: { perTry: '2s' }, timeout: '1s' }),
    `frontends.m.routes[0].retry: is longer than the route's timeout (1s)`,
  ],
  [
    mobile({ cors: 'pass', routes: [{ path: '/', aggregate: { branches: { a: { to: 'users', path: '/' } } } }] }),
    'frontends.m.routes[0].cors: needs "to": no service answers preflights of an aggregate; name the origins',
  ],
  [mobile({ fields: { pick: ['a'] }, retry: 'none', routes: [{ path: '/', redirect: '/x' }] })],
])

const group = (given: Entry, ...routes: Entry[]): Entry => ({ services, routes: [{ prefix: '/g', ...given, routes }] })
table('groups', [
  [group({}, home, { path: '/a', to: 'users' })],
  [
    group(
      { prefix: '/{tenant}', auth: 'none', hosts: ['a'] },
      { path: '/{id}', to: 'users', rewrite: '/{tenant}/{id}' },
    ),
  ],
  [
    group({ to: 'users', methods: ['GET'], name: 'x', rewrite: '/' }, home),
    ...['to', 'name', 'methods', 'rewrite'].map(
      key => `routes[0].${key}: is not handed down by a group; write it at its routes`,
    ),
  ],
  [group({ prefix: 'g' }, home), 'routes[0].prefix: must start with "/"'],
  [group({}), 'warning: routes[0].routes: is empty, so the group answers nothing'],
  [group({ prefix: '/{id}' }, { path: '/{id}', to: 'users' }), 'routes[0].routes[0].path: names {id} twice'],
  [
    group({}, { path: '/a', to: 'users' }, { prefix: '/a', routes: [{ path: '/b', to: 'usrs' }] }),
    'routes[0].routes[1].routes[0].to: unknown service "usrs"; did you mean "users"?',
  ],
  [
    {
      services,
      routes: [
        { path: '/g/a', to: 'users' },
        { prefix: '/g', routes: [{ path: '/a', to: 'users' }] },
      ],
    },
    'routes[1].routes[0]: matches the same requests as routes[0]; remove one, or tell them apart by methods, headers, query or priority',
  ],
  [
    { services, routes: [{ prefix: '/a', access: 'none', to: 'users' }] },
    'warning: routes[0].access: declines what nothing hands down; leave it out',
  ],
])

const GUARDED = { hosts: ['m.example.com'], auth: 'keys', fields: { omit: ['a'] } }
const given = (frontend: Entry, routes: readonly Entry[], more: Entry = {}): Entry => ({
  services: { ...services, orders: 'http://b' },
  auth: { keys: { apiKey: { header: 'x-key' } } },
  frontends: { m: { ...GUARDED, ...frontend } },
  routes,
  ...more,
})
const orders = (more: Entry = {}): Entry => ({ prefix: '/orders', to: 'orders', ...more })
const gives = (i: number, at = 'frontends.m.routes[0]', by = 'auth and fields'): string =>
  `warning: routes[${i}]: gives anybody what ${at} guards by ${by}: both ask the same service; guard it too, narrow it, or write "auth: none" if this is meant`

table('routes that give what a frontend guards', [
  [given({ routes: [orders()] }, [orders()]), gives(0)],
  [given({ routes: [orders()] }, [home, { prefix: '/', to: 'orders' }]), gives(1)],
  [given({ routes: [orders()] }, [orders({ to: { users: 1, orders: 1 } })]), gives(0)],
  [given({ routes: [orders({ auth: 'none' })] }, [orders()]), gives(0, undefined, 'fields')],
  [given({ routes: [{ path: '/orders/{id}', to: 'orders' }] }, [{ path: '/orders/{x}', to: 'orders' }]), gives(0)],
  [given({ routes: [orders({ methods: ['GET'] })] }, [orders({ methods: ['GET', 'POST'] })]), gives(0)],
  // What services see of the path is what counts.
  [given({ prefix: '/m', stripPrefix: true, routes: [orders()] }, [orders()]), gives(0)],
  [given({ routes: [orders()] }, [{ prefix: '/all', to: 'orders', stripPrefix: true }]), gives(0)],
  [given({ routes: [orders({ rewrite: '/v2' })] }, [{ prefix: '/v2', to: 'orders' }]), gives(0)],
  [given({ hosts: undefined, prefix: '/m', routes: [orders()] }, [{ prefix: '/', to: 'orders' }]), gives(0)],
  // Each is told once.
  [given({ routes: [orders(), { path: '/orders/x', to: 'orders' }] }, [orders()]), gives(0)],

  // Guarded by something, or meant.
  [given({ routes: [orders()] }, [orders({ auth: 'keys' })])],
  [given({ routes: [orders()] }, [orders()], { defaults: { auth: 'keys' } })],
  [given({ routes: [orders()] }, [orders({ ip: { allow: '10.0.0.0/8' } })])],
  [given({ routes: [orders()] }, [orders({ auth: 'none' })])],
  [
    given({ routes: [orders()] }, [
      { prefix: '/g', auth: 'none', routes: [{ prefix: '/', to: 'orders', stripPrefix: true }] },
    ]),
  ],
  // Another service, another path, or a part of it.
  [given({ routes: [orders()] }, [orders({ to: 'users' })])],
  [given({ routes: [orders()] }, [{ prefix: '/orders/public', to: 'orders' }])],
  [given({ routes: [orders()] }, [orders({ methods: ['GET'] })])],
  [given({ routes: [orders()] }, [orders({ headers: { 'x-a': 'b' } })])],
  [given({ hosts: undefined, prefix: '/m', routes: [orders()] }, [orders()])],
  // The frontend guards nothing, or the route is not reached.
  [given({ auth: 'none', fields: undefined, routes: [orders()] }, [orders()])],
  [given({ routes: [orders({ auth: ['keys', 'optional'], fields: 'none' })] }, [orders()])],
  [
    given({ routes: [orders()] }, [orders({ hosts: ['m.example.com'] })]),
    'warning: routes[0]: is never reached: frontends.m claims every such request; write it among the routes there, or leave it out',
  ],
])
