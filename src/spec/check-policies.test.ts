import { problemTable as table } from './testing/problem-table.ts'

type Entry = Record<string, unknown>

const auth = {
  main: { jwt: { issuer: 'https://id.example.com/', algorithms: ['RS256'] } },
  named: { jwt: { issuer: 'https://id.example.com/', algorithms: ['RS256'], consumerClaim: 'azp' } },
  keys: { apiKey: { header: 'x-api-key' } },
}
const consumers = { app: { roles: ['reader'], tier: 'gold' }, batch: {} }
const respond = {}
const route = (given: Entry, rest: Entry = {}): Entry => ({
  auth,
  consumers,
  routes: [{ path: '/a/{id}', respond, ...given }],
  ...rest,
})
const HINT = 'set "auth" on the route or in "defaults"'

table('names of ways', [
  ...[
    'main',
    'none',
    'optional',
    ['main'],
    ['main', 'keys', 'optional'],
    { all: ['main', 'keys'] },
    { any: ['keys'] },
  ].map(one => [route({ auth: one })] as const),
  [route({ auth: 'mian' }), 'routes[0].auth: unknown auth "mian"; did you mean "main"?'],
  [route({ auth: ['main', 'kyes'] }), 'routes[0].auth[1]: unknown auth "kyes"; did you mean "keys"?'],
  [route({ auth: { all: ['main', 'kyes'] } }), 'routes[0].auth.all[1]: unknown auth "kyes"; did you mean "keys"?'],
  [route({ auth: ['main', 'main'] }), 'routes[0].auth[1]: names "main" twice'],
  [
    route({ auth: ['main', 'none'] }),
    'routes[0].auth[1]: "none" cannot stand beside other ways; to let requests without a credential pass, write "optional" in its place',
  ],
  [route({ auth: { any: ['main'], all: ['keys'] } }), 'routes[0].auth.all: only one of "any" or "all" can be given'],
  [route({ auth: {} }), 'routes[0].auth: needs one of "any" or "all"'],
  [route({ auth: [] }), 'routes[0].auth: expected at least one, found an empty list'],
  [route({ auth: 5 }), 'routes[0].auth: expected text on one line, a list or a map of keys, found 5'],
  [
    { routes: [{ path: '/', respond, auth: 'optional' }] },
    'routes[0].auth: there is no way to prove anything that could be optional; add one to "auth"',
  ],
  [{ defaults: { auth: ['main'] } }, 'defaults.auth[0]: unknown auth "main"; add it to "auth"'],
  [
    {
      frontends: {
        m: { prefix: '/m', auth: 'x', routes: [{ prefix: '/g', routes: [{ path: '/', respond, auth: 'y' }] }] },
      },
    },
    'frontends.m.auth: unknown auth "x"; add it to "auth"',
    'frontends.m.routes[0].routes[0].auth: unknown auth "y"; add it to "auth"',
  ],
])

table('access', [
  [
    route({
      auth: ['named', 'keys'],
      access: { roles: 'a', scopes: { any: ['x'] }, consumers: 'app', claims: { 'org.id': 42, plan: ['pro', true] } },
    }),
  ],
  [route({ access: { roles: { all: ['a', 'b'] } } }, { defaults: { auth: 'main' } })],
  [route({ auth: 'main', access: {} }), 'routes[0].access: needs "roles", "scopes", "consumers" or "claims"'],
  [
    route({ access: { roles: ['a'] } }),
    `routes[0].access: nobody proves who they are on this route, so nobody could pass; ${HINT}`,
  ],
  [
    route({ auth: 'none', access: { roles: ['a'] } }, { defaults: { auth: 'main' } }),
    `routes[0].access: nobody proves who they are on this route, so nobody could pass; ${HINT}`,
  ],
  [
    { routes: [{ path: '/', respond, access: { roles: ['a'] } }] },
    'routes[0].access: nobody proves who they are on this route, so nobody could pass; add a way of proving it to "auth", and name it in "auth" of the route or of "defaults"',
  ],
  // What follows from a mistake in `auth` is not told.
  [route({ auth: 'mian', access: { claims: { a: 1 } } }), 'routes[0].auth: unknown auth "mian"; did you mean "main"?'],
  [
    route({ auth: 'keys', access: { claims: { a: 1 } } }),
    'routes[0].access.claims: no token is asked for on this route, so there are no claims; accept a way with "jwt"',
  ],
  [
    route({ auth: 'main', access: { consumers: ['app'] } }),
    'routes[0].access.consumers: no way that this route accepts names a consumer; accept one with "apiKey", or set "consumerClaim" of the "jwt"',
  ],
  [
    route({ auth: 'keys', access: { consumers: ['app', 'ap'] } }),
    'routes[0].access.consumers[1]: unknown consumer "ap"; did you mean "app"?',
  ],
  [
    route({ auth: 'keys', access: { consumers: 'web' } }),
    'routes[0].access.consumers: unknown consumer "web"; add it to "consumers"',
  ],
  // Consumers may be in Redis alone.
  [route({ auth: 'keys', access: { consumers: ['web'] } }, { state: { redis: 'redis://h' } })],
  [
    route({ auth: 'keys', access: { consumers: ['bacth'] } }, { state: { redis: 'redis://h' } }),
    'warning: routes[0].access.consumers[0]: there is no consumer "bacth" in this file; did you mean "batch"?',
  ],
  [
    route({ auth: 'main', access: { roles: { any: ['a'], all: ['b'] } } }),
    'routes[0].access.roles.all: only one of "any" or "all" can be given',
  ],
  [
    route({ auth: 'main', access: { claims: { a: null } } }),
    'routes[0].access.claims.a: expected text, a number, true or false or a list, found nothing',
  ],
])

