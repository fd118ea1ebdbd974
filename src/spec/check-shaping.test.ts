import { problemTable as table } from './testing/problem-table.ts'

type Entry = Record<string, unknown>

const services = { a: 'http://a', b: 'http://b' }
const route = (...given: Entry[]): Entry => ({
  services,
  routes: given.map((one, i) => ({ path: `/${i}/{id}`, ...('respond' in one ? {} : { to: 'a' }), ...one })),
})
const at = (service: Entry, ...given: Entry[]): Entry => ({
  ...route(...given),
  services: { a: { endpoints: ['http://a', 'http://c'], ...service }, b: 'http://b' },
})
const auth = {
  main: { jwt: { issuer: 'https://id.example.com/', algorithms: ['RS256'] } },
  keys: { apiKey: { header: 'x-api-key' } },
}

table('faults', [
  [route({ fault: { delay: { for: '500ms', share: '10%' }, abort: { status: 503, share: '5%' }, header: 'X-Fault' } })],
  [route({ fault: { abort: {} }, respond: {} })],
  [route({ fault: {} }), 'routes[0].fault: needs "delay" or "abort"'],
  [
    route({ fault: { delay: { share: '1%' }, abort: { status: 200 } } }),
    'routes[0].fault.delay.for: is missing; expected a duration longer than 0, such as 250ms, 5s, 1m or 1h',
    'routes[0].fault.abort.status: expected at least 400, found 200',
  ],
])

const SEVERAL = 'routes[0].split: needs a "to" of several services; such as'
table('splits', [
  [route({ to: { a: 1, b: 1 }, split: { sticky: 'param:id' } })],
  [route({ to: { a: 1, b: 0 }, split: { header: 'X-Version', cookie: 'version' } })],
  [route({ to: { a: 1, b: 1 }, split: {} }), 'routes[0].split: needs "sticky", "header" or "cookie"'],
  [route({ split: { header: 'x' } }), `${SEVERAL} { v1: 1, v2: 0 }`],
  [route({ to: { a: 1, b: 0 }, split: { sticky: 'ip' } }), `${SEVERAL} { v1: 90, v2: 10 }`],
  [route({ to: { a: 0, b: 0 }, split: { header: 'x' } }), 'routes[0].to: needs a service with a weight above 0'],
  [
    route({ to: { a: 1, b: 1 }, split: { sticky: 'param:di' } }),
    'routes[0].split.sticky: the path has no parameter {di}; did you mean "id"?',
  ],
  [
    route({ to: { a: 1, b: 1 }, split: { sticky: 'consumer' } }),
    'warning: routes[0].split.sticky: nobody proves who they are on this route, so there is no consumer; set "auth" there, or use "ip"',
  ],
  [{ ...route({ to: { a: 1, b: 1 }, split: { sticky: 'consumer' }, auth: 'keys' }), auth }],
  [
    { ...route({ to: { a: 1, b: 1 }, split: { sticky: 'claim:org' }, auth: 'keys' }), auth },
    'warning: routes[0].split.sticky: no token is asked for on this route, so there are no claims; accept a way with "jwt" there, or use "ip"',
  ],
])

table('what decides the target', [
  [at({ balance: { hash: 'param:id' } }, {}, { path: '/x', to: 'b' }, { path: '/y' })],
  [at({ balance: { hash: 'param:id' } }, { to: 'b' })],
  [
    at({ balance: { hash: 'param:user' } }, {}, { to: { a: 1, b: 1 } }),
    'warning: services.a.balance.hash: no route to this service has a parameter {user}; name one of the "path" or "prefix" of its routes',
  ],
  [{ ...at({ balance: { hash: 'claim:org' } }, { auth: 'main' }, { to: 'b' }), auth }],
  [
    { ...at({ balance: { hash: 'claim:org' } }, { auth: 'main' }, { auth: 'keys' }), auth },
    'warning: services.a.balance.hash: no token is asked for on routes[1], so there are no claims; accept a way with "jwt" there, or use "ip"',
  ],
  [
    at({ balance: { hash: 'consumer' } }, { to: { a: 1, b: 1 } }),
    'warning: services.a.balance.hash: nobody proves who they are on routes[0], so there is no consumer; set "auth" there, or use "ip"',
  ],
])

table('retries of a route', [
  [route({ retry: 'none' })],
  [route({ retry: { attempts: 3, perTry: '1s' }, timeout: '3s' })],
  [route({ retry: 'nine' }), 'routes[0].retry: unknown value "nine"; did you mean "none"?'],
  [route({ retry: { attempts: 11 } }), 'routes[0].retry.attempts: expected at most 10, found 11'],
  [route({ retry: { minRetries: 1 } }), 'routes[0].retry.minRetries: needs "budget"'],
  [
    route({ retry: 'none', respond: {} }),
    'routes[0].retry: needs "to" or "aggregate": no service is asked where there is "respond"',
  ],
  [
    route({ retry: { perTry: '4s' }, timeout: '3s' }),
    "routes[0].retry.perTry: is longer than the route's timeout (3s)",
  ],
  [
    at({ timeout: { total: '3s' } }, { retry: { perTry: '4s' } }),
    'warning: routes[0].retry.perTry: no try takes that long: services.a.timeout.total is 3s; make it shorter, or set "timeout" of the route',
  ],
  [at({ timeout: { total: '3s' } }, { retry: { perTry: '4s' }, timeout: '10s' })],
  [
    at({ retry: { perTry: '4s' } }, { timeout: '3s' }, { timeout: '3s', retry: {} }, { timeout: '3s', retry: 'none' }),
    'warning: routes[0].timeout: ends before a single try may: services.a.retry.perTry is 4s; make it longer, or set "retry" of the route',
  ],
])

table('time that is left', [
  [at({ deadlineHeader: 'X-Timeout-Ms', timeout: { total: '5s' } }, {})],
  [at({ deadlineHeader: 'x-left' }, { to: { a: 1, b: 1 }, timeout: '5s' })],
  [at({ deadlineHeader: 'x-left', retry: { perTry: '1s' } }, {})],
  [at({ deadlineHeader: 'x-left' }, { retry: { perTry: '1s' } })],
  [at({ deadlineHeader: 'Grpc-Timeout' }, {})],
  [
    at({ deadlineHeader: 'x-timeout-ms' }, {}, { to: 'b', timeout: '5s' }),
    'warning: services.a.deadlineHeader: nothing here bounds the time of a request, so only what clients say is passed on; set "timeout: { total: 30s }" of the service, or "timeout" of its routes',
  ],
  [
    at({ deadlineHeader: 'Host', timeout: { total: '5s' } }, {}),
    'services.a.deadlineHeader: this header already means something else; use a name such as x-request-timeout-ms',
  ],
  [
    at({ deadlineHeader: 'X-Claim-Sub', timeout: { total: '5s' } }, {}),
    'services.a.deadlineHeader: this header already means something else; use a name such as x-request-timeout-ms',
  ],
])