const limits = (...rateLimit: unknown[]): Entry => route({ auth: ['main', 'keys'], rateLimit })
const limit = (given: Entry): Entry => limits({ limit: '100/1m', by: 'ip', ...given })
const AT = 'routes[0].rateLimit[0]'

table('limits', [
  [limit({})],
  [route({ rateLimit: { limit: '5/s', by: ['ip', 'route', 'param:id', 'header:X-App'] } })],
  [limit({ by: ['consumer', 'key', 'claim:org.id'], tiers: { gold: '9/s' } })],
  [limit({ cost: { header: 'x-cost', default: 0 }, headers: 'both', onStoreFailure: 'deny', dryRun: true })],
  [limits({ concurrent: 3, by: 'consumer', tiers: { gold: 5 }, dryRun: true })],
  [limits({ by: 'ip' }), `${AT}: needs one of "limit" or "concurrent"`],
  [
    limits({ limit: '5/s', concurrent: 5, by: 'ip' }),
    `${AT}.concurrent: only one of "limit" or "concurrent" can be given`,
  ],
  [
    limits({ concurrent: 5, by: 'ip', cost: 2, burst: 3 }),
    `${AT}.burst: needs "limit"; a "concurrent" limit has no such thing`,
    `${AT}.cost: needs "limit"; a "concurrent" limit has no such thing`,
  ],
  [limits({ limit: '5/s' }), `${AT}.by: is missing; expected text or a list`],
  [
    limit({ by: 'user' }),
    `${AT}.by: unknown value "user"; use "consumer", "key", "ip", "route", "claim:<name>", "header:<name>" or "param:<name>"`,
  ],
  [limit({ by: ['ip', 'ip'] }), `${AT}.by[1]: names "ip" twice`],
  [limit({ by: 'param:di' }), `${AT}.by: the path has no parameter {di}; did you mean "id"?`],
  [limit({ by: 'param:other' }), `${AT}.by: the path has no parameter {other}; it has {id}`],
  [
    route({ rateLimit: [{ limit: '5/s', by: ['consumer', 'ip'] }] }),
    `${AT}.by[0]: nobody proves who they are on this route, so there is no consumer; use "ip", or ${HINT}`,
  ],
  [
    route({ auth: 'main', rateLimit: [{ limit: '5/s', by: 'key' }] }),
    `${AT}.by: no API key is asked for on this route; use "consumer", or accept a way with "apiKey"`,
  ],
  [
    route({ auth: 'keys', rateLimit: [{ limit: '5/s', by: 'claim:org' }] }),
    `${AT}.by: no token is asked for on this route, so there are no claims; use "consumer", or accept a way with "jwt"`,
  ],
  [limit({ name: 'per minute' }), `${AT}.name: expected a token of letters, digits and -, found "per minute"`],
  [
    limits({ name: 'a', limit: '5/s', by: 'ip' }, { name: 'a', limit: '9/m', by: 'ip' }),
    'routes[0].rateLimit[1].name: another limit of this route has the same name',
  ],
  [
    limits(...Array.from({ length: 17 }, () => ({ limit: '5/s', by: 'ip' }))),
    'routes[0].rateLimit: expected at most 16, found a list',
  ],
])

table('limits that can never be kept', [
  [limit({ limit: '0/s' }), `${AT}.limit: expected a rate above 0, such as 1/1h, found "0/s"`],
  [
    limit({ limit: '5/0s' }),
    `${AT}.limit: expected a rate over more than 0ms and at most 24 days, such as 100000/24h, found "5/0s"`,
  ],
  [
    limit({ limit: '5/720h' }),
    `${AT}.limit: expected a rate over more than 0ms and at most 24 days, such as 100000/24h, found "5/720h"`,
  ],
  [limit({ limit: '1000000000/s' })],
  [limit({ limit: '1000000001/s' }), `${AT}.limit: is more than can be counted: at most 1000000000`],
  [limit({ limit: '4000000/m', algorithm: 'sliding-window' })],
  [
    limit({ limit: '4000001/m', algorithm: 'sliding-window' }),
    `${AT}.limit: is more than a sliding window can count: at most 4000000; gcra and fixed-window count further`,
  ],
  [limit({ limit: '3/s', cost: 3 })],
  [
    limit({ limit: '3/s', cost: 5 }),
    `${AT}.limit: lets nothing pass: a request costs 5, and there are never more than 3 at once`,
  ],
  [
    limit({ limit: '100/s', burst: 3, cost: 5 }),
    `${AT}.limit: lets nothing pass: a request costs 5, and there are never more than 3 at once`,
  ],
  [
    limit({
      limit: '100/s',
      cost: { header: 'x', default: 5 },
      by: 'consumer',
      tiers: { gold: { limit: '9/s', burst: 2 } },
    }),
    `${AT}.tiers.gold: lets nothing pass: a request costs 5, and there are never more than 2 at once`,
  ],
  [
    limit({ limit: '1/24h', burst: 30 }),
    `${AT}.limit: takes 720h until a burst of 30 is there again; at most 24 days (576h) are possible`,
  ],
  [limit({ algorithm: 'fixed-window', burst: 5 }), `${AT}.burst: fixed-window has no burst; use gcra, or leave it out`],
])

table('tiers', [
  [
    limit({ by: 'consumer', tiers: { gld: '9/s', silver: '5/s' } }),
    `warning: ${AT}.tiers.gld: no consumer is of tier "gld"; did you mean "gold"?`,
    `warning: ${AT}.tiers.silver: no consumer is of tier "silver"; set "tier" of those it is for`,
  ],
  [
    limit({ tiers: { gold: 5 } }),
    `${AT}.tiers.gold: expected a rate such as 1000/1m, or { limit, burst }, as "limit" has it`,
  ],
  [
    limits({ concurrent: 5, by: 'ip', tiers: { gold: '5/s' } }),
    `${AT}.tiers.gold: expected a number, as "concurrent" has it`,
  ],
  [
    route({ rateLimit: { limit: '5/s', by: 'ip', tiers: { gold: '9/s' } } }),
    `routes[0].rateLimit.tiers: no consumer is known on this route, so nobody has a tier; ${HINT}`,
  ],
  [
    route({ auth: 'main', rateLimit: { limit: '5/s', by: 'ip', tiers: { gold: '9/s' } } }),
    'routes[0].rateLimit.tiers: no consumer is known on this route, so nobody has a tier; accept a way with "apiKey", or set "consumerClaim" of the "jwt"',
  ],
])

const cors = (given: Entry): Entry => route({ cors: { origins: ['https://a.example.com'], ...given } })
const ORIGIN = 'expected an origin without path, such as https://app.example.com or https://*.example.com, or "*"'

table('CORS', [
  [cors({ origins: '*' })],
  [cors({ origins: ['https://*.example.com', 'http://[::1]:3000', 'capacitor://localhost'], credentials: true })],
  [cors({ methods: ['get'], headers: ['*'], expose: ['x-total'], maxAge: '1h' })],
  ...[
    'a.example.com',
    'https://a.example.com/',
    'https://a.*.com',
    'https://*',
    'https://*x.com',
    'https://a:99999',
  ].map(origin => [cors({ origins: [origin] }), `routes[0].cors.origins[0]: ${ORIGIN}, found "${origin}"`] as const),
  [
    cors({ origins: ['*'], credentials: true }),
    'routes[0].cors.origins: every site on the web could act as its visitors here: "*" with credentials; name the origins, or leave "credentials" out',
  ],
  [
    cors({ expose: ['*'], credentials: true }),
    'routes[0].cors.expose: "*" is no wildcard with credentials; name the headers',
  ],
])

table('client addresses', [
  [route({ ip: { allow: '10.0.0.0/8', deny: ['10.1.0.0/16', '::1'] } })],
  [route({ ip: {} }), 'routes[0].ip: needs "allow" or "deny"'],
  [
    route({ ip: { deny: ['10.0.0.0/33'] } }),
    'routes[0].ip.deny[0]: expected an address or network such as 10.0.0.0/8, found "10.0.0.0/33"',
  ],
])
